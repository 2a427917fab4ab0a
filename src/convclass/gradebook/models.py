"""The gradebook's one table: a row for every submission that was ever graded."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Double, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables of the gradebook share."""

    type_annotation_map = {float: Double}


def now() -> datetime:
    """The time to write into a row, in UTC."""
    return datetime.now(UTC)


class Grade(Base):
    """One submission graded by one exam: the same bytes under the same exam, seed and device are one row.

    `handed_in` is a hash over what was found besides the bytes (file name, notices); `result` is the whole
    SubmissionResult as JSON, of which the other columns are copies to search by.
    """

    __tablename__ = "grades"
    __table_args__ = (
        UniqueConstraint("assignment", "student", "submission_sha256", "exam_version", "seed", "device"),
        Index("grades_by_student", "assignment", "student", "graded_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    assignment: Mapped[str] = mapped_column(String(200))
    student: Mapped[str] = mapped_column(Text)
    submission_sha256: Mapped[str] = mapped_column(String(64))
    exam_version: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(String(40))
    handed_in: Mapped[str] = mapped_column(String(64), default="")
    isolation: Mapped[str] = mapped_column(String(40))
    score: Mapped[float]
    max_score: Mapped[float]
    complete: Mapped[bool]
    graded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now)
    result: Mapped[str] = mapped_column(Text)
