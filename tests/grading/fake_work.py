"""Work that needs neither torch nor a sandbox: the submission's bytes say what shall happen to it."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

from convclass.course import CourseError
from convclass.exam.results import NamedMistake, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.grading.pool import Work
from convclass.grading.submissions import Submission
from convclass.grading.worker import ExamFacts, GradingConfig, not_graded

FACTS = ExamFacts(
    (
        TestResult("test_pad", "pads", "pad2d", 1.0, 0.0, Verdict.NOT_ATTEMPTED),
        TestResult("test_shape", "shapes", "conv2d", 0.0, 0.0, Verdict.NOT_ATTEMPTED, public=True),
        TestResult("test_stride", "strides", "conv2d", 2.0, 0.0, Verdict.NOT_ATTEMPTED),
    ),
    "A",
)


def describe(config: GradingConfig) -> ExamFacts:
    return FACTS


def describe_nothing(config: GradingConfig) -> ExamFacts:
    raise CourseError("isolation level A is not to be had here; install bubblewrap")


def die_describing(config: GradingConfig) -> ExamFacts:
    os._exit(9)


def grade(config: GradingConfig, submission: Submission) -> SubmissionResult:
    """Full marks for `right`; others as they say."""
    said = submission.source.decode()
    text = said.split()
    note_call(config, submission)
    if said == "die" or (said == "die once" and times_called(config, submission) == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if "fail" in text:
        raise RuntimeError("a mistake of ours")
    if "slow" in text:
        time.sleep(0.1)
    score, verdict, mistake = 0.0, Verdict.FAILED, NamedMistake("kernel flipped", "do not flip it")
    if "right" in text:
        score, verdict, mistake = 2.0, Verdict.PASSED, None
    last = replace(FACTS.tests[2], score=score, verdict=verdict, mistake=mistake, message="told")
    if "internal" in text and times_called(config, submission) == 1:
        last = replace(last, verdict=Verdict.INTERNAL, score=last.points, mistake=None)
    return replace(not_graded(config, submission, FACTS), tests=(*FACTS.tests[:2], last), seconds=time.perf_counter())


def sleep(*_: object) -> SubmissionResult:
    time.sleep(60)
    raise AssertionError("nobody stopped this")


def stay(config: GradingConfig, submission: Submission) -> SubmissionResult:
    """Graded at once, but the process does not end when it is told to."""
    threading.Thread(target=time.sleep, args=(3600,)).start()
    return not_graded(config, submission, FACTS)


def note_call(config: GradingConfig, submission: Submission) -> None:
    with (config.course / "calls.txt").open("a") as file:
        file.write(f"{submission.student}\n")


def times_called(config: GradingConfig, submission: Submission) -> int:
    return calls(config.course).count(submission.student)


def calls(course: Path) -> list[str]:
    path = course / "calls.txt"
    return path.read_text().splitlines() if path.exists() else []


WORK = Work(describe, grade)
