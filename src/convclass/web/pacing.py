"""How fast platforms are asked: each on its own, so that one that is down or slow keeps no other waiting."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from convclass.web.ags import Later, Outcome

MOST_AT_ONCE = 4
_LONGEST = 300.0
_LONGEST_ASKED_FOR = 24 * 3600.0


def backoff(failures: int) -> timedelta:
    """How long to wait after this many failures in a row: about twice as long each time, up to five minutes.

    Drawn by chance, so that what failed together does not come back together.
    """
    return timedelta(seconds=min(2.0 ** min(failures, 20), _LONGEST) * random.uniform(0.5, 1.0))


def pause(wait: float | None, failures: int) -> timedelta:
    """How long to wait: the seconds that somebody asked for, a day at most; else as `backoff` says."""
    if wait is None:
        return backoff(failures)
    return timedelta(seconds=min(max(wait, 0.0), _LONGEST_ASKED_FOR))


@dataclass(slots=True)
class _Pace:
    under_way: int = 0
    failures: int = 0
    paused_until: datetime = datetime.min.replace(tzinfo=UTC)

    def busy(self, at: datetime) -> bool:
        # One that failed is asked by one request at a time until it answers.
        return at < self.paused_until or self.under_way >= (1 if self.failures else MOST_AT_ONCE)


@dataclass(slots=True)
class Pacing:
    """What is under way at each platform, and until when it is left alone. Thread-safe."""

    _paces: defaultdict[int, _Pace] = field(default_factory=lambda: defaultdict(_Pace))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def busy(self, at: datetime) -> set[int]:
        """The platforms that are not to be asked anything now."""
        with self._lock:
            return {platform for platform, pace in self._paces.items() if pace.busy(at)}

    def begun(self, platform_id: int) -> None:
        """A request to this platform begins."""
        with self._lock:
            self._paces[platform_id].under_way += 1

    def ended(self, platform_id: int, outcome: Outcome | None, at: datetime) -> None:
        """It ended; None: nobody knows how."""
        with self._lock:
            pace = self._paces[platform_id]
            pace.under_way -= 1
            if isinstance(outcome, Later) and outcome.platform:
                pace.paused_until = max(pace.paused_until, at + pause(outcome.wait, pace.failures))
                pace.failures += 1
            elif outcome is not None and not isinstance(outcome, Later):
                pace.failures = 0
