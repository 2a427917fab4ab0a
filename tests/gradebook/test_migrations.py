"""Both databases, on SQLite and PostgreSQL: what migrations make is what the models say, and upgrades lose nothing."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, insert, inspect, text

from convclass.course import CourseError
from convclass.gradebook import models, schema, store
from convclass.gradebook.engine import open_engine
from convclass.gradebook.schema import Schema, bring_up_to_date, revision_of
from convclass.gradebook.upgrade import upgrade
from convclass.web import database as web
from convclass.web import models as web_models

SCHEMAS = [store.SCHEMA, web.SCHEMA]
GRADE = {
    **dict.fromkeys(("assignment", "student", "submission_sha256", "exam_version", "device"), "x"),
    **dict.fromkeys(("isolation", "result"), "y"),
    "seed": 2**40,
    "score": 0.1,
    "max_score": 3.0,
    "complete": True,
}
# What a made-up ConvClass of tomorrow has in its second revision: the table is made anew, which others refer to.
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

def upgrade():
    with op.batch_alter_table("{table}", recreate="auto") as table:
        table.add_column(sa.Column("colour", sa.String(20), nullable=False, server_default="red"))
        table.alter_column("{column}", new_column_name="renamed")
    {more}
"""


@pytest.fixture
def engine(database_url: str) -> Engine:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def tomorrow(today: Schema, folder: Path, more: str = "pass") -> Schema:
    """The schema of a later ConvClass, whose migrations are those of today and one."""
    shutil.copytree(today.migrations, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    table, column = {"gradebook": ("grades", "isolation"), "tool": ("platforms", "token_audience")}[today.name]
    script = SECOND.format(table=table, column=column, more=more)
    (folder / "migrations" / "versions" / "0002_colour.py").write_text(script)
    return Schema(today.name, today.metadata, folder / "migrations")


def differences(engine: Engine, metadata: MetaData) -> list[object]:
    """Where tables and models disagree, as alembic sees it; tables that the models do not know are others'."""

    def ours(thing: object, name: str, kind: str, reflected: bool, _other: object) -> bool:
        return kind != "table" or not reflected or name in metadata.tables

    options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def everything(connection: Connection) -> list[tuple[object, ...]]:
    """All that the database itself says of its tables, constraints, indexes and triggers."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master")).all()
        return sorted((kind, name, table, clauses(sql or "")) for kind, name, table, sql in found)
    queries = (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, ''"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname, prosrc, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    )
    return sorted(tuple(map(str, row)) for query in queries for row in connection.execute(text(query)))


def clauses(sql: str) -> tuple[str, ...]:
    """A statement in its parts, whose order and layout mean nothing."""
    return tuple(sorted(" ".join(line.strip(" ,").split()) for line in sql.replace("\t", "\n").splitlines()))


def fill(engine: Engine, name: str) -> dict[str, list[tuple[object, ...]]]:
    """A row or two in every table that the upgrade is about; all rows by table."""
    with engine.begin() as connection:
        if name == "gradebook":
            connection.execute(insert(models.Grade), [GRADE, GRADE | {"student": "z"}])
        else:
            texts = ("name", "issuer", "authorization_url", "token_url", "token_audience", "jwks_url")
            for number in ("1", "2"):
                row = dict.fromkeys(texts, "t") | {"client_id": number}
                (key,) = connection.execute(insert(web_models.Platform).values(row)).inserted_primary_key
                connection.execute(insert(web_models.User).values(platform_id=key, sub="s"))
    return rows(engine)


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """All there is in the database, by table; of a table that there are revisions of, nothing."""
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if not name.endswith("_revision")]
        return {name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in names}


def revision(engine: Engine, of: Schema) -> str | None:
    with engine.connect() as connection:
        return revision_of(connection, of)


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
def test_migrations_make_what_the_models_say(of: Schema, engine: Engine) -> None:
    upgrade(engine, of)
    assert revision(engine, of) == of.known[-1]
    assert differences(engine, of.metadata) == []


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
def test_a_model_that_no_migration_follows_is_found(of: Schema, engine: Engine) -> None:
    upgrade(engine, of)
    changed = MetaData()
    for table in of.metadata.sorted_tables:
        table.to_metadata(changed)
    first = changed.sorted_tables[0]
    first.append_column(Column("forgotten", Integer))
    ((what, _, table, column),) = differences(engine, changed)
    assert (what, table, column.name) == ("add_column", first.name, "forgotten")


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
def test_a_new_database_is_as_migrations_make_it(of: Schema, engine: Engine) -> None:
    """To the last constraint and trigger, which alembic does not compare."""
    bring_up_to_date(engine, of)
    with engine.begin() as connection:
        made = everything(connection)
        of.metadata.drop_all(connection)
        of.revisions.drop(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION IF EXISTS audit_log_refuse"))
        assert everything(connection) == []
    upgrade(engine, of)
    with engine.connect() as connection:
        assert everything(connection) == made
    assert len(made) > 4


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
def test_a_database_from_before_the_revisions_keeps_everything(of: Schema, engine: Engine) -> None:
    of.metadata.create_all(engine)
    kept = fill(engine, of.name)
    with engine.connect() as connection:
        before = everything(connection)
    bring_up_to_date(engine, of)
    assert revision(engine, of) == "0001" and rows(engine) == kept
    with engine.connect() as connection:
        assert [what for what in everything(connection) if of.revisions.name not in str(what)] == before


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
@pytest.mark.parametrize("marked", [True, False], ids=["first revision", "before the revisions"])
def test_an_upgrade_keeps_all_rows(marked: bool, of: Schema, engine: Engine, tmp_path: Path) -> None:
    bring_up_to_date(engine, of) if marked else of.metadata.create_all(engine)
    kept = fill(engine, of.name)
    later = tomorrow(of, tmp_path)
    bring_up_to_date(engine, later)
    assert revision(engine, later) == "0002"
    changed = "grades" if of.name == "gradebook" else "platforms"
    assert {name: len(found) for name, found in rows(engine).items()} == {name: len(k) for name, k in kept.items()}
    assert [row[:-1] for row in rows(engine)[changed]] == kept[changed]
    with engine.connect() as connection:
        assert [row[-1] for row in rows(engine)[changed]] == ["red", "red"]
        assert "renamed" in {column["name"] for column in inspect(connection).get_columns(changed)}
        if connection.dialect.name == "sqlite":  # put off for the upgrade only
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1


FAILING = {
    "SQL": "op.execute('UPDATE nowhere SET x = 1')",
    "Python": "raise RuntimeError('a mistake of ours')",
    "a row that refers to nothing": "op.execute('DELETE FROM platforms')",
}


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
@pytest.mark.parametrize("how", FAILING)
def test_an_upgrade_that_fails_leaves_everything(how: str, of: Schema, engine: Engine, tmp_path: Path) -> None:
    bring_up_to_date(engine, of)
    kept = fill(engine, of.name)
    with engine.connect() as connection:
        before = everything(connection)
    with pytest.raises(RuntimeError if how == "Python" else CourseError, match="upgraded|a mistake of ours"):
        bring_up_to_date(engine, tomorrow(of, tmp_path, FAILING[how]))
    with engine.connect() as connection:
        assert everything(connection) == before
    assert revision(engine, of) == "0001" and rows(engine) == kept


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
def test_a_newer_database_is_refused(of: Schema, engine: Engine, tmp_path: Path, database_url: str) -> None:
    later = tomorrow(of, tmp_path)
    bring_up_to_date(engine, of)
    kept = fill(engine, of.name)
    with engine.begin() as connection:
        connection.execute(later.revisions.update().values(version_num="0002"))
    opened = store.Gradebook if of.name == "gradebook" else web.Database
    with pytest.raises(
        CourseError, match=r"newer ConvClass \(revision 0002, this one knows 0001\).*pip install"
    ) as error:
        opened(database_url)
    assert str(error.value).startswith(database_url.split("?")[0])
    with pytest.raises(CourseError, match="newer ConvClass"):  # whoever came while it was upgraded by a newer one
        upgrade(engine, of)
    assert rows(engine) == kept


def test_both_in_one_database(engine: Engine) -> None:
    for of in SCHEMAS:
        bring_up_to_date(engine, of)
    assert [revision(engine, of) for of in SCHEMAS] == ["0001", "0001"]
    tables = {*store.SCHEMA.metadata.tables, *web.SCHEMA.metadata.tables, "gradebook_revision", "tool_revision"}
    assert set(inspect(engine).get_table_names()) == tables


def bring(url: str, of: Schema, barrier: object, told: object) -> None:
    """What each of several processes does at the same moment."""
    engine = open_engine(url)
    barrier.wait()  # type: ignore[attr-defined]
    try:
        bring_up_to_date(engine, of)
        told.put(revision(engine, of))  # type: ignore[attr-defined]
    except Exception as error:
        told.put(str(error))  # type: ignore[attr-defined]


def at_once(url: str, of: Schema, processes: int = 4) -> list[str]:
    fork = multiprocessing.get_context("fork")
    barrier, told = fork.Barrier(processes), fork.Queue()
    started = [fork.Process(target=bring, args=(url, of, barrier, told)) for _ in range(processes)]
    for process in started:
        process.start()
    answers = [told.get(timeout=20) for _ in started]
    for process in started:
        process.join()
    return answers


@pytest.mark.parametrize("of", SCHEMAS, ids=lambda of: of.name)
@pytest.mark.parametrize("there", ["nothing", "before the revisions", "first revision"])
def test_processes_that_start_at_once(there: str, of: Schema, database_url: str, tmp_path: Path) -> None:
    kept = {}
    if there != "nothing":
        engine = open_engine(database_url)
        bring_up_to_date(engine, of) if there == "first revision" else of.metadata.create_all(engine)
        kept = fill(engine, of.name)
        engine.dispose()
    later = of if there == "nothing" else tomorrow(of, tmp_path)
    assert at_once(database_url, later) == [later.known[-1]] * 4
    engine = open_engine(database_url)
    assert {name: len(found) for name, found in rows(engine).items() if found} == {
        n: len(k) for n, k in kept.items() if k
    }
    engine.dispose()


def test_without_the_lock_they_clash(postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: PostgreSQL lets two make the same tables, and stops one of them."""
    monkeypatch.setattr(schema, "lock", lambda *_: None)
    clashed = False
    for _ in range(5):
        url = postgres.new_database()
        clashed = clashed or at_once(url, web.SCHEMA) != ["0001"] * 4
        postgres.drop(url)
    assert clashed


def test_alembic_is_not_imported_for_a_gradebook_of_today(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom convclass.gradebook import Gradebook\n"
        "Gradebook(sys.argv[1]).close()\nGradebook(sys.argv[1]).close()\n"
        "print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "gradebook.db")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
    engine = open_engine(tmp_path / "gradebook.db")
    with engine.begin() as connection:
        store.SCHEMA.revisions.drop(connection)
    engine.dispose()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
