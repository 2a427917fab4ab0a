"""`convclass release`: generate assignments/ from the sources, or say what in it is not current."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convclass.course import Assignment, CourseError, assignments, find_course
from convclass.release.carried import Wheels

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
    NBGRADER = "nbgrader"
    OTTER = "otter"
    GRADESCOPE = "gradescope"


def release(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 when a released file is not current.")
    ] = False,
    to: Annotated[Target, typer.Option(help="For whom: students get nothing secret.")] = Target.STUDENTS,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to.", show_default="assignments/")
    ] = None,
    wheels: Annotated[
        Wheels | None,
        typer.Option(help="In Gradescope's zip: convclass's own wheel, all but torch's, or all.", show_default="own"),
    ] = None,
) -> None:
    """Generate what students get, from solutions/ and autograder/, or a package for another tool."""
    course = find_course()
    found = assignments(course)
    if wheels is not None and to is not Target.GRADESCOPE:
        raise CourseError(f"--wheels {wheels.value} is for --to gradescope only; leave it out")
    if not found:
        raise CourseError(f"{course / 'solutions'}: holds no assignment; make a folder such as solutions/01_topic")
    if to is not Target.STUDENTS:
        _package(found, to, out, check, wheels)
        return
    folder = out if out is not None else course / "assignments"
    differences = _check(found, folder) if check else _write(found, folder)
    for difference in differences:
        typer.echo(_line(difference), err=True)
    if check and differences:
        raise typer.Exit(1)
    if check:
        typer.echo(f"{folder}: current, {len(found)} assignment{'s' if len(found) > 1 else ''}")


def _package(found: list[Assignment], to: Target, out: Path | None, check: bool, wheels: Wheels | None) -> None:
    """Write the package of another tool into `out`; it holds the hidden tests, so there is no folder by default."""
    if out is None or check:
        raise CourseError(
            f"--to {to.value} writes the package, hidden tests included, into the folder given by --out DIR"
        )
    options = {"wheels": wheels} if wheels is not None else {}
    for path in import_module(f"convclass.release.{to.value}").write_package(found, out, **options):
        typer.echo(f"{path}: written")


def _check(found: list[Assignment], folder: Path) -> tuple[Difference, ...]:
    released, whole = _made(found)
    return _differences(released, whole, folder)


def _write(found: list[Assignment], folder: Path) -> tuple[Difference, ...]:
    """Write every assignment, once all are known to be right; return what is there and should not be."""
    from convclass.release.writer import write

    released, whole = _made(found)
    for name, files in released.items():
        changed = write(files, folder / name)
        typer.echo(f"{folder / name}: {len(changed)} of {len(files)} files written, the others were current")
    for path in write(whole, folder):
        typer.echo(f"{path}: written")
    return _differences(released, whole, folder)


def _made(found: list[Assignment]) -> tuple[dict[str, dict[str, bytes]], dict[str, bytes]]:
    """The files of every assignment, by its name, and those of the course as a whole."""
    from convclass.release.writer import course_files, released_files

    released = {assignment.name: released_files(assignment) for assignment in found}
    return released, course_files(found[0].course, released)


def _differences(
    released: dict[str, dict[str, bytes]], whole: dict[str, bytes], folder: Path
) -> tuple[Difference, ...]:
    from convclass.release.writer import compare, compare_course

    wrong = [d for name, files in released.items() for d in compare(files, folder / name)]
    return (*wrong, *compare_course(whole, folder, released))


def _line(difference: Difference) -> str:
    where = f", line {difference.line}" if difference.line is not None else ""
    return f"{difference.fault}: {difference.path}{where}; {_REMEDY[difference.fault]}"
