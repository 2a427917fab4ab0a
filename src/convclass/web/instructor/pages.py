"""The pages to look at: the class, one student, one attempt, the questions."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from sqlalchemy import select
from sqlalchemy.orm import defer

from convclass.course import CourseError
from convclass.grading.names import safe_name
from convclass.report import classstats
from convclass.report.classpage import legend
from convclass.report.feedback import feedback_parts
from convclass.web import queue
from convclass.web.instructor import quizzes
from convclass.web.instructor.classroom import UNDER_WAY, Classroom, Row, classroom
from convclass.web.instructor.here import Here, blueprint, here, parsed_results, shown_classes
from convclass.web.instructor.log import entries
from convclass.web.instructor.returned import has_column, problems, returned, tally
from convclass.web.models import Attempt, Extension, Override, QuizAttempt, State, User, Work
from convclass.web.standing import attempts_left, due, result_of
from convclass.web.tool import tool

_SHOWN_OF_A_FILE = 200_000
_DONE = {
    "regrade": "It is queued to be graded again; until then the last result counts.",
    "override": "The score is changed, and the new one is on its way to the LMS.",
    "extension": "The extension holds from now on.",
    "resend": "The scores are on their way to the LMS again.",
    "exclude": "The question does not count any more; changed scores are on their way to the LMS.",
    "restore": "The question counts again; changed scores are on their way to the LMS.",
    "settings": "The settings hold from now on.",
}


@blueprint.get("/")
def class_page(public_id: str) -> str:
    """The class: whom to look at first, how it went, each question, every student."""
    with here(public_id) as at:
        room = classroom(at.session, at.link, parsed_results())
        return at.page("class.html", **_class(at, room))


@blueprint.get("/students/<int:user_id>/")
def student_page(public_id: str, user_id: int) -> str:
    """Everything about one student at this link."""
    with here(public_id) as at:
        return show_student(at, user_id)


@blueprint.get("/attempts/<int:attempt_id>/")
def attempt_page(public_id: str, attempt_id: int) -> str:
    """One attempt: the feedback as the student sees it, and the file."""
    with here(public_id, Work.ASSIGNMENT) as at:
        attempt = attempt_of(at, attempt_id)
        room, row = _row(at, attempt.user_id)
        return at.page(
            "attempt.html",
            row=row,
            attempt=attempt,
            excluded=room.exclusions,
            result=(result := result_of(attempt)),
            feedback=feedback_parts(result) if result else "",
            text=attempt.content[:_SHOWN_OF_A_FILE].decode("utf-8", "replace"),
            is_cut=len(attempt.content) > _SHOWN_OF_A_FILE,
            under_way=UNDER_WAY,
        )


@blueprint.get("/attempts/<int:attempt_id>/file")
def attempt_file(public_id: str, attempt_id: int) -> Response:
    """The file of an attempt, to download: as text, so that no browser runs it."""
    with here(public_id, Work.ASSIGNMENT) as at:
        attempt = attempt_of(at, attempt_id)
        stem, dot, ending = attempt.filename.rpartition(".")
        ending = ending if ending in ("py", "ipynb") else "txt"
        name = f"{safe_name(stem if dot else attempt.filename)}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(attempt.content, mimetype="text/plain", headers=headers)


@blueprint.get("/quizzes/<int:attempt_id>/")
def quiz_attempt_page(public_id: str, attempt_id: int) -> str:
    """One attempt at a quiz: what was asked, what was answered, and what it came to."""
    with here(public_id, Work.QUIZ) as at:
        attempt = at.session.get(QuizAttempt, attempt_id)
        if attempt is None or attempt.link_id != at.link.id:
            abort(404)
        room, row = _row(at, attempt.user_id)
        try:
            scored, problem = quizzes.scored(tool().settings.course, at.link.assignment, attempt), ""
        except CourseError as error:
            scored, problem = None, str(error)
        return at.page("quiz_attempt.html", room=room, row=row, attempt=attempt, scored=scored, problem=problem)


@blueprint.get("/questions/")
def questions_page(public_id: str) -> str:
    """The questions of an assignment, with what can be done about them; or the item analysis of a quiz."""
    with here(public_id) as at:
        if at.link.work is Work.QUIZ:
            return at.page("analysis.html", **_analysis(at))
        room = classroom(at.session, at.link, parsed_results())
        return at.page("questions.html", room=room, questions=classstats.question_stats(room.group), done=done())


def show_student(at: Here, user_id: int, problem: str = "", typed: dict[str, Any] | None = None) -> str:
    """The student's page; `problem` says why what was `typed` into one of its forms was not done."""
    room, row = _row(at, user_id)
    waiting = _waiting(at, user_id) if at.link.work is Work.ASSIGNMENT else {}
    used = len(row.attempts)
    return at.page(
        "student.html",
        row=row,
        room=room,
        most=max_score(at, room, row),
        returned=returned(at.link, row.score),
        due=due(at.link, row.extension),
        left=attempts_left(at.link, row.extension, used),
        waiting=waiting,
        under_way=UNDER_WAY,
        overrides=_history(at, Override, user_id),
        extensions=_history(at, Extension, user_id),
        log=entries(at, user_id=user_id),
        problem=problem,
        typed=typed or {},
        done=done(),
    )


def max_score(at: Here, room: Classroom, row: Row) -> float | None:
    """What an override of this student is out of: their own maximum, else that of the class."""
    if row.standing.computed is not None:
        computed = row.result.max_score if row.result else row.standing.max_score
        return computed or row.standing.max_score
    return (room if len(room.rows) > 1 else classroom(at.session, at.link, parsed_results())).max_score


def attempt_of(at: Here, attempt_id: int) -> Attempt:
    """An attempt at this link, by a student of the class. Answers 404 for any other."""
    attempt = at.session.get(Attempt, attempt_id)
    if attempt is None or attempt.link_id != at.link.id:
        abort(404)
    return attempt


def _class(at: Here, room: Classroom) -> dict[str, Any]:
    return {
        "room": room,
        "rows": [(row, returned(at.link, row.score)) for row in room.rows],
        "shown": shown_classes().of(room),
        "legend": legend(),
        "states": room.states(),
        "State": State,
        "tally": tally(at.link, room.rows),
        "problems": problems(at.link, room.rows),
        "has_column": has_column(at.link),
        "done": done(),
        "figures": quizzes.figures(room) if at.link.work is Work.QUIZ else None,
    }


def _analysis(at: Here) -> dict[str, Any]:
    room = classroom(at.session, at.link, parsed_results())
    counted = [attempt for row in room.rows if (attempt := quizzes.counted(row))]
    labels = {row.person.user.id: row.person.label for row in room.rows}
    analysis = quizzes.analysis(tool().settings.course, at.link.assignment, counted, labels)
    return {**analysis, "room": room, "done": done()}


def _row(at: Here, user_id: int) -> tuple[Classroom, Row]:
    room = classroom(at.session, at.link, parsed_results(), only=user_id)
    if not room.rows:
        abort(404)
    return room, room.rows[0]


def _waiting(at: Here, user_id: int) -> dict[int, int]:
    """How many are before each waiting attempt of the student, by its id."""
    mine = select(Attempt).where(Attempt.link_id == at.link.id, Attempt.user_id == user_id)
    waiting = at.session.scalars(
        mine.where(Attempt.state == State.WAITING).options(defer(Attempt.content), defer(Attempt.result))
    )
    return {attempt.id: queue.position(at.session, attempt) for attempt in waiting}


def _history(at: Here, kind: type[Override] | type[Extension], user_id: int) -> list[tuple[Any, User]]:
    mine = select(kind, User).join(User, User.id == kind.by_user_id)
    rows = at.session.execute(mine.where(kind.link_id == at.link.id, kind.user_id == user_id).order_by(kind.id.desc()))
    return [(row, by) for row, by in rows]


def done() -> str:
    """What the change that led here did, to be said."""
    return _DONE.get(request.args.get("done", ""), "")
