"""The class as files: each format is one Format, and the page lists those that fit the link."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, abort

from convclass.grading.output import grades_csv
from convclass.report.text import csv_cell
from convclass.web.instructor.classroom import Classroom, Row, classroom
from convclass.web.instructor.here import blueprint, here, parsed_results
from convclass.web.instructor.log import attachment
from convclass.web.instructor.returned import returned
from convclass.web.models import Work

_COLUMNS = (
    "student", "email", "id", "in_course", "score", "max_score", "graded", "by_hand", "reason", "complete",
    "attempt", "attempts", "last_at", "lms", "problem",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: `name` in the URL, `title` and `about` on the page, `filename` of the download."""

    name: str
    title: str
    about: str
    filename: str
    works: tuple[Work, ...]
    write: Callable[[Classroom], bytes]
    mimetype: str = "text/csv"


def scores_csv(room: Classroom) -> bytes:
    """One line per student: the score that counts and where it comes from. Safe in a spreadsheet."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS)
    lines.writerows([csv_cell(cell) for cell in _cells(room, row)] for row in room.rows)
    return text.getvalue().encode()


FORMATS = (
    Format(
        "scores",
        "Scores",
        "One line per student: the score that counts, what was graded, what was given by hand and why, attempts, and "
        "whether the LMS has it.",
        "scores.csv",
        tuple(Work),
        scores_csv,
    ),
    Format(
        "questions",
        "Questions",
        "One line per student with a graded attempt: what became of each question. Scores given by hand are not in it.",
        "questions.csv",
        (Work.ASSIGNMENT,),
        lambda room: grades_csv([student.result for student in room.group]).encode(),
    ),
)


@blueprint.get("/export/")
def export_page(public_id: str) -> str:
    """What the class can be downloaded as."""
    with here(public_id) as at:
        return at.page("export.html", formats=[one for one in FORMATS if at.link.work in one.works])


@blueprint.get("/export/<name>")
def export(public_id: str, name: str) -> Response:
    """The class as a file."""
    with here(public_id) as at:
        found = next((one for one in FORMATS if one.name == name and at.link.work in one.works), None)
        if found is None:
            abort(404)
        room = classroom(at.session, at.link, parsed_results())
        return attachment(found.write(room), found.mimetype, found.filename)


def _cells(room: Classroom, row: Row) -> list[str]:
    user, standing, lms = row.person.user, row.standing, returned(room.link, row.score)
    override = standing.override
    has_score = standing.score is not None
    return [
        user.name, user.email, user.sub, _yes(row.person.active),
        _number(standing.score), _number(standing.max_score if has_score else None), _number(standing.computed),
        _number(override.score if override else None), override.reason if override else "",
        _yes(standing.complete) if has_score else "",
        str(standing.attempt or ""), str(len(row.attempts)), row.last_at.isoformat() if row.last_at else "",
        lms.state, lms.problem,
    ]  # fmt: skip


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
