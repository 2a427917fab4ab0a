"""The gradebook: every result committed on its own as soon as it is there, in SQLite or any database with a URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Engine, bindparam, create_engine, event, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session

from convclass.course import CourseError
from convclass.exam.results import SubmissionResult
from convclass.gradebook.codec import from_json, to_json
from convclass.gradebook.models import Base, Grade, now


@dataclass(frozen=True, slots=True)
class GradeKey:
    """What makes two gradings the same: the bytes, the student, and the exam with its seed and device."""

    assignment: str
    student: str
    submission_sha256: str
    exam_version: str
    seed: int
    device: str

    @classmethod
    def of(cls, result: SubmissionResult, seed: int) -> GradeKey:
        """The key of a result that was graded with `seed`."""
        return cls(
            result.assignment, result.student, result.submission_sha256, result.exam_version, seed, result.device
        )


@dataclass(frozen=True, slots=True)
class Graded:
    """A result from the gradebook; `handed_in` is a hash over what was found besides the bytes."""

    result: SubmissionResult
    handed_in: str


class Gradebook:
    """Results by key. `url` is a path to an SQLite file, or a database URL such as postgresql+psycopg://host/name."""

    def __init__(self, url: str | Path) -> None:
        """Open the gradebook, making its tables when there are none. Raises CourseError when that cannot be done."""
        self.name = str(url)
        try:
            self._engine = _engine(url)
            Base.metadata.create_all(self._engine)
        except (DatabaseError, ArgumentError, ImportError) as error:
            reason = getattr(error, "orig", None) or error
            raise CourseError(f"{_without_password(url)}: no gradebook can be opened here ({reason})") from None

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def commit(self, result: SubmissionResult, *, seed: int, handed_in: str = "") -> None:
        """Keep the result, in one transaction; the same key again replaces what was kept."""
        key = _fields(GradeKey.of(result, seed))
        kept = {
            "handed_in": handed_in,
            "isolation": result.isolation,
            "complete": result.complete,
            "score": result.score,
            "max_score": result.max_score,
            "result": to_json(result),
            "graded_at": now(),
        }
        with self._engine.begin() as connection:
            if connection.execute(_REPLACE, {**_asked(key), **kept}).rowcount == 0:
                connection.execute(insert(Grade), {**key, **kept})

    def graded(self, key: GradeKey) -> Graded | None:
        """What was kept under the key, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(_GRADED, _asked(_fields(key))).one_or_none()
            return Graded(from_json(row.result), row.handed_in) if row else None

    def latest(self, assignment: str) -> Iterator[SubmissionResult]:
        """The newest result of every student, in order of their names, read as they are asked for."""
        newest = select(Grade.student, Grade.id).where(Grade.assignment == assignment)
        with Session(self._engine) as session:
            found = session.execute(newest.order_by(Grade.graded_at, Grade.id))
            by_student = {row.student: row.id for row in found}
            for _, grade in sorted(by_student.items()):
                yield from_json(session.scalars(select(Grade.result).where(Grade.id == grade)).one())


def _fields(key: GradeKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in GradeKey.__slots__}


def _asked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a key as parameters of _IS_KEY, whose names must not be those of columns to be set."""
    return {f"asked_{name}": value for name, value in fields.items()}


# The statements of every submission, built once.
_IS_KEY = tuple(getattr(Grade, name) == bindparam(f"asked_{name}") for name in GradeKey.__slots__)
_GRADED = select(Grade.result, Grade.handed_in).where(*_IS_KEY)
_REPLACE = update(Grade).where(*_IS_KEY)


def _engine(url: str | Path) -> Engine:
    text = f"sqlite:///{url}" if "://" not in str(url) else str(url)
    engine = create_engine(text)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # WAL: readers are not kept out while a class is graded, and a killed process leaves whole transactions only.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _without_password(url: str | Path) -> str:
    return make_url(str(url)).render_as_string(hide_password=True) if "://" in str(url) else str(url)
