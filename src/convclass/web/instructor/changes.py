"""What an instructor changes for one student. Each change is logged in its own transaction, and the log comes last:
while it is written, everybody else's changes wait."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import defer
from werkzeug.wrappers import Response

from convclass.web import audit, queue, scores
from convclass.web.instructor import forms
from convclass.web.instructor.classroom import Classroom, Row, classroom
from convclass.web.instructor.forms import Refused
from convclass.web.instructor.here import Here, blueprint, here, parsed_results
from convclass.web.instructor.pages import attempt_of, max_score, show_student
from convclass.web.models import Attempt, Extension, Override, Work

Answer = Response | tuple[str, int]


@blueprint.post("/students/<int:user_id>/override")
def override(public_id: str, user_id: int) -> Answer:
    """Give a score by hand, or take it back."""
    return _change(public_id, user_id, "override", _override)


@blueprint.post("/students/<int:user_id>/extension")
def extension(public_id: str, user_id: int) -> Answer:
    """Give a student more time or more attempts, or take them back."""
    return _change(public_id, user_id, "extension", _extension)


@blueprint.post("/students/<int:user_id>/resend")
def resend(public_id: str, user_id: int) -> Answer:
    """Send a student's score to the LMS again."""
    return _change(public_id, user_id, "resend", _resend)


@blueprint.post("/students/<int:user_id>/regrade")
def regrade_student(public_id: str, user_id: int) -> Answer:
    """Grade all attempts of a student again."""
    return _change(public_id, user_id, "regrade", _regrade)


@blueprint.post("/attempts/<int:attempt_id>/regrade")
def regrade_attempt(public_id: str, attempt_id: int) -> Answer:
    """Grade one attempt again."""
    with here(public_id, Work.ASSIGNMENT) as at:
        attempt = attempt_of(at, attempt_id)
        queue.regrade(at.session, [attempt])
        audit.record(
            at.session, at.visit, "regrade", link_id=at.link.id, user_id=attempt.user_id, attempts=[attempt.number]
        )
        return _back(at, attempt.user_id, "regrade")


def _change(public_id: str, user_id: int, name: str, change: Callable[[Here, Classroom, Row], None]) -> Answer:
    with here(public_id) as at:
        room = classroom(at.session, at.link, parsed_results(), only=user_id)
        if not room.rows:
            abort(404)
        try:
            change(at, room, room.rows[0])
        except Refused as refused:
            return show_student(at, user_id, refused.problem, forms.typed()), refused.code
        return _back(at, user_id, name)


def _override(at: Here, room: Classroom, row: Row) -> None:
    before, user_id = row.override, row.person.user.id
    forms.expect("seen", before.id if before else 0, "Somebody changed this student's score in between.")
    most = max_score(at, room, row)
    if most is None:
        raise Refused(
            "Nobody knows yet what this is out of: wait until the first attempt of the class is graded, or set the "
            "points in the LMS."
        )
    score = None if "take_back" in request.form else forms.score(most)
    if score is None and (before is None or before.score is None):
        raise Refused("There is no score given by hand to take back.")
    why = forms.reason()
    by = at.visit.user_id
    at.session.add(
        Override(link_id=at.link.id, user_id=user_id, score=score, max_score=most, reason=why, by_user_id=by)
    )
    at.session.flush()
    scores.update(at.session, at.link, user_id)
    given = before.score if before else None
    _record(
        at, "override", user_id, score=score, max_score=most, before=given, graded=row.standing.computed, reason=why
    )


def _extension(at: Here, room: Classroom, row: Row) -> None:
    before, user_id = row.extension, row.person.user.id
    forms.expect("seen", before.id if before else 0, "Somebody changed this student's extension in between.")
    due_at = forms.time("due")
    if due_at is not None and at.link.due_at is None:
        raise Refused("There is no due date to extend; set one under Settings first.")
    if due_at is not None and at.link.due_at is not None and due_at <= at.link.due_at:
        raise Refused("The extended due date has to be later than the one that holds for all.")
    more = forms.count("more", "The number of further attempts") or 0
    if more and at.link.attempts_allowed is None:
        raise Refused("The number of attempts is not limited; there is nothing to extend.")
    why = forms.reason()
    by = at.visit.user_id
    at.session.add(
        Extension(link_id=at.link.id, user_id=user_id, due_at=due_at, more_attempts=more, reason=why, by_user_id=by)
    )
    at.session.flush()
    due = due_at.isoformat() if due_at else None
    _record(at, "extension", user_id, due_at=due, more_attempts=more, reason=why)


def _resend(at: Here, room: Classroom, row: Row) -> None:
    if row.standing.score is None:
        raise Refused("There is no score to send yet.")
    scores.resend(at.session, at.link, row.person.user.id)
    _record(at, "resend", row.person.user.id, score=row.standing.score, max_score=row.standing.max_score)


def _regrade(at: Here, room: Classroom, row: Row) -> None:
    if at.link.work is Work.QUIZ:
        raise Refused("A quiz is scored when it is handed in; there is nothing to grade again.")
    mine = select(Attempt).where(Attempt.link_id == at.link.id, Attempt.user_id == row.person.user.id)
    attempts = at.session.scalars(mine.options(defer(Attempt.content), defer(Attempt.result))).all()
    if not attempts:
        raise Refused("There is no attempt to grade again.")
    queue.regrade(at.session, attempts)
    _record(at, "regrade", row.person.user.id, attempts=sorted(attempt.number for attempt in attempts))


def _record(at: Here, action: str, user_id: int, **details: object) -> None:
    audit.record(at.session, at.visit, action, link_id=at.link.id, user_id=user_id, **details)


def _back(at: Here, user_id: int, done: str) -> Response:
    where = url_for("instructor.student_page", public_id=at.visit.public_id, user_id=user_id, done=done)
    return redirect(where, 303)
