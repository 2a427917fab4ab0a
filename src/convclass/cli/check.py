"""`convclass check`: a student's own file against the public tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from convclass.exam.examiner import Examined

Target = Annotated[Path, typer.Argument(metavar="[PATH]", help="Your file, or the assignment's folder.")]
WORK_FAILS = 1


def check(path: Target = Path()) -> None:
    """Check your file with the public tests, and learn what is wrong with it."""
    from rich.console import Console

    from convclass.report.terminal import check_report

    examined = examine(path)
    Console().print(check_report(examined.tests, examined.notices))
    if not all_pass(examined):
        raise typer.Exit(WORK_FAILS)


def examine(path: Path) -> Examined:
    """Run the public tests of the assignment that `path` belongs to, in this process."""
    from convclass.home import file_and_tests

    file, folder = file_and_tests(path)

    from convclass.exam.stored_key import public_exam
    from convclass.sandbox.local import LocalStudent

    return public_exam(folder).examine(LocalStudent(file))


def all_pass(examined: Examined) -> bool:
    """Whether every public test passed."""
    return all(test.verdict == "PASSED" for test in examined.tests)
