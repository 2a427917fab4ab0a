"""A launch into rows: the course, the person, their membership, the link, and the visit that begins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from convclass.web.message import Kind, Message
from convclass.web.models import Base, Context, Deployment, Link, Membership, Role, User
from convclass.web.offers import Offer, pointed_at
from convclass.web.refused import Refused
from convclass.web.visit import Opened, open_visit

CUSTOM_DUE, CUSTOM_POINTS = "convclass_due", "convclass_points"
_Row = TypeVar("_Row", bound=Base)


def enter(session: Session, deployment: Deployment, message: Message, course: Path) -> Opened:
    """Store what an accepted launch says, and begin the visit. Raises Refused."""
    context = _context(session, deployment, message)
    user = _user(session, deployment, message)
    enrol(session, context, user, message.role)
    if message.kind is Kind.DEEP_LINKING:
        return _picking(session, context, user, message, {"deep_linking": dict(message.picking)})
    link = _link(session, context, message, course)
    if link is None:
        return _choosing(session, context, user, message)
    return open_visit(
        session,
        user_id=user.id,
        context_id=context.id,
        link_id=link.id,
        role=message.role,
        return_url=message.return_url,
    )


def enrol(session: Session, context: Context, user: User, role: Role, *, active: bool = True) -> None:
    """Somebody's role in a course, as the platform says it now."""
    membership = get_or_add(session, Membership, {"context_id": context.id, "user_id": user.id}, {"role": role})
    membership.role, membership.active = role, active


def get_or_add(session: Session, kind: type[_Row], keys: Mapping[str, Any], fields: Mapping[str, Any]) -> _Row:
    """The row with these unique keys; added, with these fields, when there is none.

    A class opens its first link within a minute: where another transaction adds the row first, it is that one.
    """
    wanted = select(kind).filter_by(**keys)
    found = session.scalar(wanted)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            made = kind(**keys, **fields)
            session.add(made)
            session.flush()
            return made
    except IntegrityError:
        return session.scalars(wanted).one()


def stored_link(session: Session, context_id: int, lti_id: str) -> Link | None:
    """The link by the platform's own id of it."""
    found: Link | None = session.scalar(select(Link).where(Link.context_id == context_id, Link.lti_id == lti_id))
    return found


def add_link(session: Session, context_id: int, lti_id: str, offer: Offer, told: Mapping[str, Any]) -> Link:
    """The link that opens `offer`; `told` are further fields, as the platform gave them. An existing one stays."""
    keys = {"context_id": context_id, "lti_id": lti_id}
    return get_or_add(session, Link, keys, {"work": offer.work, "assignment": offer.assignment, **told})


def _context(session: Session, deployment: Deployment, message: Message) -> Context:
    context = get_or_add(session, Context, {"deployment_id": deployment.id, "lti_id": message.context_id}, {})
    context.title = message.context_title or context.title
    context.memberships_url = message.memberships_url or context.memberships_url
    return context


def _user(session: Session, deployment: Deployment, message: Message) -> User:
    user = get_or_add(session, User, {"platform_id": deployment.platform_id, "sub": message.sub}, {})
    user.name = message.name or user.name
    user.email = message.email or user.email
    return user


def _link(session: Session, context: Context, message: Message, course: Path) -> Link | None:
    """The link, as it is stored or as the launch points; None when nobody has said yet what it opens.

    What a stored link opens stays, whatever a later launch says: the attempts at it belong to that. Points and due
    date are taken once, too, since an instructor may have changed them here.
    """
    link = stored_link(session, context.id, message.link_id)
    if link is None:
        offer = pointed_at(course, message.custom, message.target)
        if offer is None:
            return None
        told = {"points": _points(message.custom), "due_at": _due(message.custom)}
        link = add_link(session, context.id, message.link_id, offer, told | {"title": offer.title})
    for name, value in _service_fields(message).items():
        setattr(link, name, value or getattr(link, name))
    return link


def _choosing(session: Session, context: Context, user: User, message: Message) -> Opened:
    if message.role is not Role.INSTRUCTOR:
        raise Refused(
            "Nobody has chosen yet what this link opens.", "An instructor of the course has to open it first.", 409
        )
    return _picking(session, context, user, message, {"link": {"lti_id": message.link_id, **_service_fields(message)}})


def _picking(session: Session, context: Context, user: User, message: Message, picking: dict[str, Any]) -> Opened:
    if message.role is not Role.INSTRUCTOR:
        raise Refused("Only instructors can add links to a course.", "Ask an instructor of the course.")
    return open_visit(
        session,
        user_id=user.id,
        context_id=context.id,
        link_id=None,
        role=message.role,
        return_url=message.return_url,
        picking=picking,
    )


def _service_fields(message: Message) -> dict[str, Any]:
    """What the platform may change about a link between launches."""
    return {
        "title": message.link_title,
        "lineitem_url": message.lineitem_url,
        "lineitems_url": message.lineitems_url,
        "scopes": list(message.scopes),
    }


def _points(custom: Mapping[str, str]) -> float | None:
    """None for what is no number above 0, such as a variable that the platform did not replace."""
    try:
        points = float(custom.get(CUSTOM_POINTS, ""))
    except ValueError:
        return None
    return points if math.isfinite(points) and points > 0 else None


def _due(custom: Mapping[str, str]) -> datetime | None:
    """None for what is no time; one without a zone is in UTC."""
    try:
        due = datetime.fromisoformat(custom.get(CUSTOM_DUE, ""))
    except ValueError:
        return None
    return due if due.tzinfo else due.replace(tzinfo=UTC)
