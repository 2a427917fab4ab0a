"""What all views share: the settings and the database of the application that runs; and the visit of a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import abort, current_app, g, request
from sqlalchemy.orm import Session

from convclass.web.database import Database
from convclass.web.models import Role, Visit
from convclass.web.security import ancestors
from convclass.web.settings import Settings
from convclass.web.visit import csrf_holds, visit_of


@dataclass(frozen=True, slots=True)
class Tool:
    """An installation of the tool."""

    settings: Settings
    database: Database


def tool() -> Tool:
    """The installation that answers this request."""
    found: Tool = current_app.extensions["convclass"]
    return found


@contextmanager
def visiting(public_id: str, *roles: Role) -> Iterator[tuple[Session, Visit]]:
    """The visit that this request belongs to, in one of the `roles`, and a session to read or (POST) write with.

    Answers 401 without a visit, 403 in another role or when a form of somebody else's page was sent.
    """
    changes = request.method not in ("GET", "HEAD")
    token = _sent_token() if changes else ""
    database = tool().database
    with database.writing() if changes else database.reading() as session:
        visit = visit_of(session, request, public_id, secure=tool().settings.secure)
        if visit is None:
            abort(401)
        g.visit = visit
        g.ancestors = ancestors(session, visit.user.platform_id)
        if roles and visit.role not in roles:
            abort(403)
        if changes and not csrf_holds(visit, token):
            abort(403)
        yield session, visit


def _sent_token() -> str:
    """The token against forged requests. Reads the whole body: a slow sender must not hold the database meanwhile."""
    token = request.form.get("csrf", request.headers.get("X-CSRF-Token", ""))
    request.get_data()  # of what is no form; it is kept for the view
    return token
