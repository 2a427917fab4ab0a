"""Worker processes that grade many submissions, a few at a time, and survive the death of any of them."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, TypeVar

from convclass.course import CourseError
from convclass.exam.results import SubmissionResult
from convclass.grading import worker
from convclass.grading.submissions import Submission
from convclass.grading.worker import ExamFacts, GradingConfig

_IN_FLIGHT_PER_JOB = 2
_TRIES_ALONE = 2
LEAVE_SECONDS = 10.0
"""How long workers that are done have to leave."""
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Work:
    """What workers run; functions of plain data that a fresh process can import."""

    describe: Callable[[GradingConfig], ExamFacts] = worker.describe_exam
    grade: Callable[[GradingConfig, Submission], SubmissionResult] = worker.grade_submission


class LostError(Exception):
    """An executor's connection to its workers ended before the result came: nobody's doing, so it is asked again."""


def processes(jobs: int) -> Executor:
    """`jobs` fresh processes on this machine. Each starts clean: nothing of this process is inherited."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=worker.start_worker)


@contextmanager
def _keyboard_waits() -> Iterator[None]:
    """Hold Ctrl-C back while a worker may be started: it inherits this, and is deaf until it can ignore Ctrl-C."""
    resource_tracker.ensure_running()  # starting it for the first executor would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerPool:
    """Grades submissions with `jobs` workers; no more than twice as many are held in memory at a time.

    An executor whose number of workers changes says with `working` how many there are. Its futures fail with
    BrokenExecutor when the call killed its worker, and with LostError when the workers are out of reach.
    """

    def __init__(
        self,
        config: GradingConfig,
        jobs: int,
        work: Work,
        make_executor: Callable[[int], Executor] = processes,
        *,
        working: Callable[[], int] | None = None,
    ) -> None:
        self._config, self._jobs, self._work, self._make = config, jobs, work, make_executor
        self._working = working or (lambda: jobs)
        self._executor: Executor | None = None
        self._leaving: _Processes | None = None
        self._facts: ExamFacts | None = None

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *error: object) -> None:
        self._stop(now=error[0] is not None)

    @property
    def facts(self) -> ExamFacts:
        """What a worker says about the exam. Raises CourseError when no worker can start with it."""
        for _ in range(_TRIES_ALONE):
            if self._facts is None:
                self._facts = self._described()
        if self._facts is None:
            raise CourseError(
                f"{self._config.assignment}: the worker process died while it loaded the exam; "
                "`convclass doctor` says what this machine lacks"
            )
        return self._facts

    def _described(self) -> ExamFacts | None:
        """What a worker says about the exam, or None when it died over it, whether by its own doing or not."""
        described = self._settled(lambda: self._submit(self._work.describe, self._config))
        if _killed(described):
            self._stop(now=True)
            return None
        return described.result()

    def grade(self, submissions: Iterable[Submission]) -> Iterator[tuple[Submission, SubmissionResult]]:
        """Each submission with its result, as they come."""
        in_flight: dict[Future[SubmissionResult], Submission] = {}
        for submission in submissions:
            in_flight[self._sent(submission)] = submission
            while len(in_flight) >= _IN_FLIGHT_PER_JOB * self._working():
                yield from self._finished(in_flight)
        while in_flight:
            yield from self._finished(in_flight)

    def release(self) -> None:
        """Let the workers end, without waiting for them: there is no more to grade."""
        if self._executor is not None:
            self._leaving = _processes_of(self._executor)
            self._executor.shutdown(wait=False)

    def _finished(
        self, in_flight: dict[Future[SubmissionResult], Submission]
    ) -> Iterator[tuple[Submission, SubmissionResult]]:
        done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
        if any(_lost(future) for future in done):
            self._stop(now=True)  # the others are lost with it, but for those that came in time
        if any(_killed(future) or _lost(future) for future in done):
            wait(in_flight)  # a broken pool ends them all
            done = set(in_flight)
        finished = [(in_flight.pop(future), future) for future in list(in_flight) if future in done]
        for submission, future in finished:
            if not _killed(future) and not _lost(future):
                yield submission, self._outcome(submission, future)
        again = [submission for submission, future in finished if _lost(future)]
        suspects = [submission for submission, future in finished if _killed(future)]
        if again or suspects:
            self._stop(now=True)
        yield from self._alone(suspects)
        in_flight.update((self._sent(submission), submission) for submission in again)

    def _alone(self, suspects: list[Submission]) -> Iterator[tuple[Submission, SubmissionResult]]:
        # One of them killed its worker and took the others along. Each gets the workers to itself, so that the one
        # that does it again is known and the others lose nothing.
        for submission in suspects:
            for _ in range(_TRIES_ALONE):
                future = self._settled(lambda alone=submission: self._sent(alone))  # type: ignore[misc]
                if not isinstance(future.exception(), BrokenProcessPool):
                    break  # it is graded; or it died in a cluster, which has tried often enough before it says so
                self._stop(now=True)
            yield submission, self._died(submission) if _killed(future) else self._outcome(submission, future)

    def _settled(self, ask: Callable[[], Future[_Result]]) -> Future[_Result]:
        """What `ask` submits, finished; asked again whenever it is lost."""
        while _lost(future := ask()):
            self._stop(now=True)
        return future

    def _died(self, submission: Submission) -> SubmissionResult:
        reason = "the worker process died every time it graded this submission"
        return worker.internal(self._config, submission, self.facts, reason)

    def _outcome(self, submission: Submission, future: Future[SubmissionResult]) -> SubmissionResult:
        try:
            return future.result()
        except CourseError:
            raise
        except Exception as error:  # a mistake of ours in grading one submission must not end the class
            reason = f"grading failed: {type(error).__name__}: {error}"
            return worker.internal(self._config, submission, self.facts, reason)

    def _sent(self, submission: Submission) -> Future[SubmissionResult]:
        return self._submit(self._work.grade, self._config, submission)

    def _submit(self, function: Callable[..., _Result], *arguments: object) -> Future[_Result]:
        try:
            executor = self._running()  # to reach a cluster may take minutes, and the keyboard does not wait so long
            with _keyboard_waits():
                return executor.submit(function, *arguments)
        except (BrokenExecutor, OSError) as error:
            # OSError: the pool broke while it was starting one more process for this submission.
            failed: Future[_Result] = Future()
            failed.set_exception(BrokenProcessPool(str(error)))
            return failed

    def _running(self) -> Executor:
        if self._executor is None:
            self._executor = self._make(self._jobs)
        return self._executor

    def _stop(self, now: bool) -> None:
        if self._executor is None:
            return
        processes = self._leaving or _processes_of(self._executor)
        self._executor.shutdown(wait=not (now or processes), cancel_futures=now)
        if processes:
            processes.end(patience=0 if now else LEAVE_SECONDS)
        self._executor = self._leaving = None


@dataclass(frozen=True, slots=True)
class _Processes:
    """The worker processes of an executor, and its own thread, which waits for their end."""

    workers: tuple[BaseProcess, ...]
    manager: Thread

    def end(self, patience: float) -> None:
        """Wait for all of them; who has not left by then is killed.

        One that was killed as it waited for work may have taken a lock along without which the others never leave.
        """
        self.manager.join(patience)
        for process in self.workers:
            process.kill()
        # The thread closes its pipe as it ends; were it still at that when Python exits, which writes into the pipe,
        # the user would be shown a traceback.
        self.manager.join()


def _processes_of(executor: Executor) -> _Processes | None:
    """What `ProcessPoolExecutor` forgets as it shuts down; None for other executors, and before the first work."""
    manager = getattr(executor, "_executor_manager_thread", None)
    workers = getattr(executor, "_processes", None) or {}
    return _Processes(tuple(workers.values()), manager) if manager else None


def _killed(future: Future[Any]) -> bool:
    return isinstance(future.exception(), BrokenExecutor)


def _lost(future: Future[Any]) -> bool:
    return isinstance(future.exception(), LostError)
