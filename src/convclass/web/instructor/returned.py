"""Whether the LMS has a student's score, in words for an instructor. Pure functions of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from convclass.web.instructor.classroom import Row
from convclass.web.models import Link, Score


class Return(StrEnum):
    """How far a score is on its way to the LMS; the value is what a page says."""

    NOTHING = "nothing to send yet"
    NOWHERE = "stays here"
    WAITING = "waits to be sent"
    TRYING = "not taken yet"
    REFUSED = "refused"
    SENT = "sent"


TONES = {
    Return.SENT: "good",
    Return.WAITING: "idle",
    Return.NOTHING: "idle",
    Return.NOWHERE: "idle",
    Return.TRYING: "part",
    Return.REFUSED: "bad",
}


@dataclass(frozen=True, slots=True)
class Returned:
    """The state of one score; `problem` says why the LMS does not have it, `at` when it was sent or is tried again."""

    state: Return
    problem: str = ""
    at: datetime | None = None

    @property
    def tone(self) -> str:
        """The class of the state for styling."""
        return TONES[self.state]


def has_column(link: Link) -> bool:
    """Whether the LMS offers a place for scores of this link."""
    return bool(link.lineitem_url or link.lineitems_url)


def returned(link: Link, score: Score | None) -> Returned:
    """How far the student's score is."""
    if score is None or score.version == 0:
        return Returned(Return.NOTHING)
    if score.settled and score.sent_version >= score.version:
        return Returned(Return.SENT, at=score.sent_at)
    if not has_column(link):
        return Returned(Return.NOWHERE, "The LMS offers no grade column for this link.")
    if score.settled:
        return Returned(Return.REFUSED, score.problem)
    if score.problem:
        return Returned(Return.TRYING, score.problem, score.next_try_at)
    return Returned(Return.WAITING)


def tally(link: Link, rows: Iterable[Row]) -> list[tuple[Return, int]]:
    """How many scores are in which state, those without one left out."""
    counted = Counter(returned(link, row.score).state for row in rows)
    return [(state, counted[state]) for state in Return if counted[state] and state is not Return.NOTHING]


def problems(link: Link, rows: Iterable[Row]) -> list[tuple[str, int]]:
    """Why the LMS does not have scores that it was to have, most frequent first."""
    told = Counter(returned(link, row.score).problem for row in rows if has_column(link))
    return [(words, n) for words, n in told.most_common(4) if words]
