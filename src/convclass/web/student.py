"""What a student sees of an assignment: the handout and its files, handing in, and what each attempt came to."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, send_file, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from convclass.course import Assignment, CourseError, find_assignment
from convclass.exam.results import SubmissionResult
from convclass.report.feedback import feedback_parts
from convclass.report.summary import QuestionSummary, questions, symbol, tone
from convclass.report.templating import macro
from convclass.web import coursework, handout, queue, uploads
from convclass.web.coursework import RefusedError, Terms, link_of
from convclass.web.errors import Told
from convclass.web.models import Attempt, Link, Role, State, Work, now
from convclass.web.standing import Standing, assignment_standing, result_of
from convclass.web.tool import tool, visiting
from convclass.web.visit import csrf_token

blueprint = Blueprint("student", __name__)

_OF_PICTURES = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For a picture that is opened by itself: an SVG is a document, and this one may do nothing."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt with its result; `counts` says whether it is the one that counts."""

    attempt: Attempt
    result: SubmissionResult | None
    summaries: tuple[QuestionSummary, ...]
    counts: bool

    @property
    def share(self) -> float:
        """The part of the points that was earned, 0 to 1."""
        return self.result.score / self.result.max_score if self.result and self.result.max_score else 0.0


@blueprint.app_context_processor
def _shown() -> dict[str, Any]:
    return {"bar": _bar, "symbol": symbol, "tone": tone, "State": State}


@blueprint.get("/v/<public_id>/assignment/")
def page(public_id: str) -> str:
    """The assignment's page."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.ASSIGNMENT)
        assignment = assignment_of(link)
        terms = coursework.terms(session, link, visit.user_id)
        mine = coursework.attempts(session, link, visit.user_id)
        standing = assignment_standing(mine, terms.excluded, terms.override)
        released = handout.files(assignment)
        at, used = now(), coursework.used(mine)
        return render_template(
            "student.html",
            context=visit.context,
            public_id=public_id,
            csrf=csrf_token(visit),
            link=link,
            terms=terms,
            standing=standing,
            tried=_tried(mine, terms, standing),
            used=used,
            left=terms.left(used),
            closed=terms.closed(at),
            at=at,
            module=assignment.module,
            megabytes=uploads.LARGEST // 2**20,
            files=handout.to_work_with(assignment, released),
            handout=handout.rendered(released, url_for(".file", public_id=public_id, name="")),
        )


@blueprint.post("/v/<public_id>/assignment/")
def hand_in(public_id: str) -> AnyResponse | tuple[str, int] | str:
    """Take an upload; ask about one that is hardly meant; refuse what cannot be taken."""
    uploads.make_room(request)
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.ASSIGNMENT)
        assignment = assignment_of(link)
        terms = coursework.terms(session, link, visit.user_id)
        shared = {"context": visit.context, "public_id": public_id, "link": link, "csrf": csrf_token(visit)}
        try:
            upload = uploads.read(request, assignment)
            sure = "sure" in request.form
            done = uploads.hand_in(session, terms, visit.user, assignment, upload, sure=sure, at=now())
        except RefusedError as refused:
            return render_template("refused.html", **shared, refused=refused, back=".page"), refused.status
        if isinstance(done, uploads.Doubted):
            return render_template("sure.html", **shared, doubted=done)
    return redirect(url_for(".attempt", public_id=public_id, number=done.number), 303)


@blueprint.get("/v/<public_id>/assignment/<int:number>/")
def attempt(public_id: str, number: int) -> str:
    """An attempt: its place in the queue, then the feedback."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.ASSIGNMENT)
        terms = coursework.terms(session, link, visit.user_id)
        mine = coursework.attempts(session, link, visit.user_id)
        found = coursework.attempt(session, link, visit.user_id, number)
        standing = assignment_standing(mine, terms.excluded, terms.override)
        (tried,) = _tried((found,), terms, standing)
        return render_template(
            "attempt.html",
            context=visit.context,
            public_id=public_id,
            link=link,
            terms=terms,
            standing=standing,
            tried=tried,
            progress=_progress(session, found),
            feedback=feedback_parts(tried.result) if tried.result else Markup(""),
        )


@blueprint.get("/v/<public_id>/assignment/<int:number>/progress")
def progress(public_id: str, number: int) -> dict[str, Any]:
    """How far an attempt is, as JSON for the page that waits."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.ASSIGNMENT)
        return _progress(session, coursework.attempt(session, link, visit.user_id, number))


@blueprint.get("/v/<public_id>/assignment/<int:number>/file")
def handed_in(public_id: str, number: int) -> Response:
    """The file of an attempt, to be saved and not to be shown."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.ASSIGNMENT)
        found = coursework.attempt(session, link, visit.user_id, number)
        suffix = ".ipynb" if found.filename.lower().endswith(".ipynb") else ".py"
        name = f"{assignment_of(link).module}-attempt-{number}{suffix}"
        return _to_save(found.content, name)


@blueprint.get("/v/<public_id>/assignment/files/<path:name>")
def file(public_id: str, name: str) -> Response:
    """A released file: a picture of the handout, or one to save."""
    with visiting(public_id, Role.STUDENT) as (_, visit):
        released = handout.files(assignment_of(link_of(visit, Work.ASSIGNMENT)))
    if name not in released:
        abort(404)
    if handout.is_picture(name):
        g.policy = _OF_PICTURES
        return send_file(released[name].absolute(), max_age=3600)
    return _to_save(released[name].read_bytes(), name.rsplit("/", 1)[-1])


@blueprint.get("/v/<public_id>/assignment/files.zip")
def files(public_id: str) -> Response:
    """All released files in one."""
    with visiting(public_id, Role.STUDENT) as (_, visit):
        assignment = assignment_of(link_of(visit, Work.ASSIGNMENT))
    released = handout.files(assignment)
    if not released:
        abort(404)
    return _to_save(handout.zipped(assignment, released), f"{assignment.name}.zip")


def assignment_of(link: Link) -> Assignment:
    """The assignment that a link opens. Answers 404 when the course has it no more."""
    try:
        return find_assignment(tool().settings.course, link.assignment)
    except CourseError:
        abort(404, Told("The course has no such assignment any more.", "Tell your instructor."))


def _tried(mine: Sequence[Attempt], terms: Terms, standing: Standing) -> tuple[Tried, ...]:
    """Attempts with their results, newest first."""
    found = []
    for one in reversed(mine):
        result = result_of(one, terms.excluded)
        summaries = tuple(q for q in questions(result.tests) if q.points) if result else ()
        found.append(Tried(one, result, summaries, one.number == standing.attempt))
    return tuple(found)


def _progress(session: Session, attempt: Attempt) -> dict[str, Any]:
    return {
        "state": attempt.state.value,
        "before": queue.position(session, attempt),
        "done": attempt.state is State.GRADED,
    }


def _to_save(content: bytes, name: str) -> Response:
    answer = send_file(io.BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _bar(share: float) -> Markup:
    return macro("parts.html", "bar", share)
