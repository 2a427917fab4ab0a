"""The public tests of one question as a test of otter's, in the kernel of a student's notebook or of `otter check`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convclass.exam.results import TestResult

FOLDER = "public"
"""Where the public tests and their answers are, beside the notebook."""

GRADED = "__convclass_graded__"
"""The name that the plugin sets in the kernel that otter's tests run in, where there is nothing of the student's."""

_WIDTH = 80


class Diagnosis(AssertionError):  # noqa: N818 - otter shows the name in front of the message
    """A question is not right: the message says what is wrong with it, as `convclass check` does."""


def check_question(question: str, names: Mapping[str, Any]) -> None:
    """Run the public tests of `question` on the functions in `names`; raise a Diagnosis unless all pass.

    Raises CourseError when the public tests are not beside the notebook.
    """
    if names.get(GRADED):
        raise Diagnosis("graded in the sandbox, not here")

    from convclass.notebook import outcome_of

    tests = outcome_of(question, dict(names), Path(FOLDER)).tests
    if any(test.verdict != "PASSED" for test in tests):
        raise Diagnosis(told(tests))


def told(tests: Sequence[TestResult]) -> str:
    """What `convclass check` prints about the tests of one question, less the count of questions at its end.

    otter puts the text unescaped into HTML and into the terminal, so that it must not open a tag.
    """
    from rich.console import Console

    from convclass.report.terminal import check_report

    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, force_jupyter=False)
    with console.capture() as printed:
        console.print(check_report(tests))
    report = printed.get().rstrip().rsplit("\n", 1)[0].rstrip()
    return report.replace("<", "‹")
