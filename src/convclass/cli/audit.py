"""`convclass audit`: whether the tool's log of changes is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from convclass.course import CourseError


def audit(
    database: Annotated[
        str, typer.Option("--database", envvar="CONVCLASS_DATABASE", help="SQLite file, or postgresql+psycopg://… URL.")
    ] = "convclass-tool.db",
) -> None:
    """Check the log of what instructors changed: every entry as it was written, none missing.

    Exit code 1 when one was changed, removed or put in.
    """
    from convclass.web.audit import broken
    from convclass.web.database import Database

    if "://" not in database and not Path(database).is_file():
        raise CourseError(f"{database}: there is no such database; name the one of `convclass serve` with --database")
    opened = Database(database)
    try:
        with opened.reading() as session:
            ids = list(broken(session))
    finally:
        opened.close()
    for entry in ids:
        typer.echo(f"Entry {entry} is not as it was written, or one before it is missing")
    typer.echo("The log is as it was written." if not ids else "Compare it with a backup of the database.")
    if ids:
        raise typer.Exit(1)
