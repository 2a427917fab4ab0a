"""The tool's database: short transactions, in SQLite or any database with a URL."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from convclass.gradebook.engine import open_engine
from convclass.web.models import Base

_PATIENCE = 10.0
"""Seconds to wait for the lock for writing of SQLite; at least ten times what a busy class was seen to need."""
_PAUSE = 0.002


class Database:
    """Sessions of the tool's database. `url` is a path to an SQLite file, or a database URL."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._lock = threading.Lock()
        if self.engine.dialect.name == "sqlite":
            _keep_private(self.engine.url.database)
            event.listen(self.engine, "connect", _leave_beginning_to_us)
            event.listen(self.engine, "begin", _begin)
        Base.metadata.create_all(self.engine)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that changes something; committed when the block ends, rolled back when it raises.

        On SQLite it holds the lock for writing from its start, so that no two of them have to be undone.
        """
        engine = self.engine.execution_options(writes=True)
        with self._turn(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Of this process's threads only one tries to take SQLite's lock; after a while the lock itself decides."""
        mine = self.engine.dialect.name == "sqlite" and self._lock.acquire(timeout=_PATIENCE)
        try:
            yield
        finally:
            if mine:
                self._lock.release()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _keep_private(path: str | None) -> None:
    """The tool's private keys and all grades are in it; the files that SQLite puts beside it get the same mode."""
    if not path or path.startswith((":memory:", "file:")):
        return
    with suppress(OSError):  # SQLite says what is wrong with the path, or somebody else owns the file
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        Path(path).chmod(0o600)


def _leave_beginning_to_us(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # Python's sqlite3 begins by itself, and too late to lock


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        _begin_writing(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take the lock for writing. SQLite itself would sleep up to 0.1 s between two tries: a class would feel it."""
    end = time.monotonic() + _PATIENCE
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not _busy(error) or time.monotonic() > end:
                    raise
            time.sleep(_PAUSE)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE * 1000:.0f}")


def _busy(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY
