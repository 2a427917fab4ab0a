"""Opening a database by a path or a URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event


def open_engine(url: str | Path) -> Engine:
    """An engine for a path to an SQLite file, or for a database URL such as postgresql+psycopg://host/name."""
    text = f"sqlite:///{url}" if "://" not in str(url) else str(url)
    engine = create_engine(text, pool_pre_ping="://" in str(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # WAL: readers are not kept out while a class is graded, and a killed process leaves whole transactions only.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}").close()
