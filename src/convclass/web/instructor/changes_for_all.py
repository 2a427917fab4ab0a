"""What an instructor changes for everybody at a link: each with a page before that says what it would do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import defer
from werkzeug.wrappers import Response

from convclass.web import audit, queue, scores
from convclass.web.instructor import forms
from convclass.web.instructor.classroom import Classroom, classroom, standings_without
from convclass.web.instructor.effect import Effect, effect
from convclass.web.instructor.forms import Refused
from convclass.web.instructor.here import Here, blueprint, here, parsed_results
from convclass.web.instructor.pages import done
from convclass.web.models import Attempt, Exclusion, Link, QuizAttempt, State, User, Work

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """A question that is to count no longer, or again."""

    question: str
    title: str
    excludes: bool
    effect: Effect
    seen: str


@blueprint.get("/questions/change")
def confirm_question(public_id: str) -> Answer:
    """Say what it would do to leave a question out, or to bring it back."""
    with here(public_id) as at:
        room = classroom(at.session, at.link, parsed_results())
        return at.page("confirm_question.html", **_question_page(at, room))


@blueprint.post("/questions/change")
def change_question(public_id: str) -> Answer:
    """Leave a question out for everybody, or bring it back."""
    with here(public_id) as at:
        _hold_students(at)
        room = classroom(at.session, at.link, parsed_results())
        try:
            action = _change_question(at, room)
        except Refused as refused:
            values = _question_page(at, room, refused.problem, forms.typed())
            return at.page("confirm_question.html", **values), refused.code
        return _redirect(at, "questions_page", action)


@blueprint.get("/regrade")
def confirm_regrade(public_id: str) -> Answer:
    """Say what it would do to grade everything again."""
    with here(public_id, Work.ASSIGNMENT) as at:
        room = classroom(at.session, at.link, parsed_results())
        counted = sum(len(row.attempts) for row in room.rows)
        handed_in = [row for row in room.rows if row.attempts]
        seconds = sum(student.result.seconds for student in room.group)
        mean = seconds / len(room.group) if room.group else 0.0
        return at.page(
            "confirm_regrade.html", attempts=counted, students=len(handed_in), seconds=mean * counted,
            waiting=room.states()[State.WAITING],
        )  # fmt: skip


@blueprint.post("/regrade")
def regrade(public_id: str) -> Answer:
    """Grade all attempts of the class again."""
    with here(public_id, Work.ASSIGNMENT) as at:
        students = [row.person.user.id for row in classroom(at.session, at.link, parsed_results()).rows]
        every = select(Attempt).where(Attempt.link_id == at.link.id, Attempt.user_id.in_(students)).order_by(Attempt.id)
        attempts = at.session.scalars(every.options(defer(Attempt.content), defer(Attempt.result))).all()
        queue.regrade(at.session, attempts)
        _record(at, "regrade all", attempts=len(attempts))
        return _redirect(at, "class_page", "regrade")


@blueprint.get("/resend")
def confirm_resend(public_id: str) -> Answer:
    """Say what it would do to send all scores again."""
    with here(public_id) as at:
        rows = classroom(at.session, at.link, parsed_results()).rows
        return at.page("confirm_resend.html", students=sum(row.standing.score is not None for row in rows))


@blueprint.post("/resend")
def resend_all(public_id: str) -> Answer:
    """Send all scores to the LMS again."""
    with here(public_id) as at:
        rows = classroom(at.session, at.link, parsed_results()).rows
        students = sorted(row.person.user.id for row in rows if row.standing.score is not None)
        for user_id in students:
            scores.resend(at.session, at.link, user_id)
        _record(at, "resend all", students=len(students))
        return _redirect(at, "class_page", "resend")


@blueprint.get("/settings")
def settings_page(public_id: str) -> Answer:
    """What holds for everybody at this link."""
    with here(public_id) as at:
        return at.page("settings.html", **_settings_page(at))


@blueprint.post("/settings")
def change_settings(public_id: str) -> Answer:
    """Set the due date and the number of attempts."""
    with here(public_id) as at:
        try:
            _change_settings(at)
        except Refused as refused:
            return at.page("settings.html", **_settings_page(at, refused.problem, forms.typed())), refused.code
        return _redirect(at, "settings_page", "settings")


def _question_page(at: Here, room: Classroom, problem: str = "", typed: dict[str, str] | None = None) -> dict[str, Any]:
    question = request.values.get("question", "")
    excluded = set(room.excluded)
    known = {one.question: one.title for one in room.exclusions} | room.asked
    if question not in known:
        abort(404)
    after = standings_without(at.session, room, parsed_results(), excluded ^ {question})
    change = QuestionChange(question, known[question], question not in excluded, effect(room.rows, after), _seen(room))
    return {"change": change, "room": room, "problem": problem, "typed": typed or {}}


def _change_question(at: Here, room: Classroom) -> str:
    change = _question_page(at, room)["change"]
    forms.expect("seen", change.seen, "Somebody changed which questions count in between.")
    if change.excludes and change.effect.students and change.effect.max_after <= 0:
        raise Refused("One question at least has to count.")
    why = forms.reason()
    if change.excludes:
        about = {"link_id": at.link.id, "question": change.question, "title": change.title}
        at.session.add(Exclusion(**about, reason=why, by_user_id=at.visit.user_id))
    else:
        at.session.delete(next(one for one in room.exclusions if one.question == change.question))
    at.session.flush()
    for user_id in sorted(row.person.user.id for row in room.rows if row.standing.score is not None):
        scores.update(at.session, at.link, user_id, results=parsed_results().reader(at.session))
    action = "exclude" if change.excludes else "restore"
    _record(
        at, action, question=change.question, students=len(change.effect.changed),
        mean_before=change.effect.before.points if change.effect.before else None,
        mean_after=change.effect.after.points if change.effect.after else None,
        reason=why,
    )  # fmt: skip
    return action


def _hold_students(at: Here) -> None:
    """Nothing of them is graded meanwhile, in the order of their ids, as whoever holds several has to do."""
    kind = QuizAttempt if at.link.work is Work.QUIZ else Attempt
    handed_in = select(kind.user_id).where(kind.link_id == at.link.id)
    held = select(User.id).where(User.id.in_(handed_in)).order_by(User.id)
    at.session.execute(held.with_for_update(key_share=True))


def _change_settings(at: Here) -> None:
    forms.expect("seen", _seen_settings(at.link), "Somebody changed the settings in between.")
    due_at, allowed = forms.time("due"), forms.count("attempts", "The number of attempts", least=1)
    before = _plain_settings(at.link)
    at.link.due_at, at.link.attempts_allowed = due_at, allowed
    at.session.flush()
    _record(at, "settings", before=before, after=_plain_settings(at.link))


def _settings_page(at: Here, problem: str = "", typed: dict[str, str] | None = None) -> dict[str, Any]:
    return {"seen": _seen_settings(at.link), "problem": problem, "typed": typed or {}, "done": done()}


def _plain_settings(link: Link) -> dict[str, Any]:
    return {"due_at": link.due_at.isoformat() if link.due_at else None, "attempts_allowed": link.attempts_allowed}


def _seen_settings(link: Link) -> str:
    return " ".join(str(value) for value in _plain_settings(link).values())


def _seen(room: Classroom) -> str:
    """What the page was made from; an exclusion's id alone may be used again after it was taken back."""
    known = "\n".join(f"{exclusion.question} {exclusion.at.isoformat()}" for exclusion in room.exclusions)
    return hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()


def _record(at: Here, action: str, **details: Any) -> None:
    audit.record(at.session, at.visit, action, link_id=at.link.id, **details)


def _redirect(at: Here, page: str, action: str) -> Response:
    return redirect(url_for(f"instructor.{page}", public_id=at.visit.public_id, done=action), 303)
