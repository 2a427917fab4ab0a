"""The line item (the column of the LMS's gradebook) of a link whose launch named none."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from sqlalchemy import or_, update
from sqlalchemy.orm import Session, joinedload

from convclass.web.database import Database
from convclass.web.models import Context, Link, now
from convclass.web.outbound import is_web_url
from convclass.web.picked import USUAL_POINTS
from convclass.web.services import Services, ServiceUnavailable, retry_after

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
READ_SCOPE = f"{SCOPE}.readonly"
_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_ASKING = timedelta(minutes=3)


def ensure(services: Services, database: Database, link_id: int) -> str:
    """The line item of a link: as it is stored, else found at the platform, else made there; then stored.

    Empty where the platform offers none. Raises ServiceUnavailable, also while another process asks for the same.
    """
    with database.writing() as session:
        link = _link(session, link_id)
        if link.lineitem_url or not link.lineitems_url or not {SCOPE, READ_SCOPE} & set(link.scopes):
            return link.lineitem_url
        if not _taken(session, link_id):
            raise ServiceUnavailable("the line item is being made", 2.0)
    try:
        url = _found(services, link) or _made(services, link)
    except ServiceUnavailable:
        _store(database, link_id, "")
        raise
    _store(database, link_id, url)
    return url


def _link(session: Session, link_id: int) -> Link:
    whole = joinedload(Link.context).joinedload(Context.deployment)
    return session.get_one(Link, link_id, options=[whole])


def _taken(session: Session, link_id: int) -> bool:
    free = or_(Link.lineitem_asked_at.is_(None), Link.lineitem_asked_at < now() - _ASKING)
    taken = session.execute(update(Link).where(Link.id == link_id, free).values(lineitem_asked_at=now()))
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _store(database: Database, link_id: int, url: str) -> None:
    with database.writing() as session:
        session.execute(update(Link).where(Link.id == link_id).values(lineitem_asked_at=None))
        if url:
            mine = update(Link).where(Link.id == link_id, Link.lineitem_url == "")
            session.execute(mine.values(lineitem_url=url))


def _found(services: Services, link: Link) -> str:
    """The platform's line item of this link; of several the one that we made, else the first."""
    scope = SCOPE if SCOPE in link.scopes else READ_SCOPE
    url = _with_query(link.lineitems_url, resource_link_id=link.lti_id)
    found = []
    for page in services.pages(_platform_id(link), url, [scope], accept=_ITEMS):
        items = page if isinstance(page, list) else []
        # Some platforms ignore the filter, so each item has to say itself that it is this link's.
        found += [item for item in items if isinstance(item, dict) and item.get("resourceLinkId") == link.lti_id]
    ours = [item for item in found if item.get("tag") == link.work.value and item.get("resourceId") == link.assignment]
    urls = [item["id"] for item in (*ours, *found) if is_web_url(item.get("id"))]
    return urls[0] if urls else ""


def _made(services: Services, link: Link) -> str:
    """A new line item. Open edX shows only those with a resourceLinkId, and wants the maximum as a whole number."""
    if SCOPE not in link.scopes:
        return ""
    item = {
        "label": link.title or link.assignment,
        "scoreMaximum": max(1, math.ceil(link.points or USUAL_POINTS)),
        "resourceLinkId": link.lti_id,
        "resourceId": link.assignment,
        "tag": link.work.value,
    }
    answer = services.request(
        _platform_id(link), "POST", link.lineitems_url, [SCOPE], json=item, media_type=_ITEM, accept=_ITEM
    )
    told = _json(answer) if answer.status_code in (200, 201) else None
    if not isinstance(told, dict) or not is_web_url(told.get("id")):
        raise ServiceUnavailable(f"the LMS makes no line item: it answers {answer.status_code}", retry_after(answer))
    return str(told["id"])


def _json(answer: Any) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _platform_id(link: Link) -> int:
    return link.context.deployment.platform_id


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, urlencode(more)) if part)))
