"""What a gradebook says, without what differs from run to run: times."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

_TIMES = ("seconds", "cpu_seconds")


def grades(out: Path) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Every student's score as the bytes it is stored as, and the result with its verdicts and texts.

    Fails when a student is there twice.
    """
    with sqlite3.connect(out / "gradebook.db") as database:
        rows = database.execute("select student, cast(printf('%.17g', score) as blob), result from grades").fetchall()
    database.close()
    assert len({row[0] for row in rows}) == len(rows), "a student is graded twice"
    return {student: (score, _timeless(json.loads(result))) for student, score, result in rows}


def committed(out: Path) -> int:
    """How many grades are in the gradebook by now."""
    try:
        with sqlite3.connect(f"file:{out / 'gradebook.db'}?mode=ro", uri=True) as database:
            return int(database.execute("select count(*) from grades").fetchone()[0])
    except sqlite3.Error:
        return 0


def _timeless(result: dict[str, Any]) -> dict[str, Any]:
    assert set(_TIMES) <= set(result)
    return {name: value for name, value in result.items() if name not in _TIMES}
