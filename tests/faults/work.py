"""Grading without torch and sandbox, fast enough to be killed hundreds of times: a submission's bytes are its score."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.grading.pool import Work
from convclass.grading.submissions import Submission
from convclass.grading.worker import ExamFacts, GradingConfig, not_graded

FACTS = ExamFacts((TestResult("test_scale", "scales", "scale", 100.0, 0.0, Verdict.NOT_ATTEMPTED),), "A")
SECONDS = 0.004


def describe(config: GradingConfig) -> ExamFacts:
    """The exam of one test."""
    return FACTS


def grade(config: GradingConfig, submission: Submission) -> SubmissionResult:
    """The result that the bytes ask for; every call is noted, so that grading twice shows."""
    with open(config.course / "calls.txt", "ab", buffering=0) as file:  # noqa: PTH123 - one write, one line
        file.write(f"{os.getppid()} {submission.student}\n".encode())
    time.sleep(SECONDS)
    test = replace(FACTS.tests[0], score=float(submission.source), verdict=Verdict.PARTIAL)
    return replace(not_graded(config, submission, FACTS), tests=(test,))


WORK = Work(describe, grade)
