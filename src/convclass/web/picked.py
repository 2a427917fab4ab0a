"""What an instructor picked, by the form of the picking page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import abort
from werkzeug.datastructures import MultiDict

from convclass.web.errors import Told
from convclass.web.message import text
from convclass.web.offers import Offer

USUAL_POINTS = 100.0
_MOST_POINTS = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Picked:
    """One assignment or quiz, as it is to appear in the LMS; opens_at and due_at may be open."""

    offer: Offer
    title: str
    points: float
    opens_at: datetime | None
    due_at: datetime | None


def picked(form: MultiDict[str, str], offers: Sequence[Offer], *, several: bool) -> tuple[Picked, ...]:
    """The picked rows of the form, by their numbers. Answers 400 to what cannot be meant."""
    known = {str(number) for number in range(len(offers))}
    rows = [row for row in dict.fromkeys(form.getlist("pick")) if row in known]
    if not rows or (len(rows) > 1 and not several):
        abort(400, Told("Nothing was picked, or too much.", "Go back and pick what the link is to open."))
    return tuple(_row(form, offers[int(row)], row) for row in rows)


def _row(form: MultiDict[str, str], offer: Offer, row: str) -> Picked:
    return Picked(
        offer,
        text(form.get(f"title-{row}", ""))[:200] or offer.title,
        _points(form.get(f"points-{row}", "")),
        _time(form.get(f"opens-{row}", "")),
        _time(form.get(f"due-{row}", "")),
    )


def _points(told: str) -> float:
    try:
        points = float(told or USUAL_POINTS)
    except ValueError:
        points = math.nan
    if not 0 < points <= _MOST_POINTS:
        abort(400, Told("The points are no number above 0.", "Go back and enter how many points it is worth."))
    return points


def _time(told: str) -> datetime | None:
    """A time of the form; the page's script says it in UTC, and without the script it is asked for in UTC."""
    if not told:
        return None
    try:
        time = datetime.fromisoformat(told)
    except ValueError:
        abort(400, Told("The date cannot be read.", "Go back and enter a day and a time."))
    return time if time.tzinfo else time.replace(tzinfo=UTC)
