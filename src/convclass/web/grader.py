"""The process that grades attempts, one after the other, each in the sandbox; pages never wait for it."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from convclass.course import Assignment
from convclass.exam.results import SubmissionResult
from convclass.grading.single import Grader
from convclass.web import queue, scores
from convclass.web.database import Database
from convclass.web.models import Attempt, Link, now
from convclass.web.settings import Settings
from convclass.web.standing import Results, result_of, without

_log = logging.getLogger("convclass.web")

_IDLE_SECONDS = 0.5
_MOST_MINUTES = 45
"""No exam takes as long; a grader that does is stuck and ends itself."""
_STORE_TRIES = 5
_STUCK = 70

Grade = Callable[[str, Path, str], SubmissionResult]
"""Grades the file of one student (any name for them) at the assignment of this name."""


@dataclass(slots=True)
class WarmGrader:
    """Grades as `convclass grade` does, with the exam and the sandbox of the last assignment kept warm.

    One only: each takes up to 1.5 GB, and worker.py ends them together.
    """

    settings: Settings
    _grader: Grader | None = field(default=None, init=False, repr=False)

    def __call__(self, assignment: str, path: Path, student: str) -> SubmissionResult:
        """The result of the file at `path`. Raises CourseError when the exam or the sandbox cannot be had."""
        if self._grader is None or self._grader.assignment.name != assignment:
            self.close()
            about = self.settings
            self._grader = Grader(Assignment(assignment, about.course), about.device, about.min_isolation)
        return self._grader.grade(path, student)

    def close(self) -> None:
        """End the sandbox."""
        if self._grader is not None:
            self._grader.close()
        self._grader = None


@dataclass(slots=True)
class AttemptGrader:
    """Takes attempts from the queue and stores what they come to. Several may run at once."""

    database: Database
    grade: Grade
    lease: timedelta = queue.LEASE

    def run(self, stop: threading.Event) -> None:
        """Grade until `stop` is set."""
        while not stop.is_set():
            try:
                worked = self.step()
            except SQLAlchemyError:  # the database is away, and comes back; the attempt's lease ends
                _log.exception("the queue cannot be read or written")
                worked = False
            if not worked:
                stop.wait(_IDLE_SECONDS)

    def step(self) -> bool:
        """Grade the next attempt; False: there is none."""
        with self.database.writing() as session:
            attempt = queue.take(session, lease=self.lease)
            assignment = attempt.link.assignment if attempt else ""
        if attempt is None:
            return False
        try:
            with _kept(self.database, attempt, self.lease):
                self._store(attempt, self._graded(attempt, assignment))
        except BaseException:  # such as the order to stop
            with self.database.writing() as session:
                queue.hand_back(session, attempt.id, attempt.lease)
            raise
        return True

    def _graded(self, attempt: Attempt, assignment: str) -> SubmissionResult | None:
        try:
            with tempfile.TemporaryDirectory(prefix="convclass-") as folder:
                path = Path(folder) / attempt.filename
                path.write_bytes(attempt.content)
                return self.grade(assignment, path, str(attempt.user_id))
        except Exception:
            _log.exception("attempt %s could not be graded; it is tried again", attempt.id)
            return None

    def _store(self, attempt: Attempt, result: SubmissionResult | None) -> None:
        """Store the result and have the score sent, in one transaction; tried some times before it is given up on."""
        for again in range(_STORE_TRIES):
            try:
                with self.database.writing() as session:
                    if result is None:
                        queue.give_up(session, attempt.id, attempt.lease)
                    elif queue.finish(session, attempt.id, attempt.lease, result):
                        link = session.get_one(Link, attempt.link_id)
                        scores.update(session, link, attempt.user_id, results=_with(attempt.id, result))
                return
            except SQLAlchemyError:  # locked for long, a deadlock, away for a moment
                if again == _STORE_TRIES - 1:
                    raise
                time.sleep(2**again)


def _with(attempt_id: int, result: SubmissionResult) -> Results:
    """Results as they are stored, but for the one that was stored just now and need not be read again."""

    def results(attempt: Attempt, excluded: Collection[str]) -> SubmissionResult | None:
        return without(result, excluded) if attempt.id == attempt_id else result_of(attempt, excluded)

    return results


@contextmanager
def _kept(database: Database, attempt: Attempt, lease: timedelta) -> Iterator[None]:
    """Renew the lease of an attempt while the block runs."""
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(database, attempt.id, attempt.lease, lease, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(database: Database, attempt_id: int, name: str, lease: timedelta, done: threading.Event) -> None:
    began = time.monotonic()
    while not done.wait(lease.total_seconds() / 4):
        if time.monotonic() - began > _MOST_MINUTES * 60:
            _log.error("attempt %s takes longer than %s minutes; this grader ends", attempt_id, _MOST_MINUTES)
            os._exit(_STUCK)
        try:
            with database.writing() as session:
                if not queue.renew(session, attempt_id, name, now() + lease):
                    return
        except SQLAlchemyError:
            _log.exception("the lease of attempt %s could not be renewed", attempt_id)
