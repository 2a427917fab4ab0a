"""Attempts and results for tests, without torch or a sandbox."""

from __future__ import annotations

from dataclasses import replace

from web.conftest import World

from convclass.exam.results import NamedMistake, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.web import queue
from convclass.web.models import Attempt, Link, User

MOST = 10.0
_TESTS = (
    TestResult("test_scale", "scales", "scale", 6.0, 6.0, Verdict.PASSED),
    TestResult("test_shift", "shifts", "shift", 4.0, 4.0, Verdict.PASSED),
)


def result(score: float, complete: bool = True) -> SubmissionResult:
    """A result of so many of 10 points; an incomplete one has a test that we failed to judge."""
    mistake = NamedMistake("amount subtracted", "The amount is added.")
    first = replace(_TESTS[0], score=min(score, 6.0), verdict=Verdict.PASSED if score >= 6 else Verdict.PARTIAL)
    second = replace(_TESTS[1], score=max(score - 6.0, 0.0), verdict=Verdict.FAILED, mistake=mistake)
    second = second if complete else replace(second, verdict=Verdict.INTERNAL, mistake=None, score=4.0)
    return SubmissionResult("06_scaling", "ann", "0" * 64, "1", "A", "cpu", (first, second))


def handed_in(world: World, user: int, content: bytes = b"7", name: str = "scaling.py") -> Attempt:
    """An attempt that waits."""
    with world.database.writing() as session:
        link, student = session.get_one(Link, world.assignment), session.get_one(User, user)
        return queue.hand_in(session, link, student, name, content)


def attempt_of(world: World, attempt_id: int) -> Attempt:
    """The attempt as it is now."""
    with world.database.reading() as session:
        return session.get_one(Attempt, attempt_id)
