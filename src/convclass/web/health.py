"""Whether the tool is well, for whoever watches it: nothing about anybody, only ages in seconds."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from convclass.web.models import Attempt, Score, State, now
from convclass.web.tool import tool

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def health() -> tuple[dict[str, object], int]:
    """The ages of the oldest attempt that waits and of the oldest score that is not sent; 503 without a database."""
    try:
        with tool().database.reading() as session:
            waiting, unsent = _oldest_waiting(session), _oldest_unsent(session)
    except SQLAlchemyError:
        return {"database": False}, 503
    return {"database": True, "oldest_waiting_seconds": _age(waiting), "oldest_unsent_seconds": _age(unsent)}, 200


def _oldest_waiting(session: Session) -> datetime | None:
    open_states = (State.WAITING, State.GRADING, State.FAILED)
    return session.scalar(select(func.min(Attempt.queued_at)).where(Attempt.state.in_(open_states)))


def _oldest_unsent(session: Session) -> datetime | None:
    return session.scalar(select(func.min(Score.stamp)).where(Score.settled.is_(False)))


def _age(since: datetime | None) -> float | None:
    return max(0.0, (now() - since).total_seconds()) if since else None
