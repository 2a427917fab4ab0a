"""The log of what instructors changed: rows are only added, and each carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from convclass.web.models import AuditEntry, Visit, now

_ALONE = text("LOCK TABLE audit_log IN SHARE ROW EXCLUSIVE MODE")
"""Until the transaction ends nobody else adds an entry; the newest row's own lock would let two follow it."""


def record(
    session: Session,
    visit: Visit,
    action: str,
    *,
    link_id: int | None = None,
    user_id: int | None = None,
    **details: Any,
) -> None:
    """Write down, in the same transaction as the change, who did what to whom.

    `details` holds plain data: what JSON can hold and gives back the same. Raises TypeError or ValueError for others.
    """
    plain = json.loads(json.dumps(details, allow_nan=False))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_ALONE)  # on SQLite a transaction that writes is alone from its start
    newest = session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    entry = AuditEntry(
        at=now(),
        context_id=visit.context_id,
        by_user_id=visit.user_id,
        action=action,
        link_id=link_id,
        user_id=user_id,
        details=plain,
        previous_hash=newest.hash if newest else "",
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()


def broken(session: Session) -> Iterator[int]:
    """The ids of entries that are not as they were written, or whose predecessor is gone."""
    previous = ""
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)):
        if entry.previous_hash != previous or entry.hash != _hash(entry):
            yield entry.id
        previous = entry.hash


def _hash(entry: AuditEntry) -> str:
    fields: list[Any] = [entry.previous_hash, _time(entry.at), entry.context_id, entry.by_user_id, entry.action]
    fields += [entry.link_id, entry.user_id, entry.details]
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _time(at: datetime) -> str:
    """The time in UTC: PostgreSQL gives it back in the zone of whoever asks."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
