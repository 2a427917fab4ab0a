"""A quiz in graded mode: its variant for each student, the answers saved so far, handing in, and the score."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, TypeAdapter, ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from convclass.course import find_assignment
from convclass.quiz import bank, variants
from convclass.quiz.models import Quiz
from convclass.quiz.scoring import Answer, Scored, score_quiz
from convclass.web import queue, scores
from convclass.web.coursework import RefusedError, Terms, quiz_attempts, terms
from convclass.web.database import Database
from convclass.web.models import Extension, Link, QuizAttempt, User, now

LARGEST = 64 * 1024
"""Bytes of saved answers; also what a browser sends for a page that is being left."""

_Place = Annotated[StrictInt, Field(ge=0, le=1000)]
_Words = Annotated[StrictStr, Field(max_length=1000)]
_Number = StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)]
_Places = Annotated[list[_Place], Field(max_length=100)]
_KINDS: Mapping[str, TypeAdapter[Any]] = {
    "single_choice": TypeAdapter(_Place),
    "spot_the_error": TypeAdapter(_Place),
    "multiple_choice": TypeAdapter(_Places),
    "true_false": TypeAdapter(StrictBool),
    "numeric": TypeAdapter(_Words | _Number),
    "short_text": TypeAdapter(_Words),
    "matching": TypeAdapter(Annotated[list[_Place | None], Field(max_length=100)]),
    "ordering": TypeAdapter(_Places),
    "cloze": TypeAdapter(Annotated[dict[_Words, _Words | _Number], Field(max_length=20)]),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """An attempt as plain values, with which its quiz can be drawn without a transaction."""

    course: Path
    assignment: str
    seed: int

    def quiz(self) -> Quiz:
        """The questions of this attempt. Raises CourseError when the course has no such quiz."""
        return _quiz(self.course, self.assignment, self.seed)

    def kinds(self) -> Mapping[str, str]:
        """The kind of each question by its id."""
        return _kinds(self.course, self.assignment, self.seed)


def drawn(course: Path, link: Link, user: User, number: int) -> Drawn:
    """The variant of a student's attempt: another one for each platform, student, link and attempt."""
    student = json.dumps([user.platform_id, user.sub, link.id, number])
    return Drawn(course, link.assignment, variants.seed_of(link.assignment, student))


def read_answers(given: Any, kinds: Mapping[str, str]) -> dict[str, Answer]:
    """Answers by question id, each of the form that its kind of question has. Raises ValueError for anything else."""
    if not isinstance(given, dict) or not given.keys() <= kinds.keys():
        raise ValueError("answers to questions that were not asked")
    try:
        return {question: _KINDS[kinds[question]].validate_python(answer) for question, answer in given.items()}
    except (ValidationError, RecursionError):
        raise ValueError("an answer that has not the form of one") from None


def parsed(text: str | bytes) -> Any:
    """JSON from a browser. Raises ValueError for anything else, also for what JSON calls no number."""
    if len(text) > LARGEST:
        raise ValueError("more than a quiz can be answered with")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def begin(session: Session, course: Path, terms: Terms, user: User, at: datetime) -> QuizAttempt:
    """The attempt that the student is at, or a new one. Raises RefusedError when time or attempts are over."""
    queue.lock_user(session, user.id)
    mine = quiz_attempts(session, terms.link, user.id)
    if mine and mine[-1].handed_in_at is None:
        return mine[-1]
    if terms.closed(at):
        raise RefusedError(
            "The due date has passed.", "No attempt was begun. If you need more time, ask your instructor."
        )
    if terms.left(len(mine)) == 0:
        raise RefusedError(
            "You have used all your attempts.", "No attempt was begun. If you need another, ask your instructor."
        )
    number = mine[-1].number + 1 if mine else 1
    quiz = drawn(course, terms.link, user, number).quiz()
    made = QuizAttempt(link_id=terms.link.id, user_id=user.id, number=number, variant=quiz.variant, begun_at=at)
    session.add(made)
    session.flush()
    return made


def save(session: Session, attempt: QuizAttempt, answers: Mapping[str, Answer], saves: int, at: datetime) -> bool:
    """Keep the answers, unless a later saving came before this one or the attempt is handed in: then False."""
    kept = session.execute(
        update(QuizAttempt)
        .where(QuizAttempt.id == attempt.id, QuizAttempt.saves < saves, QuizAttempt.handed_in_at.is_(None))
        .values(answers=dict(answers), saves=saves, saved_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(kept.rowcount)  # type: ignore[attr-defined]


def hand_in(database: Database, course: Path, attempt_id: int, at: datetime | None = None) -> None:
    """Score what is saved and make it final, and tell the gradebook; without effect on what is handed in already.

    The quiz is drawn between two short transactions; what is saved in between is scored, not lost.
    """
    while True:
        with database.reading() as session:
            attempt = session.get_one(QuizAttempt, attempt_id)
            if attempt.handed_in_at is not None:
                return
            variant, answers, saves = (
                drawn(course, attempt.link, attempt.user, attempt.number),
                attempt.answers,
                attempt.saves,
            )
        quiz = variant.quiz()
        scored = score_quiz(quiz, answers)
        values = {"handed_in_at": at or now(), "variant": quiz.variant, **_sums(scored)}
        with database.writing() as session:
            if _finish(session, attempt_id, saves, values):
                return


def hand_in_overdue(
    database: Database, course: Path, link_id: int, user_id: int | None = None, at: datetime | None = None
) -> int:
    """Hand in what was saved by the due date, for one student or for all of a link; how many attempts these were."""
    at = at or now()
    with database.reading() as session:
        link = session.get_one(Link, link_id)
        if link.due_at is None or link.due_at >= at:
            return 0
        running = select(QuizAttempt).where(QuizAttempt.link_id == link_id, QuizAttempt.handed_in_at.is_(None))
        if user_id is not None:
            running = running.where(QuizAttempt.user_id == user_id)
        due = {attempt.id: terms(session, link, attempt.user_id).due for attempt in session.scalars(running)}
    overdue = {attempt_id: until for attempt_id, until in due.items() if until is not None and until < at}
    for attempt_id, until in overdue.items():
        hand_in(database, course, attempt_id, until)
    return len(overdue)


def revealed(session: Session, terms: Terms, finished: int, at: datetime) -> bool:
    """Whether this student may see what is right: when nobody can hand in any more.

    With a due date that is when the last extension of anybody at the link has passed; without one, when the student
    has no attempt left. `finished`: how many attempts they have handed in, for one that runs could still use it.
    """
    if terms.link.due_at is None:
        return terms.left(finished) == 0
    longest = session.scalar(select(func.max(Extension.due_at)).where(Extension.link_id == terms.link.id))
    return at > max(until for until in (terms.link.due_at, terms.due, longest) if until is not None)


def _sums(scored: Sequence[Scored]) -> dict[str, Any]:
    asked = [(one.question, one.points) for one in scored]
    return {
        "score": round(sum(points for _, points in asked), 4),
        "max_score": round(sum(question.points for question, _ in asked), 4),
        "earned": {question.family: [question.title, points, question.points] for question, points in asked},
    }


def _finish(session: Session, attempt_id: int, saves: int, values: Mapping[str, Any]) -> bool:
    """Write the score, unless something was saved since it was computed: then False."""
    attempt = session.get_one(QuizAttempt, attempt_id)
    done = session.execute(
        update(QuizAttempt)
        .where(QuizAttempt.id == attempt_id, QuizAttempt.saves == saves, QuizAttempt.handed_in_at.is_(None))
        .values(values)
        .execution_options(synchronize_session="fetch")
    )
    if done.rowcount:  # type: ignore[attr-defined]
        session.refresh(attempt)
        scores.update(session, attempt.link, attempt.user_id)
        return True
    session.refresh(attempt)
    return attempt.handed_in_at is not None


@lru_cache(maxsize=32)
def _bank(course: Path, assignment: str) -> bank.Bank:
    return bank.load(find_assignment(course, assignment))


@lru_cache(maxsize=128)
def _quiz(course: Path, assignment: str, seed: int) -> Quiz:
    return variants.variant(_bank(course, assignment), seed)


@lru_cache(maxsize=20_000)
def _kinds(course: Path, assignment: str, seed: int) -> Mapping[str, str]:
    return {question.id: question.kind for question in _quiz(course, assignment, seed).questions}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
