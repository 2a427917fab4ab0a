"""What a worker process does: keeps one exam and one sandbox, and grades one submission after another.

The functions here take and return plain data, so that any `concurrent.futures` executor can run them. torch is
imported on first use only: the process that hands out the work never needs it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convclass.course import Assignment, CourseError
from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.grading.cpu import cpu_seconds
from convclass.grading.submissions import Submission
from convclass.sandbox.reply import Limits, Loaded, Missing, Reply, SandboxFault

if TYPE_CHECKING:
    from convclass.exam.examiner import Examined, Examiner
    from convclass.sandbox.sandbox import Sandbox


_TRIES = 2


@dataclass(frozen=True, slots=True)
class GradingConfig:
    """All that a grade depends on besides the submission; `min_isolation` is a level, A (all layers) to E (none)."""

    course: Path
    assignment: str
    exam_version: str
    seed: int
    device: str = "cpu"
    min_isolation: str = "B"


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """What a worker knows about the exam before any submission: its tests with nothing handed in, the isolation."""

    tests: tuple[TestResult, ...]
    isolation: str


def start_worker() -> None:
    """Prepare a worker process: Ctrl-C is the parent's business, and without a parent there is no more work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see pool.py
    threading.Thread(target=_end_with_parent, daemon=True).start()


def describe_exam(config: GradingConfig) -> ExamFacts:
    """Collect the exam while the sandbox starts, seconds each. Raises CourseError when either cannot be had."""
    import convclass.exam.examiner
    import convclass.sandbox.sandbox  # noqa: F401 - both here, so that no two threads import torch

    with ThreadPoolExecutor(1) as beside:
        sandbox = beside.submit(_sandbox, config)
        examined = _examiner(config).examine(NothingHandedIn())
        return ExamFacts(examined.tests, sandbox.result().isolation)


def grade_submission(config: GradingConfig, submission: Submission) -> SubmissionResult:
    """Grade one submission that has no problem. A sandbox that fails is replaced, and the submission graded again."""
    started, used = time.perf_counter(), cpu_seconds()
    for _ in range(_TRIES):
        sandbox = _sandbox(config)
        try:
            result = _graded(config, submission, sandbox)
        except SandboxFault as fault:
            _drop_sandbox(config)
            reason = f"the sandbox failed: {fault}"
        else:
            used = max(0.0, cpu_seconds() - used)
            return replace(result, seconds=time.perf_counter() - started, cpu_seconds=used)
    facts = ExamFacts(_examiner(config).examine(NothingHandedIn()).tests, sandbox.isolation)
    return internal(config, submission, facts, reason)


def end_sandbox(config: GradingConfig) -> None:
    """End the sandbox of `config`, and forget the exam that was collected for it."""
    if _sandbox.cache_info().currsize:  # else it would be started, to be ended
        with suppress(CourseError):  # one that was dropped and does not start again has ended already
            _drop_sandbox(config)
    _examiner.cache_clear()


def _graded(config: GradingConfig, submission: Submission, sandbox: Sandbox) -> SubmissionResult:
    with sandbox.student(submission.source, submission.filename) as student:
        return _result(config, submission, _examiner(config).examine(student), sandbox.isolation)


def not_graded(config: GradingConfig, submission: Submission, facts: ExamFacts) -> SubmissionResult:
    """The result of a submission with a problem: every test not attempted, no points, and the problem told."""
    return SubmissionResult(**_about(config, submission), isolation=facts.isolation, tests=facts.tests)


def internal(config: GradingConfig, submission: Submission, facts: ExamFacts, reason: str) -> SubmissionResult:
    """The result of a submission that we failed to grade: it costs no points and is graded again by the next run."""
    message = "could not be graded, by a mistake of ours"
    tests = tuple(
        replace(test, verdict=Verdict.INTERNAL, score=test.points, message=message, cases=(), blocked_by="")
        for test in facts.tests
    )
    about = _about(config, submission)
    return SubmissionResult(**about, isolation=facts.isolation, tests=tests, warnings=(reason,))


class NothingHandedIn:
    """A student without a module: every function is missing."""

    @property
    def loaded(self) -> Loaded:
        """An empty module."""
        return Loaded()

    def call(
        self,
        function: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        limits: Limits = Limits(),  # noqa: B008 - a frozen default, as in the protocol
        return_arguments: bool = False,
        observe: bool = False,
    ) -> Reply:
        """Say that there is no such function."""
        return Missing(function)


def _about(config: GradingConfig, submission: Submission) -> dict[str, Any]:
    return {
        "assignment": config.assignment,
        "student": submission.student,
        "submission_sha256": submission.sha256,
        "exam_version": config.exam_version,
        "device": config.device,
        "notices": submission.lines,
    }


def _result(config: GradingConfig, submission: Submission, examined: Examined, isolation: str) -> SubmissionResult:
    about = _about(config, submission)
    about["notices"] = (*submission.lines, *examined.notices)
    return SubmissionResult(**about, isolation=isolation, tests=examined.tests, warnings=examined.warnings)


@cache
def _examiner(config: GradingConfig) -> Examiner:
    from convclass.exam.examiner import Examiner

    assignment = Assignment(config.assignment, config.course)
    return Examiner(assignment, device=config.device, seed=config.seed)


@cache
def _sandbox(config: GradingConfig) -> Sandbox:
    from convclass.sandbox.sandbox import Sandbox, SandboxUnavailable, TooWeak

    reason = ""
    for _ in range(_TRIES):
        try:
            return Sandbox.start(config.device, least=config.min_isolation)
        except TooWeak as weak:
            raise CourseError(str(weak)) from None
        except (SandboxUnavailable, SandboxFault, OSError) as missing:
            reason = str(missing)
    raise CourseError(f"the sandbox does not start, so no submission can be run safely: {reason}")


def _drop_sandbox(config: GradingConfig) -> None:
    _sandbox(config).close()
    _sandbox.cache_clear()


def _end_with_parent() -> None:
    # A killed parent cannot tell its workers; the pipe between them can.
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
