"""`convclass gradebook`: what `convclass grade` found out, for the gradebook of another tool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convclass.course import CourseError

if TYPE_CHECKING:
    from convclass.exam.results import SubmissionResult

gradebook = typer.Typer(help="Grades for other tools' gradebooks.", no_args_is_help=True)


class Format(StrEnum):
    """The gradebooks that can be written."""

    CSV = "csv"
    NBGRADER = "nbgrader"


@gradebook.callback()
def _group() -> None:
    """Grades for other tools' gradebooks."""


@gradebook.command()
def export(
    format: Annotated[Format, typer.Option("--format", help="Whose gradebook.")],
    grades: Annotated[Path, typer.Option("--grades", metavar="DIR", help="The folder `convclass grade` wrote.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write; nbgrader: its gradebook.db.")],
    assignment: Annotated[
        str | None, typer.Option("--assignment", help="Its folder's name; needed only where DIR holds several.")
    ] = None,
    add_students: Annotated[
        bool, typer.Option("--add-students", help="nbgrader: add students whom its gradebook does not know.")
    ] = False,
) -> None:
    """Write the newest grade of every student of one assignment."""
    with _results(grades, assignment) as results:
        if format is Format.CSV:
            _csv(results, out)
        else:
            _nbgrader(results, out, add_students)


def _csv(results: Iterator[SubmissionResult], out: Path) -> None:
    from convclass.grading.output import grades_csv, write_whole

    text = grades_csv(tuple(results))
    try:
        write_whole(out, text)
    except OSError as error:
        raise CourseError(f"{out}: cannot be written ({error.strerror})") from None
    typer.echo(f"{out}: written")


def _nbgrader(results: Iterator[SubmissionResult], out: Path, add_students: bool) -> None:
    from convclass.report.text import count

    try:
        from convclass.gradebook.nbgrader import write_scores
    except ImportError as missing:
        raise CourseError(f"{missing.name} is missing; pip install 'convclass[nbgrader]'") from None
    written = write_scores(out, results, add_students=add_students)
    typer.echo(f"{out}: scores and comments of {count(written.students, 'student')} written")
    if written.added:
        typer.echo(f"Added to the gradebook: {', '.join(written.added)}")


@contextmanager
def _results(grades: Path, assignment: str | None) -> Iterator[Iterator[SubmissionResult]]:
    """The newest result of every student in a folder that `convclass grade` wrote."""
    from convclass.gradebook import Gradebook
    from convclass.grading.run import GRADEBOOK

    if not (grades / GRADEBOOK).is_file():
        raise CourseError(f"{grades}: holds no {GRADEBOOK}; name the folder that `convclass grade --out` wrote")
    with Gradebook(grades / GRADEBOOK) as gradebook:
        there = gradebook.assignments()
        wanted = [name for name in there if assignment in (None, name)]
        if len(wanted) != 1:
            raise CourseError(f"{grades}: name one with --assignment; it holds: {', '.join(there) or 'no grades'}")
        yield gradebook.latest(wanted[0])
