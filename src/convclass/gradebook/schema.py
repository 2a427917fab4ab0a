"""The revision of a database: a new one is made at the newest, an older one brought there, a newer one refused."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
)

from convclass.course import CourseError
from convclass.gradebook.engine import name_of, writing


@dataclass(frozen=True)
class Schema:
    """Tables, and the folder of the migrations that lead to them, which are numbered: versions/0001_….py.

    Two schemas may share a database: each has a table of its own, NAME_revision, that holds the number.
    """

    name: str
    metadata: MetaData
    migrations: Path

    @cached_property
    def known(self) -> tuple[str, ...]:
        """The revisions that this ConvClass knows, oldest first."""
        return tuple(sorted(path.name[:4] for path in (self.migrations / "versions").glob("[0-9]*.py")))

    @cached_property
    def revisions(self) -> Table:
        """The table with one row that holds the revision, as alembic makes it."""
        name = f"{self.name}_revision"
        column = Column("version_num", String(32), nullable=False)
        return Table(name, MetaData(), column, PrimaryKeyConstraint("version_num", name=f"{name}_pkc"))


def bring_up_to_date(engine: Engine, schema: Schema) -> None:
    """Make the tables, or upgrade them, unless they are at the newest revision.

    Whoever comes while another process does it waits, and finds it done. Raises CourseError for a database of a newer
    ConvClass and for an upgrade that fails, which changes nothing; SQLAlchemyError when there is no answer.
    """
    with engine.connect() as connection:
        revision = revision_of(connection, schema)
    if revision == schema.known[-1] or (revision is None and _make(engine, schema)):
        return
    from convclass.gradebook.upgrade import upgrade

    upgrade(engine, schema)


def revision_of(connection: Connection, schema: Schema) -> str | None:
    """The revision of the database; None for one that is empty or from before there were any.

    Raises CourseError for one that this ConvClass does not know.
    """
    if not inspect(connection).has_table(schema.revisions.name):
        return None
    revision = connection.scalar(select(schema.revisions.c.version_num))
    if revision is not None and revision not in schema.known:
        raise CourseError(
            f"{name_of(connection.engine)}: was made by a newer ConvClass (revision {revision}, this one knows "
            f"{schema.known[-1]}), and nothing was changed; type: pip install --upgrade convclass, or name another "
            "database"
        )
    return revision


def lock(connection: Connection, schema: Schema) -> None:
    """Let nobody else change the tables until the transaction ends; on SQLite, `writing` has done that."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(zlib.crc32(schema.revisions.name.encode()))))


def _make(engine: Engine, schema: Schema) -> bool:
    """Make all tables at the newest revision, in one transaction; False, and nothing done, where there are some."""
    with writing(engine).begin() as connection:
        lock(connection, schema)
        there = set(inspect(connection).get_table_names())
        if there & {schema.revisions.name, *schema.metadata.tables}:
            return False
        schema.metadata.create_all(connection)
        schema.revisions.create(connection)
        connection.execute(insert(schema.revisions).values(version_num=schema.known[-1]))
    return True
