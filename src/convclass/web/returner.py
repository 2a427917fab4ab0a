"""The process that returns grades: it empties the outbox, for days if a platform is down so long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from convclass.web import outbox
from convclass.web.ags import Outcome
from convclass.web.database import Database
from convclass.web.delivery import Delivery
from convclass.web.models import now
from convclass.web.outbox import Posting
from convclass.web.pacing import Pacing
from convclass.web.services import Services

_log = logging.getLogger("convclass.web")

THREADS = 32
_IDLE_SECONDS = 0.5
_REOPEN_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Returner:
    """Sends what is due. Several may run at once: a row is sent by one of them."""

    database: Database
    services: Services
    clock: Callable[[], datetime] = now
    lease: timedelta = outbox.LEASE
    threads: int = THREADS
    pacing: Pacing = field(default_factory=Pacing)
    _under_way: set[Future[None]] = field(default_factory=set, init=False)
    _reopened_at: datetime | None = field(default=None, init=False)

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; what is under way is then finished."""
        with ThreadPoolExecutor(self.threads) as pool:
            while not stop.is_set():
                try:
                    self.start_due(pool)
                except SQLAlchemyError:  # the database is away, and comes back
                    _log.exception("the outbox cannot be read")
                    stop.wait(_IDLE_SECONDS)
                self._rest(stop)

    def drain(self) -> None:
        """Send until nothing is due at this moment."""
        with ThreadPoolExecutor(self.threads) as pool:
            while self.start_due(pool) or self._under_way:
                wait(self._under_way, return_when=FIRST_COMPLETED)
                self._under_way = {one for one in self._under_way if not one.done()}

    def start_due(self, pool: ThreadPoolExecutor) -> int:
        """Begin to send what is due and may be sent now; how many."""
        self._reopen()
        started = 0
        while len(self._under_way) < self.threads and (posting := self._take()) is not None:
            self.pacing.begun(posting.platform_id)
            self._under_way.add(pool.submit(self._deliver, posting))
            started += 1
        return started

    def _take(self) -> Posting | None:
        at = self.clock()
        with self.database.writing() as session:
            return outbox.take(session, at, not_of=self.pacing.busy(at), lease=self.lease)

    def _deliver(self, posting: Posting) -> None:
        outcome: Outcome | None = None
        try:
            outcome = Delivery(self.database, self.services, self.clock, posting).deliver()
        except Exception:
            _log.exception("what came of score %s could not be written down", posting.score_id)
        finally:
            self.pacing.ended(posting.platform_id, outcome, self.clock())

    def _rest(self, stop: threading.Event) -> None:
        """Wait for a delivery to end, or a moment."""
        if self._under_way:
            wait(self._under_way, timeout=_IDLE_SECONDS, return_when=FIRST_COMPLETED)
            self._under_way = {one for one in self._under_way if not one.done()}
        else:
            stop.wait(_IDLE_SECONDS)

    def _reopen(self) -> None:
        at = self.clock()
        if self._reopened_at is None or at - self._reopened_at >= _REOPEN_EVERY:
            self._reopened_at = at
            with self.database.writing() as session:
                outbox.reopen(session, at)
