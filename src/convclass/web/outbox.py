"""The outbox: the Score rows whose newest version their platform does not have yet. All changes to them by lease.

A row is sent by one returner at a time. What is sent is one version of it; should the score change meanwhile, the row
stays due. When a returner dies after the platform took a score and before that was written down, the lease ends and the
same version is sent again: the platform either takes it, which changes nothing, or says 409, and it gets a new stamp.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session, joinedload

from convclass.web import scores
from convclass.web.ags import OutgoingScore, may_make_line_item, returns_grades
from convclass.web.models import Link, Platform, Score, User

LEASE = timedelta(minutes=5)
"""Longer than all deadlines of services.py together, for a token and a score, each asked for twice."""
NO_SERVICE = (
    "The platform takes no grades for this link: it offers no gradebook column. Add the link as a graded activity, or "
    "ask its administrator to allow the tool grade services; the grade is sent when the link is opened after that."
)
UNKNOWN_MAX = "Nothing is graded at this link yet, so nobody knows how many points there are; it is sent then."


@dataclass(frozen=True, slots=True)
class Posting:
    """A version of a score that somebody has taken to send, and where to; `lasts` is how long the lease does."""

    score_id: int
    lease: str
    lasts: timedelta
    version: int
    tries: int
    platform_id: int
    link_id: int
    user_id: int
    lineitem_url: str
    lineitems_url: str
    may_make_line_item: bool
    resource_link_id: str
    label: str
    assignment: str
    returns_grades: bool
    score: OutgoingScore


def take(session: Session, at: datetime, *, not_of: Collection[int] = (), lease: timedelta = LEASE) -> Posting | None:
    """Take the score that is due longest, of a platform that is active and none of `not_of`; None: nothing is due."""
    due = and_(Score.settled.is_(False), Score.next_try_at <= at, or_(Score.lease == "", Score.leased_until <= at))
    theirs = select(User.id).join(Platform).where(Platform.active, Platform.id.not_in(list(not_of)))
    first = select(Score.id).where(due, Score.user_id.in_(theirs)).order_by(Score.next_try_at, Score.id).limit(1)
    taken = session.scalar(
        update(Score)
        .where(Score.id == first.with_for_update(skip_locked=True).scalar_subquery(), due)
        .values(lease=secrets.token_hex(16), leased_until=at + lease)
        .returning(Score.id)
        .execution_options(synchronize_session=False)
    )
    return _posting(session, taken, lease) if taken is not None else None


def sent(session: Session, posting: Posting, at: datetime) -> bool:
    """Write down that the platform has this version; False: somebody else has taken the row since."""
    return _let_go(
        session,
        posting,
        {
            "sent_version": posting.version,
            "sent_at": at,
            "settled": Score.version == posting.version,
            "tries": 0,
            "problem": "",
        },
    )


def refused(session: Session, posting: Posting, problem: str) -> bool:
    """Write down that the platform will never take this version; a change or `resend` begins anew."""
    newest = Score.version == posting.version
    return _let_go(session, posting, {"settled": newest, "problem": problem})


def postponed(session: Session, posting: Posting, problem: str, until: datetime) -> bool:
    """Write down why it was not sent, and when to try again."""
    return _let_go(session, posting, {"tries": Score.tries + 1, "next_try_at": until, "problem": problem})


def restamped(session: Session, posting: Posting, at: datetime, by: timedelta) -> Posting | None:
    """The newest version with a stamp that is later by at least `by`; None: the row is somebody else's by now."""
    row = session.scalar(_mine(posting).with_for_update())
    if row is None:
        return None
    row.stamp = scores.later(row.stamp, at, by)
    row.leased_until = at + posting.lasts
    session.flush()
    return _posting(session, row.id, posting.lasts)


def worked_out(session: Session, posting: Posting, at: datetime) -> Posting | None:
    """The score worked out again, whose maximum nobody knew before; None: the row is somebody else's by now."""
    scores.update(session, session.get_one(Link, posting.link_id), posting.user_id, at=at)
    mine = session.scalar(_mine(posting))
    return _posting(session, posting.score_id, posting.lasts) if mine else None


def reopen(session: Session, at: datetime) -> int:
    """Have the scores sent that could not be because their link returned no grades, where it does now; how many."""
    stuck = and_(Score.settled.is_(True), Score.sent_version < Score.version, Score.problem == NO_SERVICE)
    links = session.scalars(select(Link).where(Link.id.in_(select(Score.link_id).where(stuck).distinct())))
    ready = [link.id for link in links if returns_grades(link)]
    opened = session.scalars(
        update(Score)
        .where(stuck, Score.link_id.in_(ready))
        .values(settled=False, next_try_at=at, tries=0)
        .returning(Score.id)
        .execution_options(synchronize_session=False)
    )
    return len(opened.all())


def end_leases(session: Session) -> None:
    """Let a returner send at once what others held, all of which are known to be gone."""
    session.execute(update(Score).where(Score.lease != "").values(lease="", leased_until=None))
    session.execute(update(Link).where(Link.lineitem_leased_until.is_not(None)).values(lineitem_leased_until=None))


def claim_line_item(session: Session, link_id: int, known: str, at: datetime) -> bool:
    """Become the one who asks the platform for this link's line item, while it is still `known`."""
    free = or_(Link.lineitem_leased_until.is_(None), Link.lineitem_leased_until <= at)
    claim = update(Link).where(Link.id == link_id, Link.lineitem_url == known, free)
    claimed = claim.values(lineitem_leased_until=at + LEASE).returning(Link.id)
    return session.scalar(claimed.execution_options(synchronize_session=False)) is not None


def keep_line_item(session: Session, link_id: int, known: str, url: str) -> str:
    """Write down the line item that was found or made instead of `known`; that of a launch in between goes before."""
    link = session.scalars(select(Link).where(Link.id == link_id).with_for_update()).one()
    link.lineitem_leased_until = None
    if link.lineitem_url == known:
        link.lineitem_url = url
    return link.lineitem_url


def _mine(posting: Posting) -> Select[Score]:
    mine = select(Score).where(Score.id == posting.score_id, Score.lease == posting.lease)
    return mine.execution_options(populate_existing=True)


def _let_go(session: Session, posting: Posting, values: dict[str, object]) -> bool:
    released = (
        update(Score)
        .where(Score.id == posting.score_id, Score.lease == posting.lease)
        .values(lease="", leased_until=None, **values)
        .returning(Score.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(released) is not None


def _posting(session: Session, score_id: int, lasts: timedelta) -> Posting:
    row = session.scalars(
        select(Score)
        .where(Score.id == score_id)
        .options(joinedload(Score.link), joinedload(Score.user))
        .execution_options(populate_existing=True)
    ).one()
    link = row.link
    return Posting(
        score_id=row.id,
        lease=row.lease,
        lasts=lasts,
        version=row.version,
        tries=row.tries,
        platform_id=row.user.platform_id,
        link_id=link.id,
        user_id=row.user_id,
        lineitem_url=link.lineitem_url,
        lineitems_url=link.lineitems_url,
        may_make_line_item=may_make_line_item(link),
        resource_link_id=link.lti_id,
        label=link.title,
        assignment=link.assignment,
        returns_grades=returns_grades(link),
        score=OutgoingScore(row.user.sub, row.score, row.max_score, row.comment, row.complete, row.stamp),
    )
