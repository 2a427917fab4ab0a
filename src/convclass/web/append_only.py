"""Triggers that make a table append-only, created with it: what is in it can be neither changed nor removed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import DDL, Table, event

_SQLITE = """
CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table} {condition}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$
    """,
    """
    CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_refuse()
    """,
    """
    CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()
    """,
)


def append_only(table: Table) -> None:
    """Give the table its triggers when it is created, on SQLite and PostgreSQL."""
    unique = [column.name for column in table.columns if column.primary_key or column.unique]
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(table.name, unique, dialect):
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def triggers(table: str, unique: Iterable[str], dialect: str) -> list[str]:
    """The statements that make the triggers of a table, of whose `unique` columns each holds a value once only."""
    if dialect == "postgresql":
        return [statement.format(table=table) for statement in _POSTGRESQL]
    # INSERT OR REPLACE removes the row that is in its way, and no trigger is told of that.
    same = " OR ".join(f"{column} = NEW.{column}" for column in unique)
    clash = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
    conditions = {"update": "", "delete": "", "insert": clash}
    return [_SQLITE.format(table=table, what=what, condition=condition) for what, condition in conditions.items()]
