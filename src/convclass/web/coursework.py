"""What holds for one student at a link, and what they did there so far. Every query names the link and the student."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from convclass.web import standing
from convclass.web.models import (
    Attempt,
    Exclusion,
    Extension,
    Link,
    Override,
    QuizAttempt,
    State,
    Visit,
    Work,
)

Row = TypeVar("Row", Extension, Override)


class RefusedError(Exception):
    """Something that is not taken, and counts for nothing: the cause and the remedy are sentences for the student."""

    def __init__(self, cause: str, remedy: str, status: int = 409) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause, self.remedy, self.status = cause, remedy, status


@dataclass(frozen=True, slots=True)
class Terms:
    """What an instructor set for a student at a link; of extensions and overrides the newest counts."""

    link: Link
    extension: Extension | None
    override: Override | None
    exclusions: tuple[Exclusion, ...]

    @property
    def due(self) -> datetime | None:
        """Until when this student may hand in; None: without end."""
        return standing.due(self.link, self.extension)

    @property
    def is_extended(self) -> bool:
        """Whether this student has longer than the others."""
        return self.due != self.link.due_at

    @property
    def excluded(self) -> tuple[str, ...]:
        """The questions that do not count."""
        return tuple(exclusion.question for exclusion in self.exclusions)

    def closed(self, at: datetime) -> bool:
        """Whether the student's time was over then."""
        return self.due is not None and at > self.due

    def left(self, used: int) -> int | None:
        """How many more attempts the student has; None: as many as they like."""
        return standing.attempts_left(self.link, self.extension, used)

    def allowed(self) -> int | None:
        """How many attempts the student has in all."""
        return self.left(0)


def link_of(visit: Visit, work: Work) -> Link:
    """The link that a visit opened. Answers 404 when it opened none, or other work."""
    if visit.link is None or visit.link.work is not work or visit.link.context_id != visit.context_id:
        abort(404)
    return visit.link


def terms(session: Session, link: Link, user_id: int) -> Terms:
    """What holds for this student."""
    return Terms(
        link,
        _newest(session, Extension, link, user_id),
        _newest(session, Override, link, user_id),
        tuple(session.scalars(select(Exclusion).where(Exclusion.link_id == link.id).order_by(Exclusion.id))),
    )


def attempts(session: Session, link: Link, user_id: int) -> tuple[Attempt, ...]:
    """A student's attempts at an assignment, oldest first, without the files."""
    mine = select(Attempt).where(Attempt.link_id == link.id, Attempt.user_id == user_id)
    return tuple(session.scalars(mine.order_by(Attempt.number).options(defer(Attempt.content))))


def attempt(session: Session, link: Link, user_id: int, number: int) -> Attempt:
    """One of a student's attempts. Answers 404 when there is none of this number."""
    found = session.scalar(
        select(Attempt).where(Attempt.link_id == link.id, Attempt.user_id == user_id, Attempt.number == number)
    )
    if found is None:
        abort(404)
    return found


def used(mine: tuple[Attempt, ...]) -> int:
    """How many attempts count as used: a mistake of ours costs none."""
    return sum(one.state is not State.FAILED for one in mine)


def quiz_attempts(session: Session, link: Link, user_id: int) -> tuple[QuizAttempt, ...]:
    """A student's attempts at a quiz, oldest first."""
    mine = select(QuizAttempt).where(QuizAttempt.link_id == link.id, QuizAttempt.user_id == user_id)
    return tuple(session.scalars(mine.order_by(QuizAttempt.number)))


def _newest(session: Session, kind: type[Row], link: Link, user_id: int) -> Row | None:
    mine = select(kind).where(kind.link_id == link.id, kind.user_id == user_id)
    return session.scalar(mine.order_by(kind.id.desc()).limit(1))
