"""The queue of attempts that wait for a grader.

A grader takes an attempt by a lease, which it renews while it works. One that dies holds nothing: when its lease has
ended, the next grader takes the attempt. One that comes late (it was stopped, it hung) finds its lease gone, and what
it brings is not stored.

An attempt's place is its `queued_at`. Whoever has attempts waiting queues the next one some seconds further back for
each of them, and what an instructor has graded again stands behind what students wait for; nobody waits for ever, since
places do not move.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, Update, and_, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from convclass.exam.results import SubmissionResult
from convclass.gradebook.codec import to_json
from convclass.report.text import plain
from convclass.web.models import Attempt, Link, State, User, now

LEASE = timedelta(minutes=2)
_FOR_EACH_WAITING = timedelta(seconds=30)
_BEHIND_STUDENTS = timedelta(minutes=10)
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_STEM, _MOST_SUFFIX = 150, 20


def hand_in(session: Session, link: Link, user: User, filename: str, content: bytes) -> Attempt:
    """Add an attempt and queue it. Whether the student may hand in (due date, attempts, size) is the caller's."""
    lock_user(session, user.id)
    newest = select(func.max(Attempt.number)).where(Attempt.link_id == link.id, Attempt.user_id == user.id)
    attempt = Attempt(
        link_id=link.id,
        user_id=user.id,
        number=(session.scalar(newest) or 0) + 1,
        filename=_safe_name(filename),
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        queued_at=now() + _FOR_EACH_WAITING * _waiting(session, user.id),
    )
    session.add(attempt)
    session.flush()
    return attempt


def position(session: Session, attempt: Attempt) -> int:
    """How many attempts are graded before this one, those under way among them; 0 when it does not wait."""
    if attempt.state is not State.WAITING:
        return 0
    mine = tuple_(attempt.queued_at, attempt.id)
    earlier = and_(Attempt.state == State.WAITING, tuple_(Attempt.queued_at, Attempt.id) < mine)
    before = or_(earlier, Attempt.state == State.GRADING)
    return session.scalar(select(func.count()).select_from(Attempt).where(before)) or 0


def regrade(session: Session, attempts: Iterable[Attempt]) -> None:
    """Queue attempts to be graded again; until then their last results count. What waits already keeps its place."""
    for attempt in attempts:
        if attempt.state is not State.WAITING:
            attempt.state = State.WAITING
            attempt.queued_at = now() + _BEHIND_STUDENTS
            attempt.lease, attempt.leased_until = "", None  # whoever grades it now began before this was asked
            attempt.tries, attempt.again_at = 0, None
    session.flush()


def take(session: Session, at: datetime | None = None, lease: timedelta = LEASE) -> Attempt | None:
    """Take the next attempt to grade, which nobody else gets while the lease lasts; None: there is nothing to do."""
    at = at or now()
    waiting = or_(
        Attempt.state == State.WAITING,
        and_(Attempt.state == State.GRADING, Attempt.leased_until <= at),
        Attempt.again_at <= at,
    )
    ordered = select(Attempt.id).where(waiting).order_by(Attempt.queued_at, Attempt.id).limit(1)
    taken = session.scalar(
        update(Attempt)
        .where(Attempt.id == ordered.with_for_update(skip_locked=True).scalar_subquery(), waiting)
        .values(
            state=State.GRADING,
            lease=secrets.token_hex(16),
            leased_until=at + lease,
            again_at=None,
            tries=Attempt.tries + 1,
        )
        .returning(Attempt.id)
        .execution_options(synchronize_session=False)
    )
    return session.get(Attempt, taken, populate_existing=True) if taken is not None else None


def renew(session: Session, attempt_id: int, lease: str, until: datetime) -> bool:
    """Keep an attempt for longer; False: it is no longer this grader's."""
    return _changed(session, _held(attempt_id, lease).values(leased_until=until))


def finish(session: Session, attempt_id: int, lease: str, result: SubmissionResult, at: datetime | None = None) -> bool:
    """Store what an attempt came to; False: the lease is gone, and nothing is stored.

    An incomplete result counts and is graded again after a while, longer from time to time.
    """
    at = at or now()
    tries = session.scalar(select(Attempt.tries).where(Attempt.id == attempt_id)) or 1
    return _changed(
        session,
        _held(attempt_id, lease).values(
            state=State.GRADED,
            lease="",
            leased_until=None,
            tries=0 if result.complete else tries,
            again_at=None if result.complete else at + pause(tries),
            graded_at=at,
            result=to_json(result),
        ),
    )


def give_up(session: Session, attempt_id: int, lease: str, at: datetime | None = None) -> bool:
    """Say that an attempt could not be graded, by a mistake of ours; it is tried again after a while."""
    at = at or now()
    tries = session.scalar(select(Attempt.tries).where(Attempt.id == attempt_id)) or 1
    return _changed(
        session,
        _held(attempt_id, lease).values(state=State.FAILED, lease="", leased_until=None, again_at=at + pause(tries)),
    )


def hand_back(session: Session, attempt_id: int, lease: str) -> bool:
    """Let the next grader take an attempt at once, because this one has to stop."""
    waiting = {"state": State.WAITING, "lease": "", "leased_until": None, "tries": Attempt.tries - 1}
    return _changed(session, _held(attempt_id, lease).values(**waiting))


def end_leases(session: Session) -> None:
    """Let graders take at once what others held, all of which are known to be gone."""
    held = update(Attempt).where(Attempt.state == State.GRADING)
    session.execute(held.values(state=State.WAITING, lease="", leased_until=None))


def pause(tries: int) -> timedelta:
    """How long to wait after this many tries: twice as long each time, an hour at most."""
    return min(_FIRST_PAUSE * float(1 << min(tries - 1, 10)), _LONGEST_PAUSE)


def lock_user(session: Session, user_id: int) -> None:
    """Let changes of one student's attempts and scores happen one after the other (SQLite's lock is for all)."""
    session.scalar(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _held(attempt_id: int, lease: str) -> Update:
    mine: ColumnElement[bool] = and_(
        Attempt.id == attempt_id, Attempt.lease == lease, Attempt.lease != "", Attempt.state == State.GRADING
    )
    return update(Attempt).where(mine).execution_options(synchronize_session=False)


def _changed(session: Session, change: Update) -> bool:
    return session.scalar(change.returning(Attempt.id)) is not None


def _waiting(session: Session, user_id: int) -> int:
    under_way = Attempt.state.in_((State.WAITING, State.GRADING))
    counted = select(func.count()).select_from(Attempt).where(Attempt.user_id == user_id, under_way)
    return session.scalar(counted) or 0


def _safe_name(filename: str) -> str:
    """The name without folders and without what no page, disk or database takes; its ending stays."""
    path = PurePosixPath(plain(filename.replace("\\", "/")).replace("\n", " "))
    suffix = path.suffix[:_MOST_SUFFIX]
    stem = path.stem.encode()[:_MOST_STEM].decode(errors="ignore")
    return f"{stem}{suffix}" if stem.strip(". ") else f"submission{suffix}"
