"""`convclass release`: generate assignments/ from the sources, or say what in it is not current."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convclass.course import Assignment, CourseError, assignments, find_course

if TYPE_CHECKING:
    from convclass.release.writer import Difference

_REMEDY = {
    "missing": "run `convclass release`",
    "stale": "run `convclass release`",
    "extra": "no source makes it; delete it",
}


class Target(StrEnum):
    """For whom to release."""

    STUDENTS = "students"


def release(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 when a released file is not current.")
    ] = False,
    to: Annotated[Target, typer.Option(help="For whom: students get nothing secret.")] = Target.STUDENTS,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to.", show_default="assignments/")
    ] = None,
) -> None:
    """Generate what students get of every assignment, from solutions/ and autograder/."""
    course = find_course()
    found = assignments(course)
    if not found:
        raise CourseError(f"{course / 'solutions'}: holds no assignment; make a folder such as solutions/01_topic")
    folder = out if out is not None else course / "assignments"
    differences = _check(found, folder) if check else _write(found, folder)
    for difference in differences:
        typer.echo(_line(difference), err=True)
    if check and differences:
        raise typer.Exit(1)
    if check:
        typer.echo(f"{folder}: current, {len(found)} assignment{'s' if len(found) > 1 else ''}")


def _check(found: list[Assignment], folder: Path) -> tuple[Difference, ...]:
    from convclass.release.writer import compare, extra_folders, released_files

    wrong = [d for a in found for d in compare(released_files(a), folder / a.name)]
    return (*wrong, *extra_folders(folder, found))


def _write(found: list[Assignment], folder: Path) -> tuple[Difference, ...]:
    """Write every assignment, once all are known to be right; return what is there and should not be."""
    from convclass.release.writer import compare, extra_folders, released_files, write

    made = {assignment.name: released_files(assignment) for assignment in found}
    for name, files in made.items():
        changed = write(files, folder / name)
        typer.echo(f"{folder / name}: {len(changed)} of {len(files)} files written, the others were current")
    return (*(d for name, files in made.items() for d in compare(files, folder / name)), *extra_folders(folder, found))


def _line(difference: Difference) -> str:
    where = f", line {difference.line}" if difference.line is not None else ""
    return f"{difference.fault}: {difference.path}{where}; {_REMEDY[difference.fault]}"
