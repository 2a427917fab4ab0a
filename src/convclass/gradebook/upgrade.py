"""Bringing a database of an older ConvClass to the newest revision, by alembic; loaded only where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from convclass.course import CourseError
from convclass.gradebook.engine import name_of, reason_of, writing
from convclass.gradebook.schema import Schema, lock, revision_of


def upgrade(engine: Engine, schema: Schema) -> None:
    """Run the migrations that the database lacks, all in one transaction under the lock.

    Raises CourseError when one fails, or for a database of a newer ConvClass; the database is as it was then.
    """
    try:
        with _rebuilding(engine) as connection:
            lock(connection, schema)
            revision_of(connection, schema)
            command.upgrade(_config(connection, schema), "head")
    except SQLAlchemyError as error:
        raise CourseError(
            f"{name_of(engine)}: cannot be upgraded to revision {schema.known[-1]} ({reason_of(error)}); "
            "it is as it was, and the ConvClass before this one can use it"
        ) from error


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables that others refer to can be made anew.

    That is how SQLite changes a table; foreign keys, which can be put off only before it begins, are looked at in its
    end.
    """
    with writing(engine).connect() as connection:
        driver = connection.connection.driver_connection
        connection.detach()  # so that no later user of the pool gets it without foreign keys
        if sqlite := driver is not None and engine.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            yield connection
            if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise CourseError(f"{name_of(engine)}: cannot be upgraded, a row of {lost[0]} would refer to nothing")


def _config(connection: Connection, schema: Schema) -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations).replace("%", "%%"))
    config.attributes.update(connection=connection, revision_table=schema.revisions.name)
    return config
