"""Who is there: a visit begins with an accepted launch, and is known afterwards by a cookie.

Pages of a visit live under /v/<public id>/, so that several visits (tabs, platforms) in one browser do not mix. The
cookie is partitioned (CHIPS), so that it works in an iframe of a site that gets no third-party cookies; where even that
is refused, a ticket opens the visit once in a window of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from convclass.web.models import Context, Deployment, Role, Visit, now

LASTS = timedelta(hours=12)
TICKET_LASTS = timedelta(minutes=10)
_FORGOTTEN = timedelta(days=2)
"""How long after its end a visit is still told to open the link again, inside its LMS."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A visit that has just begun, with the two secrets that are kept nowhere but in the browser."""

    visit: Visit
    secret: str
    ticket: str


def open_visit(
    session: Session, *, user_id: int, context_id: int, link_id: int | None, role: Role, **kept: Any
) -> Opened:
    """Begin a visit; `kept` are further fields of it."""
    session.execute(delete(Visit).where(Visit.expires_at < now() - _FORGOTTEN))
    secret, ticket = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    visit = Visit(
        public_id=secrets.token_urlsafe(12),
        secret_hash=hashed(secret),
        ticket_hash=hashed(ticket),
        user_id=user_id,
        context_id=context_id,
        link_id=link_id,
        role=role,
        expires_at=now() + LASTS,
        **kept,
    )
    session.add(visit)
    session.flush()
    return Opened(visit, secret, ticket)


def visit_of(session: Session, request: Request, public_id: str, *, secure: bool) -> Visit | None:
    """The visit of a request, when its cookie proves it, it has not expired, and its platform is still let in."""
    secret = request.cookies.get(cookie_name(public_id, secure), "")
    visit = known_visit(session, public_id)
    if visit is None or not hmac.compare_digest(visit.secret_hash, hashed(secret)) or visit.expires_at < now():
        return None
    return visit if visit.context.deployment.platform.active else None


def known_visit(session: Session, public_id: str) -> Visit | None:
    """The visit of this id, whoever asks."""
    visit: Visit | None = session.scalar(_with_all().where(Visit.public_id == public_id))
    return visit


def visit_by_ticket(session: Session, public_id: str, ticket: str) -> Opened | None:
    """Open a visit by its ticket, which is used up by this; the cookie's secret is a new one."""
    secret = secrets.token_urlsafe(32)
    taken = session.execute(
        update(Visit)
        .where(Visit.public_id == public_id, Visit.ticket_hash == hashed(ticket))
        .where(Visit.created_at > now() - TICKET_LASTS)
        .values(ticket_hash="", secret_hash=hashed(secret))
    )
    if not ticket or not taken.rowcount:  # type: ignore[attr-defined]
        return None
    return Opened(session.scalars(_with_all().where(Visit.public_id == public_id)).one(), secret, "")


def spend_ticket(session: Session, public_id: str) -> None:
    """Nobody needs the ticket any more: it stays in the browser's history and in logs."""
    session.execute(update(Visit).where(Visit.public_id == public_id).values(ticket_hash=""))


def set_cookie(response: Response, opened: Opened, *, secure: bool) -> None:
    """Give the browser the visit's secret."""
    response.set_cookie(
        cookie_name(opened.visit.public_id, secure),
        opened.secret,
        max_age=int(LASTS.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="None" if secure else "Lax",
        partitioned=secure,
        path="/",
    )


def cookie_name(public_id: str, secure: bool) -> str:
    """The name of a visit's cookie; `__Host-` keeps other hosts of the domain from setting it."""
    return f"{'__Host-' if secure else ''}convclass-{public_id}"


def csrf_token(visit: Visit) -> str:
    """What a form of this visit has to carry: derived from the secret that only its own pages are made with."""
    return hmac.new(visit.secret_hash.encode(), b"csrf", hashlib.sha256).hexdigest()


def csrf_holds(visit: Visit, token: str) -> bool:
    """Whether a form that changes something came from a page of this visit."""
    return hmac.compare_digest(csrf_token(visit).encode(), token.encode(errors="replace"))


def hashed(secret: str) -> str:
    """How a secret is kept: so that whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _with_all() -> Any:
    return select(Visit).options(
        joinedload(Visit.user),
        joinedload(Visit.context).joinedload(Context.deployment).joinedload(Deployment.platform),
        joinedload(Visit.link),
    )
