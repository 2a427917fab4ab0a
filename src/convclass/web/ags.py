"""What LTI's Assignment and Grade Services (AGS 2.0) say: scores as they are sent, and what an answer means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from convclass.report.text import plain
from convclass.web.models import Link
from convclass.web.services import retry_after

if TYPE_CHECKING:
    from requests import Response

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LINE_ITEM_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
TAG = "convclass"
"""The tag of line items that the tool made."""
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"

_MOST_SAID = 200
_TRY_AGAIN = {401, 408, 425, 429}
_STALE = {409, 422}
_REMEDIES = {
    400: "It keeps no grades of teachers, nor of people who left the course. If this is a student, re-send the score.",
    403: "Ask its administrator whether the tool may send grades; then re-send the score.",
    404: "The gradebook column may have been deleted: open the link once as an instructor; then re-send the score.",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has it."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The platform has a score of that time or a later one."""

    problem: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform will not take it, however often it is sent. `problem` tells an instructor why, and what to do."""

    problem: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class Later:
    """It did not work now.

    wait: how many seconds to wait, when somebody said. platform: whether it is the platform that does not work, so
    that it is to be left alone.
    """

    problem: str
    wait: float | None = None
    platform: bool = True


Outcome = Sent | Stale | Refused | Later


@dataclass(frozen=True, slots=True)
class OutgoingScore:
    """One version of a score, as it goes out; `score` None clears what the platform has."""

    sub: str
    score: float | None
    max_score: float
    comment: str
    complete: bool
    stamp: datetime

    @property
    def unknown_max(self) -> bool:
        """Whether there is a score and nobody knows out of how many points."""
        return self.score is not None and self.max_score <= 0


def returns_grades(link: Link) -> bool:
    """Whether the platform takes scores for this link: there is a gradebook column, or one may be made."""
    return SCORE_SCOPE in link.scopes and (bool(link.lineitem_url) or may_make_line_item(link))


def may_make_line_item(link: Link) -> bool:
    """Whether the platform lets the tool make a gradebook column."""
    return bool(link.lineitems_url) and LINE_ITEM_SCOPE in link.scopes


def scores_url(lineitem_url: str) -> str:
    """Where a line item's scores are sent: `/scores` ends the path, and a query stays behind it."""
    parts = urlsplit(lineitem_url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores", fragment=""))


def line_items_of(lineitems_url: str, resource_link_id: str) -> str:
    """Where the line items of one link are listed."""
    parts = urlsplit(lineitems_url)
    query = "&".join(filter(None, (parts.query, urlencode({"resource_link_id": resource_link_id}))))
    return urlunsplit(parts._replace(query=query, fragment=""))


def score_body(score: OutgoingScore) -> dict[str, Any]:
    """The score as AGS has it.

    An incomplete one is FullyGraded too: the points it has are the student's already, while Moodle clears a grade that
    is anything else, and Open edX does not show it. The comment says that a part is still to come.
    """
    stamp = score.stamp.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    body: dict[str, Any] = {"userId": score.sub, "timestamp": f"{stamp}Z"}
    if score.score is None:
        return body | {"activityProgress": "Initialized", "gradingProgress": "NotReady"}
    return body | {
        "scoreGiven": _number(score.score),
        "scoreMaximum": _number(score.max_score),
        "comment": score.comment,
        "activityProgress": "Completed" if score.complete else "Submitted",
        "gradingProgress": "FullyGraded",
    }


def line_item_body(label: str, max_score: float, resource_link_id: str, assignment: str) -> dict[str, Any]:
    """A new line item: its maximum is an integer (Open edX takes no other), and scores are scaled to it."""
    return {
        "label": plain(label, 200) or assignment,
        "scoreMaximum": max(1, round(max_score)),
        "resourceLinkId": resource_link_id,
        "resourceId": assignment,
        "tag": TAG,
    }


def outcome_of(response: Response) -> Outcome:
    """What an answer to a score, or to a request for line items, means."""
    status = response.status_code
    if 200 <= status < 300:
        return Sent()
    told = f"The platform answered {status}{_phrase(status)}{_said(response)}."
    if status in _TRY_AGAIN or status >= 500:
        return Later(told, retry_after(response))
    if status in _STALE or (status == 400 and _is_about_timestamp(response)):
        return Stale(told)
    remedy = _REMEDIES.get(status, "Show this to the platform's administrator; then re-send the score.")
    return Refused(f"{told} {remedy}", status)


def _is_about_timestamp(response: Response) -> bool:
    """Whether the platform names the timestamp as what is wrong, as Open edX does where others answer 409."""
    try:
        said = response.json()
    except ValueError:
        return False
    return isinstance(said, dict) and "timestamp" in said


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _said(response: Response) -> str:
    """The beginning of a short answer, in words; nothing of an HTML page."""
    if "html" in response.headers.get("Content-Type", ""):
        return ""
    said = " ".join(plain(response.text, _MOST_SAID).split())
    return f": {said}" if said else ""


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
