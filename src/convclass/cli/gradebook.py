"""`convclass gradebook`: what `convclass grade` found out, for the gradebook of another tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convclass.course import Assignment, CourseError, find_course

if TYPE_CHECKING:
    from convclass.exam.results import SubmissionResult
    from convclass.gradebook import Gradebook
    from convclass.lms.grades.export import Graded, GradeFile

gradebook = typer.Typer(help="Grades for other tools' gradebooks.", no_args_is_help=True, rich_markup_mode=None)


class Format(StrEnum):
    """The gradebooks that can be written."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    BRIGHTSPACE = "brightspace"
    BLACKBOARD = "blackboard"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    CSV = "csv"


@gradebook.callback()
def _group() -> None:
    """Grades for other tools' gradebooks."""


@gradebook.command()
def export(
    format: Annotated[Format, typer.Option("--format", help="Whose gradebook.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write; nbgrader: its gradebook.db.")],
    grades: Annotated[
        Path | None, typer.Option("--grades", metavar="DIR", help="The folder `convclass grade` wrote.")
    ] = None,
    book: Annotated[
        str | None,
        typer.Option(
            "--gradebook",
            metavar="URL",
            envvar="CONVCLASS_GRADEBOOK",
            help="Where `convclass grade` had another gradebook than the one in its folder.",
        ),
    ] = None,
    assignment: Annotated[
        list[str] | None,
        typer.Option("--assignment", help="Its folder's name, where DIR holds several; again for one more column."),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="FILE", help="The gradebook that the system itself exported.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="The assignment's name in the gradebook; default: its title or folder's name."),
    ] = None,
    points: Annotated[
        float | None, typer.Option("--points", min=0.01, help="Scale the grades to this maximum.")
    ] = None,
    by_name: Annotated[
        bool, typer.Option("--by-name", help="Find students by their names where no id does; each name must be unique.")
    ] = False,
    add_students: Annotated[
        bool, typer.Option("--add-students", help="nbgrader: add students whom its gradebook does not know.")
    ] = False,
) -> None:
    """Write the newest grade of every student. With any doubt about anybody, nothing is written."""
    if format in (Format.CSV, Format.NBGRADER):
        if roster or column or points or by_name:
            raise CourseError(f"--format {format}: takes no --roster, --column, --points or --by-name; leave them out")
        with _results(_chosen(grades, book), assignment) as results:
            _csv(results, out) if format is Format.CSV else _nbgrader(results, out, add_students)
        return
    with _opened(_chosen(grades, book)) as there:
        graded = _graded(there, assignment, column)
    _lms(format, graded, out, roster, points=points, by_name=by_name, named=bool(column))


def _csv(results: Iterator[SubmissionResult], out: Path) -> None:
    from convclass.grading.output import grades_csv

    _write(out, grades_csv(tuple(results)))
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


def _lms(
    format: Format,
    graded: Sequence[Graded],
    out: Path,
    roster: Path | None,
    *,
    points: float | None,
    by_name: bool,
    named: bool,
) -> None:
    from convclass.lms.grades.export import grade_file, layout
    from convclass.lms.grades.table import read_table

    table = read_table(roster) if roster is not None else None
    if roster is not None and out.exists() and out.samefile(roster):
        raise CourseError(f"{out}: is the roster; give another file with --out")
    made = grade_file(layout(format.value), graded, table, points=points, by_name=by_name, named=named)
    _write(out, made.content)
    _tell(out, made)


def _tell(out: Path, made: GradeFile) -> None:
    """Say who is in the file and who is not, everybody by name."""
    from convclass.report.text import count

    typer.echo(f"{out}: the grades of {count(made.students, 'student')}")
    _list("Left out", [f"{student}: {reason}" for student, reason in made.left_out])
    _list("Found by the name alone", made.by_name)
    _list("In the roster, without a grade to write; whatever they have stays", made.without_grade)
    for note in made.notes:
        typer.echo(_line(note))


def _list(heading: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        typer.echo(f"{heading} ({len(lines)}):")
    for line in lines:
        typer.echo(f"  {_line(line)}")


def _line(text: str) -> str:
    from convclass.report.text import terminal

    return " ".join(terminal(text).split())


def _write(out: Path, content: str | bytes) -> None:
    from convclass.grading.output import write_whole

    try:
        write_whole(out, content)
    except OSError as error:
        raise CourseError(f"{out}: cannot be written ({error.strerror})") from None


def _graded(gradebook: Gradebook, wanted: Sequence[str] | None, columns: Sequence[str] | None) -> list[Graded]:
    """The grades of each assignment that is wanted, with the names it may have in another gradebook."""
    from convclass.lms.grades.export import graded

    names = _named(gradebook, wanted)
    if columns and len(columns) != len(names):
        raise CourseError(
            f"{len(columns)} --column for {len(names)} --assignment; give one for each, in the same order"
        )
    called = [(column,) for column in columns] if columns else [_called(name) for name in names]
    return [graded(also, gradebook.latest(name)) for name, also in zip(names, called, strict=True)]


def _called(assignment: str) -> tuple[str, ...]:
    """What an assignment may be called: its title, its name, its name in words."""
    from convclass.grading.run import assignment_title

    try:
        course = find_course()
    except CourseError:  # of a class that was graded elsewhere
        course = Path()
    title, words = assignment_title(Assignment(assignment, course)), assignment.partition("_")[2].replace("_", " ")
    return tuple(name for name in dict.fromkeys((title, assignment, words)) if name)


def _named(gradebook: Gradebook, wanted: Sequence[str] | None) -> list[str]:
    """The wanted assignments, or the only one. Raises CourseError when one is not there or none can be meant."""
    there = gradebook.assignments()
    chosen = list(dict.fromkeys(wanted)) if wanted else list(there)
    if not set(chosen) <= set(there) or not chosen or (not wanted and len(chosen) > 1):
        raise CourseError(f"{gradebook.name}: name one with --assignment; it holds: {', '.join(there) or 'no grades'}")
    return chosen


def _chosen(grades: Path | None, book: str | None) -> str:
    """The file or URL of the gradebook. Raises CourseError when there is none, or two can be meant."""
    from convclass.grading.run import GRADEBOOK

    if grades is not None and (grades / GRADEBOOK).is_file():
        if book:
            raise CourseError(f"{grades}: holds a {GRADEBOOK} of its own; give either --grades or --gradebook")
        return str(grades / GRADEBOOK)
    if book is None:
        what = f"{grades}: holds no {GRADEBOOK}; name" if grades else "no grades are named; give --grades with"
        raise CourseError(f"{what} the folder that `convclass grade --out` wrote, or its --gradebook")
    if "://" not in book and not Path(book).is_file():
        raise CourseError(f"{book}: there is no such gradebook; name the --gradebook of `convclass grade`")
    return book


def _opened(url: str) -> Gradebook:
    from convclass.gradebook import Gradebook

    return Gradebook(url)


@contextmanager
def _results(url: str, wanted: Sequence[str] | None) -> Iterator[Iterator[SubmissionResult]]:
    """The newest result of every student of one assignment."""
    with _opened(url) as gradebook:
        names = _named(gradebook, wanted)
        if len(names) > 1:
            raise CourseError("this format holds one assignment; give one --assignment")
        yield gradebook.latest(names[0])
