"""The fixtures of hidden and public tests under plain pytest, on one submission.

`pytest autograder/01_convolution --submission convolution.py` runs the hidden tests with the submission in the
sandbox; `pytest assignments/01_convolution` runs the public tests on the module beside them, in this process.
Points, diagnosis and feedback are the business of `convclass grade` and `convclass check`; what a test says in a line
is said here too, and what is not written yet is no failure to show.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from convclass.exam.checker import CaseRun, Check, StudentProxy
    from convclass.exam.draws import Draws
    from convclass.exam.key import AnswerKey
    from convclass.sandbox.reply import Student


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --submission."""
    parser.addoption("--submission", type=Path, help="the submission that ConvClass's hidden tests judge")


NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True)
class Told:
    """The outcome of a case in the student's words, in place of a traceback through this package."""

    message: str

    @property
    def reprcrash(self) -> Told:
        """Where pytest looks for the `message` of its short summary."""
        return self

    def toterminal(self, writer: Any) -> None:
        """Print it."""
        writer.line(self.message)

    def __str__(self) -> str:
        return self.message


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what a test found out, and keep its verdict in the report."""
    report = yield
    checker = sys.modules.get("convclass.exam.checker")  # it imports torch, which other people's tests do not need
    if checker is not None and call.excinfo is not None and isinstance(call.excinfo.value, checker.CaseStopped):
        from convclass.report.text import terminal

        words = call.excinfo.value.verdict.words
        report.longrepr = Told(f"{words}: {terminal(call.excinfo.value.message)}")  # type: ignore[assignment]
        report.user_properties.append(("verdict", words))
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count what is not written yet by itself. The run fails all the same, as `convclass check` does."""
    if ("verdict", NOT_ATTEMPTED) in getattr(report, "user_properties", ()):
        return NOT_ATTEMPTED, "–", "NOT ATTEMPTED"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what to do next where something is not written yet or wrong."""
    waiting = terminalreporter.stats.get(NOT_ATTEMPTED, [])
    wrong = [report for report in terminalreporter.stats.get("failed", []) if isinstance(report.longrepr, Told)]
    if waiting:
        first = waiting[0].longreprtext.removeprefix(f"{NOT_ATTEMPTED}: ")
        count = f"{len(waiting)} tests wait" if len(waiting) > 1 else "1 test waits"
        terminalreporter.write_line(f"\n{count} for a function that is still to be written; first: {first}.")
    if waiting or wrong:
        terminalreporter.write_line("`convclass check` has hints, and names the mistake where one is known.")


@pytest.fixture(scope="module")
def submission(request: pytest.FixtureRequest) -> Iterator[tuple[Student, AnswerKey]]:
    """The student under test and the key to judge by."""
    given: Path | None = request.config.getoption("--submission")
    with ExitStack() as stack:
        if request.path.name == "test_public.py":
            yield _at_home(request.path, given)
        elif given is None:
            pytest.skip("hidden tests need --submission FILE")
        else:
            yield _in_the_sandbox(request.path, given, stack)


@pytest.fixture
def case_run(request: pytest.FixtureRequest, submission: tuple[Student, AnswerKey]) -> CaseRun:
    """The case in progress, shared by `check` and `student`."""
    from convclass.exam.checker import CaseRun
    from convclass.sandbox.reply import Limits

    return CaseRun(*submission, Limits(), public=request.path.name == "test_public.py")


@pytest.fixture
def check(case_run: CaseRun) -> Check:
    """`check.f(...)`: the student's f against the reference's."""
    from convclass.exam.checker import Check

    return Check(case_run)


@pytest.fixture
def student(case_run: CaseRun) -> StudentProxy:
    """`student.f(...)`: the bare call."""
    from convclass.exam.checker import StudentProxy

    return StudentProxy(case_run)


@pytest.fixture
def draws(request: pytest.FixtureRequest) -> Draws:
    """The seeded draws of this case."""
    from convclass.exam.draws import Draws

    return Draws(0, request.node.name)


@pytest.fixture
def tensors(draws: Draws) -> Callable[..., Any]:
    """`tensors(2, 3, 9, 7)`: random input, the same in every run."""
    return draws.tensors


@pytest.fixture
def arrays(draws: Draws) -> Callable[..., Any]:
    """`arrays(9, 7)`: random input, the same in every run."""
    return draws.arrays


def _at_home(tests: Path, given: Path | None) -> tuple[Student, AnswerKey]:
    from convclass.exam.stored_key import public_exam
    from convclass.home import module_beside
    from convclass.sandbox.local import LocalStudent

    return LocalStudent(given or module_beside(tests.parent)), public_exam(tests.parent).key


def _in_the_sandbox(tests: Path, given: Path, stack: ExitStack) -> tuple[Student, AnswerKey]:
    from convclass.exam.examiner import live_key
    from convclass.sandbox.sandbox import Sandbox

    sandbox = stack.enter_context(Sandbox.start())
    return stack.enter_context(sandbox.student(given.read_bytes(), given.name)), live_key(tests.parent)
