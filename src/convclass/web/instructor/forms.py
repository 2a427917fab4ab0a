"""What an instructor typed into a form, read; whoever cannot be obeyed is told why, and nothing is changed."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from flask import request

from convclass.report.text import points, terminal

_LONGEST_REASON = 500
_MOST_ATTEMPTS = 1000


class Refused(Exception):  # noqa: N818  nothing is wrong with the tool
    """A form that is not obeyed. `problem` is a sentence with the remedy; `code` the HTTP status of the answer."""

    def __init__(self, problem: str, code: int = 400) -> None:
        super().__init__(problem)
        self.problem, self.code = problem, code


def reason() -> str:
    """Why; on one line, and without what cannot be seen. Raises Refused when nothing is said."""
    text = " ".join(terminal(request.form.get("reason", "")).split())[:_LONGEST_REASON]
    if not text:
        raise Refused("Give a reason: it is kept in the log, for you and for those who ask later.")
    return text


def score(most: float) -> float:
    """A score from 0 to `most`. Raises Refused for anything else."""
    text = request.form.get("score", "").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 0 <= value <= most):
        raise Refused(f"The score has to be a number from 0 to {points(most)}.")
    return value


def count(name: str, what: str, least: int = 0) -> int | None:
    """A whole number, or None where nothing was typed. Raises Refused for anything else."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= _MOST_ATTEMPTS):
        raise Refused(f"{what} has to be a whole number from {least} to {_MOST_ATTEMPTS}, or nothing at all.")
    return int(text)


def time(name: str) -> datetime | None:
    """A time, in UTC unless it says otherwise, or None where nothing was typed. Raises Refused for anything else."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("The time has to look like 2026-11-30T23:59, in UTC.") from None


def typed() -> dict[str, str]:
    """What was typed, to show it again; a time as the field of a form takes it."""
    shown = {name: value for name, value in request.form.items() if name != "csrf"}
    try:
        due = time("due")
    except Refused:
        due = None
    return shown | ({"due": due.strftime("%Y-%m-%dT%H:%M")} if due else {})


def expect(name: str, now: object, problem: str) -> None:
    """Raises Refused with 409 when the page that the form was on showed something else than what holds `now`."""
    if request.form.get(name, "") != str(now):
        raise Refused(
            f"{problem} Nothing was changed. Look at what holds now, and repeat your change if you still want it.", 409
        )
