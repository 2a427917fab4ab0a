"""What a student sees of a quiz in graded mode: their attempts, the quiz itself, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from convclass.course import CourseError
from convclass.lms import html
from convclass.quiz.models import Quiz
from convclass.quiz.scoring import Scored, score_quiz
from convclass.web import coursework, quizzes
from convclass.web.coursework import RefusedError, Terms, link_of
from convclass.web.errors import Told
from convclass.web.models import Link, QuizAttempt, Role, Visit, Work, now
from convclass.web.standing import quiz_graded, quiz_standing
from convclass.web.tool import tool, visiting
from convclass.web.visit import csrf_token

blueprint = Blueprint("quiz", __name__)
P = ParamSpec("P")
R = TypeVar("R")

_NO_ANSWERS = Told("These answers could not be read.", "Nothing was changed. Load the page again and go on from there.")
_ELSEWHERE = Told(
    "Newer answers were saved from another window.", "Load this page again to go on with those, and close the other."
)
_OVER = Told("This attempt is handed in.", "Load this page again to see what it came to.")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a request about one attempt needs, read in a transaction that is over."""

    visit: Visit
    terms: Terms
    attempt: QuizAttempt
    drawn: quizzes.Drawn
    is_revealed: bool


def _with_a_quiz(view: Callable[P, R]) -> Callable[P, R]:
    """Answer 404 when the course has no such quiz any more."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(*args, **kwargs)
        except CourseError:
            abort(404, Told("The course has no such quiz any more.", "Tell your instructor."))

    return guarded


@blueprint.get("/v/<public_id>/quiz/")
@_with_a_quiz
def page(public_id: str) -> str:
    """All attempts of the student, and the way to the next one."""
    _settle(public_id)
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.QUIZ)
        terms = coursework.terms(session, link, visit.user_id)
        mine = coursework.quiz_attempts(session, link, visit.user_id)
        at = now()
        shown = {
            "context": visit.context,
            "link": link,
            "terms": terms,
            "mine": mine,
            "running": mine[-1] if mine and mine[-1].handed_in_at is None else None,
            "standing": quiz_standing(mine, terms.excluded, terms.override),
            "left": terms.left(len(mine)),
            "closed": terms.closed(at),
            "csrf": csrf_token(visit),
        }
        example = _drawn(link, visit, len(mine) or 1)
    quiz = example.quiz()
    return render_template("quiz_attempts.html", **shown, quiz=quiz, at=at, public_id=public_id)


@blueprint.post("/v/<public_id>/quiz/")
@_with_a_quiz
def begin(public_id: str) -> Response | tuple[str, int]:
    """Begin an attempt, or go on with the one that was begun."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        link = link_of(visit, Work.QUIZ)
        terms = coursework.terms(session, link, visit.user_id)
        try:
            attempt = quizzes.begin(session, tool().settings.course, terms, visit.user, now())
        except RefusedError as refused:
            shared = {"context": visit.context, "public_id": public_id, "link": link, "back": ".page"}
            return render_template("refused.html", **shared, refused=refused), refused.status
    return redirect(url_for(".attempt", public_id=public_id, number=attempt.number), 303)


@blueprint.get("/v/<public_id>/quiz/<int:number>/")
@_with_a_quiz
def attempt(public_id: str, number: int) -> str:
    """The quiz while it is open; when it is handed in, what it came to."""
    _settle(public_id)
    opened = _opened(public_id, number)
    quiz = opened.drawn.quiz()
    if opened.attempt.handed_in_at is None:
        return _to_answer(opened, quiz, public_id)
    same = quiz.variant == opened.attempt.variant
    scored = score_quiz(quiz, opened.attempt.answers) if same else ()
    return render_template(
        "quiz_result.html",
        context=opened.visit.context,
        link=opened.terms.link,
        terms=opened.terms,
        attempt=opened.attempt,
        came_to=quiz_graded(opened.attempt, opened.terms.excluded),
        questions=[(one, _verdict(one)) for one in scored],
        is_revealed=opened.is_revealed,
        public_id=public_id,
    )


@blueprint.post("/v/<public_id>/quiz/<int:number>/save")
@_with_a_quiz
def save(public_id: str, number: int) -> dict[str, int]:
    """Keep the answers given so far: JSON with `answers` by question id, and `saves`, which counts the savings."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        terms, found = _mine(session, visit, number)
        answers, saves = _read(request.get_data(cache=False), _drawn(terms.link, visit, number))
        at = now()
        if found.handed_in_at is not None or terms.closed(at):
            abort(409, _OVER)
        if not quizzes.save(session, found, answers, saves, at):
            abort(409, _ELSEWHERE)
    return {"saves": saves}


@blueprint.post("/v/<public_id>/quiz/<int:number>/hand-in")
@_with_a_quiz
def hand_in(public_id: str, number: int) -> Response:
    """Make the answers of the form final and score them; after the due date, those that were saved by then."""
    with visiting(public_id, Role.STUDENT) as (session, visit):
        terms, found = _mine(session, visit, number)
        at = now()
        if found.handed_in_at is None and not terms.closed(at):
            answers = _of_form(_drawn(terms.link, visit, number))
            quizzes.save(session, found, answers, found.saves + 1, at)
        attempt_id = found.id
    if not terms.closed(at):
        quizzes.hand_in(tool().database, tool().settings.course, attempt_id)
    return redirect(url_for(".attempt", public_id=public_id, number=number), 303)


@blueprint.get("/v/<public_id>/quiz/<int:number>/review")
@_with_a_quiz
def review(public_id: str, number: int) -> str:
    """An attempt with what was right and why, once nobody can use that any more."""
    opened = _opened(public_id, number)
    quiz = opened.drawn.quiz()
    if opened.attempt.handed_in_at is None or not opened.is_revealed or quiz.variant != opened.attempt.variant:
        abort(403, Told("The answers are not open yet.", "The page of your attempt says when they will be."))
    g.policy = html.policy(server=True)
    back = url_for(".attempt", public_id=public_id, number=number)
    return html.page(quiz, server=html.Server(opened.attempt.answers, back))


def _to_answer(opened: Opened, quiz: Quiz, public_id: str) -> str:
    known = {question.id for question in quiz.questions}
    number = opened.attempt.number
    g.policy = html.policy(sends=True, server=True)
    server = html.Server(
        {question: answer for question, answer in opened.attempt.answers.items() if question in known},
        url_for(".page", public_id=public_id),
        (url_for("static", filename="local-time.js"), url_for("static", filename="quiz-save.js")),
        url_for(".save", public_id=public_id, number=number),
        opened.attempt.saves,
        csrf_token(opened.visit),
        opened.terms.due,
    )
    action = url_for(".hand_in", public_id=public_id, number=number)
    return html.page(quiz, graded=True, action=action, server=server)


def _settle(public_id: str) -> None:
    """Hand in what the due date has overtaken."""
    with visiting(public_id, Role.STUDENT) as (_, visit):
        link_id, user_id = link_of(visit, Work.QUIZ).id, visit.user_id
    quizzes.hand_in_overdue(tool().database, tool().settings.course, link_id, user_id)


def _opened(public_id: str, number: int) -> Opened:
    with visiting(public_id, Role.STUDENT) as (session, visit):
        terms, found = _mine(session, visit, number)
        mine = coursework.quiz_attempts(session, terms.link, visit.user_id)
        finished = sum(one.handed_in_at is not None for one in mine)
        is_revealed = quizzes.revealed(session, terms, finished, now())
        return Opened(visit, terms, found, _drawn(terms.link, visit, number), is_revealed)


def _mine(session: Session, visit: Visit, number: int) -> tuple[Terms, QuizAttempt]:
    link = link_of(visit, Work.QUIZ)
    mine = coursework.quiz_attempts(session, link, visit.user_id)
    found = next((one for one in mine if one.number == number), None)
    if found is None:
        abort(404)
    return coursework.terms(session, link, visit.user_id), found


def _drawn(link: Link, visit: Visit, number: int) -> quizzes.Drawn:
    return quizzes.drawn(tool().settings.course, link, visit.user, number)


def _read(body: bytes, drawn: quizzes.Drawn) -> tuple[dict[str, Any], int]:
    """Answers and counter of a saving. Answers 400 for what is neither."""
    try:
        sent = quizzes.parsed(body)
        saves = sent["saves"]
        if type(saves) is not int or not 0 < saves < 2**31:
            raise ValueError("no counter")
        return quizzes.read_answers(sent["answers"], drawn.kinds()), saves
    except (ValueError, TypeError, LookupError):
        abort(400, _NO_ANSWERS)


def _of_form(drawn: quizzes.Drawn) -> dict[str, Any]:
    """The answers of the form that hands in. Answers 400 for what is none."""
    try:
        sent = quizzes.parsed(request.form["answers"])
        return quizzes.read_answers(sent["answers"], drawn.kinds())
    except (ValueError, TypeError, LookupError):
        abort(400, _NO_ANSWERS)


def _verdict(scored: Scored) -> tuple[str, str, str]:
    """A class for styling, a sign and words."""
    if not scored.judged.answered:
        return "idle", "–", "not answered"
    if scored.fraction >= 1:
        return "good", "✓", "right"
    return ("part", "~", "partly right") if scored.fraction > 0 else ("bad", "✗", "not right")
