"""The pool over executors that break in ways a real one rarely does, so that each way is seen every time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from grading.fake_work import FACTS, describe, sleep, stay

from convclass.course import CourseError
from convclass.grading import pool
from convclass.grading.pool import LostError, Work, WorkerPool
from convclass.grading.submissions import Submission
from convclass.grading.worker import GradingConfig, not_graded

CONFIG = GradingConfig(Path("/nowhere"), "01_convolution", "v1", 7)
CLASS = [Submission(name, name, "convolution.py", name.encode()) for name in ("ann", "ben", "cid", "dan")]


FIRST_EXECUTOR = """
import signal
from convclass.grading import pool

with pool._keyboard_waits():
    pool.processes(1)
    print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


def test_the_first_worker_of_a_process_is_deaf_to_the_keyboard_too() -> None:
    told = subprocess.run([sys.executable, "-c", FIRST_EXECUTOR], capture_output=True, text=True, check=True).stdout
    assert told == "True\n"


def done(value: Any = None, error: BaseException | None = None) -> Future[Any]:
    future: Future[Any] = Future()
    if error:
        future.set_exception(error)
    else:
        future.set_result(value)
    return future


class Here(Executor):
    """Runs everything at once in this process; `trouble` may return a future or raise instead."""

    def __init__(self, trouble: Callable[[Submission], Future[Any] | None]) -> None:
        self.trouble = trouble
        self.open = True

    def submit(self, work: Any, /, *arguments: Any, **_: Any) -> Future[Any]:  # type: ignore[override]
        assert self.open, "used after shutdown"
        found = self.trouble(arguments[1]) if len(arguments) > 1 else None
        return found or done(work(*arguments))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.open = False


def graded(trouble: Callable[[Submission], Future[Any] | None]) -> dict[str, bool]:
    work = Work(lambda config: FACTS, lambda config, submission: not_graded(config, submission, FACTS))
    with WorkerPool(CONFIG, 2, work, lambda jobs: Here(trouble)) as workers:
        return {submission.student: result.complete for submission, result in workers.grade(CLASS)}


ALL = dict.fromkeys(("ann", "ben", "cid", "dan"), True)


def test_no_trouble() -> None:
    assert graded(lambda submission: None) == ALL


@pytest.mark.parametrize("error", [OSError("handle is closed"), BrokenProcessPool("broken")])
@pytest.mark.parametrize(("times", "complete"), [(1, True), (2, True), (3, False), (99, False)])
@pytest.mark.parametrize("raises", [True, False])
def test_a_pool_that_breaks_over_one_student(error: Exception, times: int, complete: bool, raises: bool) -> None:
    left = [times]

    def trouble(submission: Submission) -> Future[Any] | None:
        if submission.student != "cid" or not left[0]:
            return None
        left[0] -= 1
        if raises:
            raise error
        return done(error=BrokenProcessPool("broken"))

    assert graded(trouble) == ALL | {"cid": complete}


@pytest.mark.parametrize("times", [1, 5])
def test_what_is_lost_with_its_connection_is_asked_again_and_nobody_is_suspected(times: int) -> None:
    left = [times]

    def trouble(submission: Submission) -> Future[Any] | None:
        if submission.student != "cid" or not left[0]:
            return None
        left[0] -= 1
        return done(error=LostError("the scheduler is away"))

    assert graded(trouble) == ALL and not left[0]


def test_who_says_that_a_call_killed_its_workers_again_and_again_is_asked_once_more_only() -> None:
    asked = []

    def trouble(submission: Submission) -> Future[Any] | None:
        if submission.student != "cid":
            return None
        asked.append(submission)
        return done(error=BrokenExecutor("killed"))

    assert graded(trouble) == ALL | {"cid": False}
    assert len(asked) == 2


def test_what_cannot_be_had_ends_the_run() -> None:
    with pytest.raises(CourseError, match="no sandbox"):
        graded(lambda submission: done(error=CourseError("no sandbox")))


@pytest.mark.parametrize("released", [True, False])
def test_a_pool_that_is_stopped_leaves_no_thread_that_could_trip_python_as_it_ends(released: bool) -> None:
    with contextlib.suppress(KeyboardInterrupt), WorkerPool(CONFIG, 1, Work(sleep, sleep)) as workers:
        workers._submit(CLASS[0])
        if released:
            workers.release()
        raise KeyboardInterrupt
    assert not [thread for thread in threading.enumerate() if "ExecutorManager" in type(thread).__name__]


def test_a_worker_that_does_not_leave_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose neighbour was killed while it held the lock that both take to hear that there is no more work."""
    monkeypatch.setattr(pool, "LEAVE_SECONDS", 1.0)
    with WorkerPool(CONFIG, 1, Work(describe, stay)) as workers:
        results = dict(workers.grade(CLASS[:1]))
        workers.release()
        process = workers._leaving.workers[0]
        assert process.is_alive()
    assert len(results) == 1 and not process.is_alive()
