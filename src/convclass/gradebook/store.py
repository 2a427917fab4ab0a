"""The gradebook: every result committed on its own as soon as it is there, in SQLite or any database with a URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session

from convclass.course import CourseError
from convclass.exam.results import SubmissionResult
from convclass.gradebook.codec import from_json, to_json
from convclass.gradebook.engine import open_engine, reason_of, writing
from convclass.gradebook.models import Base, Grade, now
from convclass.gradebook.schema import Schema, bring_up_to_date

SCHEMA = Schema("gradebook", Base.metadata, Path(__file__).with_name("migrations"))


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
        """Open the gradebook at the newest revision, made or upgraded. Raises CourseError when that cannot be done."""
        self.name = _without_password(url)
        try:
            self._engine = open_engine(url)
            bring_up_to_date(self._engine, SCHEMA)
        except (DatabaseError, ArgumentError, ValueError, ImportError) as error:
            raise CourseError(f"{self.name}: no gradebook can be opened here ({reason_of(error)})") from None

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def commit(self, result: SubmissionResult, *, seed: int, handed_in: str = "") -> None:
        """Keep the result, in one transaction; the same key again replaces what was kept.

        Raises CourseError, as all that reads and writes here, when the database does not answer or its disk is full.
        """
        key = _fields(GradeKey.of(result, seed))
        kept = {
            "handed_in": handed_in,
            "isolation": result.isolation,
            "complete": result.complete,
            "score": result.score,
            "max_score": result.max_score,
            "result": to_json(result),
        }
        with self._answering(), writing(self._engine).begin() as connection:
            kept["graded_at"] = _after(connection.execute(_NEWEST, _asked(key)).scalar())
            connection.execute(_KEEP[connection.dialect.name], {**key, **kept})

    def graded(self, key: GradeKey) -> Graded | None:
        """What was kept under the key, or None."""
        with self._answering(), self._engine.connect() as connection:
            row = connection.execute(_GRADED, _asked(_fields(key))).one_or_none()
        return Graded(self._read(row.result, key.student), row.handed_in) if row else None

    def assignments(self) -> tuple[str, ...]:
        """The assignments that anything was graded of, sorted."""
        with self._answering(), self._engine.connect() as connection:
            return tuple(connection.execute(select(Grade.assignment).distinct().order_by(Grade.assignment)).scalars())

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tell in one line when the database cannot do what it is asked."""
        try:
            yield
        except DatabaseError as error:
            raise CourseError(
                f"{self.name}: the gradebook cannot be used ({reason_of(error)}); "
                "what is graded is kept, and the same command goes on from here"
            ) from None

    def latest(self, assignment: str) -> Iterator[SubmissionResult]:
        """The newest result of every student, in order of their names, read as they are asked for."""
        newest = select(Grade.student, Grade.id).where(Grade.assignment == assignment)
        with self._answering(), Session(self._engine) as session:
            found = session.execute(newest.order_by(Grade.graded_at, Grade.id))
            by_student = {row.student: row.id for row in found}
            for student, grade in sorted(by_student.items()):
                yield self._read(session.scalars(select(Grade.result).where(Grade.id == grade)).one(), student)

    def _read(self, text: str, student: str) -> SubmissionResult:
        try:
            return from_json(text)
        except ValueError as error:
            raise CourseError(
                f"{self.name}: the result of {student!r} is damaged ({error}); --regrade makes all results anew"
            ) from None


def _fields(key: GradeKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in GradeKey.__slots__}


def _after(newest: datetime | None) -> datetime:
    """The time to write for a new grade: later than the student's newest, also when the clock was set back."""
    time = now()
    if newest is None:
        return time
    newest = newest if newest.tzinfo else newest.replace(tzinfo=UTC)  # SQLite keeps no time zone
    return max(time, newest + timedelta(microseconds=1))


def _asked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a key as parameters of _IS_KEY, whose names must not be those of columns to be set."""
    return {f"asked_{name}": value for name, value in fields.items()}


def _or_replace(insert: Any) -> Any:
    """The insertion, which replaces the row of the same key: one statement, so two graders at once make one row."""
    key = set(GradeKey.__slots__)
    kept = {column.name: insert.excluded[column.name] for column in Grade.__table__.columns if column.name not in key}
    del kept["id"]
    return insert.on_conflict_do_update(index_elements=GradeKey.__slots__, set_=kept)


# The statements of every submission, built once.
_IS_KEY = tuple(getattr(Grade, name) == bindparam(f"asked_{name}") for name in GradeKey.__slots__)
_GRADED = select(Grade.result, Grade.handed_in).where(*_IS_KEY)
_NEWEST = select(func.max(Grade.graded_at)).where(
    Grade.assignment == bindparam("asked_assignment"), Grade.student == bindparam("asked_student")
)
_KEEP = {"sqlite": _or_replace(sqlite.insert(Grade)), "postgresql": _or_replace(postgresql.insert(Grade))}


def _without_password(url: str | Path) -> str:
    try:
        return make_url(str(url)).render_as_string(hide_password=True) if "://" in str(url) else str(url)
    except (ArgumentError, ValueError):
        return "the URL of the gradebook"
