"""Triggers that make a table append-only, created with it: what is in it can be neither changed nor removed."""

from __future__ import annotations

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
    statements = [("sqlite", _sqlite(table, "update")), ("sqlite", _sqlite(table, "delete"))]
    statements += [("sqlite", _sqlite(table, "insert", _unique_clash(table)))]
    statements += [("postgresql", text.format(table=table.name)) for text in _POSTGRESQL]
    for dialect, statement in statements:
        ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def _sqlite(table: Table, what: str, condition: str = "") -> str:
    return _SQLITE.format(table=table.name, what=what, condition=condition)


def _unique_clash(table: Table) -> str:
    """INSERT OR REPLACE removes the row that is in its way, and no trigger is told of that."""
    names = [column.name for column in table.columns if column.primary_key or column.unique]
    same = " OR ".join(f"{name} = NEW.{name}" for name in names)
    return f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {same})"
