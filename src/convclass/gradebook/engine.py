"""Opening a database by a path or a URL. On SQLite, who writes holds the lock from the start of the transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, OperationalError

PATIENCE = 10.0
"""Seconds to wait for the lock for writing of SQLite; at least ten times what a busy class was seen to need."""
_PAUSE = 0.002
_KNOWN = ("sqlite", "postgresql")


def open_engine(url: str | Path) -> Engine:
    """An engine for a path to an SQLite file, or for a database URL such as postgresql+psycopg://host/name.

    Raises SQLAlchemy's ArgumentError for a URL that is none, or one of another kind of database.
    """
    text = f"sqlite:///{url}" if "://" not in str(url) else str(url)
    engine = create_engine(text, pool_pre_ping="://" in str(url))
    if engine.dialect.name not in _KNOWN:
        raise ArgumentError(f"{engine.dialect.name} is not known here; give an SQLite file or a postgresql+psycopg URL")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """The engine for transactions that change something: on SQLite, no two of them have to be undone."""
    return engine.execution_options(writes=True)


def name_of(engine: Engine) -> str:
    """The file or URL of the database, for messages: without a password."""
    if engine.dialect.name == "sqlite":
        return engine.url.database or "a database in memory"
    return engine.url.render_as_string(hide_password=True)


def reason_of(error: Exception) -> str:
    """Why a database said no, in one line; PostgreSQL's further lines hold what is in rows."""
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # Python's sqlite3 begins by itself, and too late to lock
    # WAL: readers are not kept out while a class is graded, and a killed process leaves whole transactions only.
    for pragma in (f"busy_timeout={PATIENCE * 1000:.0f}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        # SQLite does not wait for its timeout where two make a new file WAL at once.
        _patiently(lambda pragma=pragma: connection.execute(f"PRAGMA {pragma}").close())  # type: ignore[misc]


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        _begin_writing(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take the lock for writing. SQLite itself would sleep up to 0.1 s between two tries: a class would feel it."""
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}")


def _patiently(act: Callable[[], object]) -> None:
    """Try again while somebody else has the lock."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            act()
            return
        except (OperationalError, sqlite3.OperationalError) as error:
            if not _busy(error) or time.monotonic() > end:
                raise
        time.sleep(_PAUSE)


def _busy(error: Exception) -> bool:
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY
