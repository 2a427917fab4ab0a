"""One worker: what it makes of a sandbox that fails, and what it measures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from grading.fake_work import FACTS

from convclass.course import Assignment, CourseError
from convclass.exam.examiner import Examined, Examiner
from convclass.exam.verdict import Verdict
from convclass.grading import worker
from convclass.grading.cpu import cpu_seconds
from convclass.grading.submissions import Submission
from convclass.grading.worker import GradingConfig, NothingHandedIn, describe_exam, grade_submission
from convclass.sandbox.reply import SandboxFault, Student
from convclass.sandbox.sandbox import Sandbox, SandboxUnavailable, TooWeak

CONFIG = GradingConfig(Path("/nowhere"), "01_convolution", "v1", 7, "cpu", "C")
ANN = Submission("ann", "Ann", "convolution.py", b"x = 1", ("handed in late",))


class FakeSandbox:
    """A sandbox of level B whose first `faults` students fail."""

    isolation = "B"
    faults = 0
    started = 0
    closed = 0

    @classmethod
    def start(cls, device: str = "cpu", *, least: str = "B") -> FakeSandbox:
        if cls.isolation > least:
            raise TooWeak(f"this machine reaches isolation level {cls.isolation} and {least} is asked for")
        cls.started += 1
        return cls()

    @contextmanager
    def student(self, source: bytes, filename: str) -> Iterator[Student]:
        if type(self).faults:
            type(self).faults -= 1
            raise SandboxFault("the zygote is gone")
        yield NothingHandedIn()

    def close(self) -> None:
        type(self).closed += 1


class FakeExaminer:
    def __init__(self, assignment: Assignment, *, device: str, seed: int) -> None:
        assert (assignment.name, device, seed) == ("01_convolution", "cpu", 7)

    def examine(self, student: Student) -> Examined:
        return Examined(FACTS.tests, ("printed nothing",), ("looks odd",))


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeSandbox]]:
    fresh = type("Fresh", (FakeSandbox,), {})
    monkeypatch.setattr("convclass.sandbox.sandbox.Sandbox", fresh)
    monkeypatch.setattr("convclass.exam.examiner.Examiner", FakeExaminer)
    forget()
    yield fresh
    forget()


def forget() -> None:
    worker._sandbox.cache_clear()
    worker._examiner.cache_clear()


def test_a_result_says_everything(sandbox: type[FakeSandbox]) -> None:
    result = grade_submission(CONFIG, ANN)
    assert (result.assignment, result.student, result.exam_version) == ("01_convolution", "ann", "v1")
    assert (result.submission_sha256, result.isolation, result.device) == (ANN.sha256, "B", "cpu")
    assert result.notices == ("handed in late", "printed nothing") and result.warnings == ("looks odd",)
    assert result.seconds > 0 and result.cpu_seconds >= 0 and result.tests == FACTS.tests


def test_one_sandbox_for_many_submissions(sandbox: type[FakeSandbox]) -> None:
    for _ in range(3):
        grade_submission(CONFIG, ANN)
    assert (sandbox.started, sandbox.closed) == (1, 0)


def test_a_failing_sandbox_is_ours_and_is_replaced(sandbox: type[FakeSandbox]) -> None:
    sandbox.faults = 2
    first, second = grade_submission(CONFIG, ANN), grade_submission(CONFIG, ANN)
    assert not first.complete and first.score == first.max_score == 3.0
    assert {test.verdict for test in first.tests} == {Verdict.INTERNAL}
    assert first.warnings == ("the sandbox failed: the zygote is gone",)
    assert second.complete and (sandbox.started, sandbox.closed) == (3, 2)


def test_a_sandbox_that_fails_once_costs_no_grade(sandbox: type[FakeSandbox]) -> None:
    sandbox.faults = 1
    assert grade_submission(CONFIG, ANN).complete
    assert (sandbox.started, sandbox.closed) == (2, 1)


@pytest.mark.parametrize(("wanted", "enough"), [("A", False), ("B", True), ("C", True), ("D", True)])
def test_the_least_isolation(wanted: str, enough: bool, sandbox: type[FakeSandbox]) -> None:
    config = replace(CONFIG, min_isolation=wanted)
    if enough:
        assert describe_exam(config).isolation == "B"
    else:
        with pytest.raises(CourseError, match="^this machine reaches isolation level B and A is asked for"):
            describe_exam(config)


@pytest.mark.parametrize("error", [SandboxUnavailable("install bubblewrap"), SandboxFault("broken"), OSError("reset")])
def test_no_sandbox_at_all(error: Exception, sandbox: type[FakeSandbox], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(device: str, least: str) -> Sandbox:
        raise error

    monkeypatch.setattr(sandbox, "start", fail)
    with pytest.raises(CourseError, match=f"the sandbox does not start.*{error}"):
        describe_exam(CONFIG)


def test_nothing_handed_in_is_not_attempted(tiny_course: Path) -> None:
    examined = Examiner(Assignment("06_scaling", tiny_course), seed=1).examine(NothingHandedIn())
    assert {test.verdict for test in examined.tests} <= {Verdict.NOT_ATTEMPTED, Verdict.BLOCKED}
    assert sum(test.score for test in examined.tests) == 0 and sum(test.points for test in examined.tests) == 7


def test_processor_time_counts_children_that_still_run() -> None:
    before = cpu_seconds()
    spin = "import time\nwhile time.process_time() < 0.5: pass\nprint('spun', flush=True)\ntime.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"spun\n"
    running = cpu_seconds() - before
    child.kill()
    child.wait()
    assert running >= 0.4
    assert cpu_seconds() - before >= 0.4  # and when it is gone
