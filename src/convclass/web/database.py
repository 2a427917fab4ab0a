"""The tool's database: short transactions, in SQLite or any database with a URL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.orm import Session

from convclass.gradebook.engine import PATIENCE, open_engine, writing
from convclass.gradebook.schema import Schema, bring_up_to_date
from convclass.web.models import Base

SCHEMA = Schema("tool", Base.metadata, Path(__file__).with_name("migrations"))


class Database:
    """Sessions of the tool's database. `url` is a path to an SQLite file, or a database URL."""

    def __init__(self, url: str) -> None:
        """Open it at the newest revision, made or upgraded. Raises CourseError, SQLAlchemyError without an answer."""
        self.engine = open_engine(url)
        self._lock = threading.Lock()
        if self.engine.dialect.name == "sqlite":
            _keep_private(self.engine.url.database)
        bring_up_to_date(self.engine, SCHEMA)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that changes something; committed when the block ends, rolled back when it raises.

        On SQLite it holds the lock for writing from its start, so that no two of them have to be undone.
        """
        with self._turn(), Session(writing(self.engine), expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Of the threads of this process only one tries to take SQLite's lock; after a while the lock decides."""
        mine = self.engine.dialect.name == "sqlite" and self._lock.acquire(timeout=PATIENCE)
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
