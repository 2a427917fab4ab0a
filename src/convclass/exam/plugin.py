"""The fixtures of hidden and public tests under plain pytest, on one submission.

`pytest autograder/01_convolution --submission convolution.py` runs the hidden tests with the submission in the
sandbox; `pytest assignments/01_convolution` runs the public tests on the module beside them, in this process.
Points, diagnosis and feedback are the business of `convclass grade` and `convclass check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
