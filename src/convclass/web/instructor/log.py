"""The log of changes in a course, as a page and as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from convclass.report.text import csv_cell
from convclass.web.instructor.here import Here, blueprint, here
from convclass.web.models import AuditEntry, Link, User

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+\+00:00")
_ON_A_PAGE = 100
_COLUMNS = ("id", "at", "by", "action", "link", "student", "details", "previous_hash", "hash")
WORDS = {
    "override": "gave a score by hand",
    "extension": "extended",
    "regrade": "had graded again",
    "regrade all": "had everything graded again",
    "resend": "had the score sent again",
    "resend all": "had all scores sent again",
    "exclude": "left a question out",
    "restore": "brought a question back",
    "settings": "changed the settings",
}
"""What an action is called on a page; others are shown as they are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log."""

    row: AuditEntry
    by: str
    student: str
    link: str

    @property
    def words(self) -> str:
        """What was done."""
        return WORDS.get(self.row.action, self.row.action)

    @property
    def details(self) -> str:
        """The details without those that say nothing, as one line."""
        said = {name: value for name, value in self.row.details.items() if value is not None}
        return "; ".join(f"{name.replace('_', ' ')}: {_told(value)}" for name, value in said.items())


@blueprint.get("/log/")
def log_page(public_id: str) -> str:
    """What was changed in this course, newest first."""
    with here(public_id) as at:
        page = max(1, request.args.get("page", 1, type=int))
        total = at.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.context_id == at.visit.context_id))
        pages = max(1, -(-(total or 0) // _ON_A_PAGE))
        shown = entries(at, offset=(min(page, pages) - 1) * _ON_A_PAGE, limit=_ON_A_PAGE)
        return at.page("log.html", log=shown, total=total or 0, number=min(page, pages), pages=pages)


@blueprint.get("/log.csv")
def log_csv(public_id: str) -> Response:
    """The same as CSV, whole, oldest first, with the hashes."""
    with here(public_id) as at:
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(_COLUMNS)
        lines.writerows(_cells(entry) for entry in reversed(entries(at)))
        return attachment(text.getvalue().encode(), "text/csv", "changes.csv")


def entries(at: Here, *, user_id: int | None = None, offset: int = 0, limit: int | None = None) -> list[Entry]:
    """What was changed in this course, newest first; with `user_id` what concerns this student at this link."""
    by, student = aliased(User), aliased(User)
    query = (
        select(AuditEntry, by.name, student.name, Link.title)
        .join(by, by.id == AuditEntry.by_user_id)
        .outerjoin(student, student.id == AuditEntry.user_id)
        .outerjoin(Link, Link.id == AuditEntry.link_id)
        .where(AuditEntry.context_id == at.visit.context_id)
        .order_by(AuditEntry.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if user_id is not None:
        query = query.where(AuditEntry.user_id == user_id, AuditEntry.link_id == at.link.id)
    rows = at.session.execute(query)
    return [Entry(row, by_name, student_name or "", title or "") for row, by_name, student_name, title in rows]


def attachment(content: bytes, mimetype: str, name: str) -> Response:
    """A file to download; `name` is one of ours."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, mimetype=mimetype, headers=headers)


def _cells(entry: Entry) -> list[str]:
    row = entry.row
    details = json.dumps(row.details, sort_keys=True)
    texts = (row.at.isoformat(), entry.by, row.action, entry.link, entry.student, details)
    return [str(row.id), *map(csv_cell, texts), row.previous_hash, row.hash]


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_told(one)}" for name, one in value.items())
    if isinstance(value, str) and _TIME.fullmatch(value):
        return f"{value[:10]} {value[11:16]} UTC"
    if isinstance(value, list):
        return ", ".join(map(_told, value))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
