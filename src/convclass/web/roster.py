"""The roster of a course, from the platform (Names and Role Provisioning Services)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from convclass.web.database import Database
from convclass.web.enrol import enrol, get_or_add
from convclass.web.message import LONGEST_ID, text
from convclass.web.models import Context, Deployment, Membership, Role, User, now
from convclass.web.roles import role_of
from convclass.web.services import Services, ServiceUnavailable

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the roster; name and email are empty where the platform keeps them to itself."""

    sub: str
    role: Role
    active: bool
    name: str
    email: str


def read(services: Services, database: Database, context_id: int) -> int:
    """Read the whole roster of a course and store it, all of it or nothing; how many students and instructors it has.

    Whoever is on it no longer is inactive, and stays known. Raises ServiceUnavailable.
    """
    with database.reading() as session:
        context = session.get_one(Context, context_id)
        platform_id, url = session.get_one(Deployment, context.deployment_id).platform_id, context.memberships_url
    if not url:
        raise ServiceUnavailable("the LMS offers this course no roster; its administrator can allow it")
    members = [member for page in services.pages(platform_id, url, [SCOPE], accept=_CONTAINER) for member in _on(page)]
    with database.writing() as session:
        context = session.get_one(Context, context_id)
        _store(session, context, platform_id, members)
        context.roster_at = now()
    return sum(member.active for member in members)


def _on(page: Any) -> Iterator[Member]:
    """The members of a page whom the tool has a role for."""
    told = page.get("members") if isinstance(page, dict) else None
    if not isinstance(told, list):
        raise ServiceUnavailable("the LMS answers with something that is not a roster")
    for one in told:
        member = _member(one) if isinstance(one, dict) else None
        if member is not None:
            yield member


def _member(told: dict[str, Any]) -> Member | None:
    sub, roles = told.get("user_id"), told.get("roles")
    role = role_of(roles) if isinstance(roles, list) else None
    if not isinstance(sub, str) or not sub or len(sub) > LONGEST_ID or not sub.isprintable() or role is None:
        return None
    names = (text(told.get("given_name")), text(told.get("family_name")))
    name = text(told.get("name")) or " ".join(name for name in names if name)
    return Member(sub, role, told.get("status", "Active") == "Active", name, text(told.get("email")))


def _store(session: Session, context: Context, platform_id: int, members: Sequence[Member]) -> None:
    here = {
        membership.user.sub: membership
        for membership in session.scalars(select(Membership).where(Membership.context_id == context.id))
    }
    for member in members:
        known = here.pop(member.sub, None)
        user = known.user if known else get_or_add(session, User, {"platform_id": platform_id, "sub": member.sub}, {})
        user.name, user.email = member.name or user.name, member.email or user.email
        if known:
            known.role, known.active = member.role, member.active
        else:
            enrol(session, context, user, member.role, active=member.active)
    for gone in here.values():
        gone.active = False
