"""The scores that the platforms are to have: one row per student and link, the outbox that outbox.py empties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, defer

from convclass.report.summary import QuestionSummary, questions
from convclass.report.text import plain, points
from convclass.web.models import Attempt, Exclusion, Link, Override, QuizAttempt, Score, Work, now
from convclass.web.queue import lock_user
from convclass.web.standing import Results, Standing, assignment_standing, quiz_standing, result_of

MOST_COMMENT = 1000
_TICK = timedelta(microseconds=1)
_OURS = "A part could not be judged yet, by a mistake of ours: it costs no points and is graded again."


@dataclass(frozen=True, slots=True)
class Worth:
    """What a platform is to know of a student at a link; the fields are those of Score."""

    score: float | None
    max_score: float
    comment: str = ""
    complete: bool = True


def update(
    session: Session, link: Link, user_id: int, *, at: datetime | None = None, results: Results | None = None
) -> None:
    """Work out a student's score, and have it sent when it is another one than before.

    To be called in the transaction that changes what the score depends on. `results` has results that were parsed
    before, for who changes the scores of a whole class.
    """
    score = _locked(session, link, user_id)
    worth = worth_of(session, link, user_id, results)
    if score.version == 0 and worth.score is None:
        return
    known = Worth(score.score, score.max_score, score.comment, score.complete)
    if worth != known or score.version == 0:
        score.score, score.max_score = worth.score, worth.max_score
        score.comment, score.complete = worth.comment, worth.complete
        _raise(score, at or now())
    session.flush()


def resend(session: Session, link: Link, user_id: int, *, at: datetime | None = None) -> None:
    """Have a student's score sent again, whether it changed or not; nothing happens while there is none."""
    update(session, link, user_id, at=at)
    score = _locked(session, link, user_id)
    if score.version:
        _raise(score, at or now())
    session.flush()


def later(stamp: datetime, at: datetime, by: timedelta = _TICK) -> datetime:
    """A stamp for something that happens `at` this time: later than the last `stamp`, even when the clock went back."""
    return max(at, stamp + by)


def worth_of(session: Session, link: Link, user_id: int, results: Results | None = None) -> Worth:
    """What the platform is to know of a student at a link, from all that is known now."""
    override = session.scalar(
        select(Override)
        .where(Override.link_id == link.id, Override.user_id == user_id)
        .order_by(Override.id.desc())
        .limit(1)
    )
    if link.work is Work.QUIZ:
        standing, comment = _of_quiz(session, link, user_id, override)
    else:
        standing, comment = _of_assignment(session, link, user_id, override, results)
    if standing.score is None:
        return Worth(None, 0.0)
    most = standing.max_score or _max_of_others(session, link)
    return _scaled(link, standing, most, plain(comment, MOST_COMMENT))


def _of_assignment(
    session: Session, link: Link, user_id: int, override: Override | None, results: Results | None
) -> tuple[Standing, str]:
    mine = select(Attempt).where(Attempt.link_id == link.id, Attempt.user_id == user_id).order_by(Attempt.number)
    # What another transaction stored while this one waited for the lock has to be seen.
    unread = [Attempt.content] if results is None else [Attempt.content, Attempt.result]
    options = [defer(column) for column in unread]
    attempts = session.scalars(mine.options(*options).execution_options(populate_existing=True)).all()
    results = results or result_of
    excluded = _excluded(session, link)
    standing = assignment_standing(attempts, excluded, override, results)
    counted = next((one for one in attempts if one.number == standing.attempt), None)
    result = results(counted, excluded) if counted else None
    return standing, _comment(standing, questions(result.tests) if result else ())


def _of_quiz(session: Session, link: Link, user_id: int, override: Override | None) -> tuple[Standing, str]:
    mine = select(QuizAttempt).where(QuizAttempt.link_id == link.id, QuizAttempt.user_id == user_id)
    attempts = session.scalars(mine.order_by(QuizAttempt.number).execution_options(populate_existing=True)).all()
    standing = quiz_standing(attempts, _excluded(session, link), override)
    return standing, _comment(standing, ())


def _comment(standing: Standing, asked: tuple[QuestionSummary, ...]) -> str:
    """A few lines of plain text for the platform's gradebook; nothing that a student wrote is in it."""
    lines = []
    if standing.override is not None:
        lines.append("This score was set by your instructor.")
    if standing.computed is not None:
        lines.append(f"Attempt {standing.attempt}: {points(standing.computed)} of {points(standing.max_score)} points.")
    if not standing.complete:
        lines.append(_OURS)
    lines += [_line(question) for question in asked if question.points]
    return "\n".join(lines)


def _line(question: QuestionSummary) -> str:
    told = f"{question.name}: {points(question.score)} of {points(question.points)}"
    mistakes = ", ".join(mistake.name for mistake in question.mistakes)
    return f"{told} ({mistakes})" if mistakes else told


def _scaled(link: Link, standing: Standing, most: float, comment: str) -> Worth:
    score = standing.score or 0.0
    if not math.isfinite(score) or not math.isfinite(most):
        raise ValueError(f"a score of {score} of {most} is none")
    counts = link.points if link.points and most else most
    scaled = score * counts / most if most else score
    return Worth(round(max(0.0, scaled), 4), round(counts, 4), comment, standing.complete)


def _max_of_others(session: Session, link: Link) -> float:
    """What the work is worth, when this student has nothing graded: as the newest of the others'; 0: nobody knows."""
    if link.work is Work.QUIZ:
        newest = select(QuizAttempt.max_score).where(QuizAttempt.link_id == link.id, QuizAttempt.max_score > 0)
        return session.scalar(newest.order_by(QuizAttempt.id.desc()).limit(1)) or 0.0
    graded = select(Attempt).where(Attempt.link_id == link.id, Attempt.result != "").options(defer(Attempt.content))
    other = session.scalar(graded.order_by(Attempt.graded_at.desc()).limit(1))
    excluded = _excluded(session, link)
    result = result_of(other, excluded) if other else None
    return result.max_score if result else 0.0


def _excluded(session: Session, link: Link) -> set[str]:
    return set(session.scalars(select(Exclusion.question).where(Exclusion.link_id == link.id)))


def _locked(session: Session, link: Link, user_id: int) -> Score:
    """The student's row, made when there is none, and kept from others until the transaction ends."""
    lock_user(session, user_id)
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(Score) if postgres else sqlite.insert(Score)
    row = {"link_id": link.id, "user_id": user_id, "settled": True, "stamp": now(), "max_score": 0.0}
    session.execute(insert.values(**row).on_conflict_do_nothing(index_elements=["link_id", "user_id"]))
    mine = select(Score).where(Score.link_id == link.id, Score.user_id == user_id)
    return session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one()


def _raise(score: Score, at: datetime) -> None:
    """A new version: sent as soon as may be, also while the last one is under way."""
    score.stamp = later(score.stamp, at) if score.version else at
    score.version += 1
    if score.settled:
        score.problem = ""  # why an older version was refused; why one is late is still so
    score.settled = False
    score.next_try_at, score.tries = at, 0
