"""A course on disk: its assignments are folders, found by globbing and registered nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class CourseError(Exception):
    """Bad input from the person at the keyboard: the message names the file, the cause and the remedy."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One assignment of the course rooted at `course`, such as `01_convolution`."""

    name: str
    course: Path

    @property
    def module(self) -> str:
        """The module a student fills in: the name without its number."""
        return self.name.split("_", 1)[1]

    @property
    def solution(self) -> Path:
        """The folder of the source that everything a student gets is made from; never given out."""
        return self.course / "solutions" / self.name

    @property
    def autograder(self) -> Path:
        """The folder of hidden tests, misconceptions and alternatives; never given out."""
        return self.course / "autograder" / self.name

    @property
    def released(self) -> Path:
        """The generated folder that students get."""
        return self.course / "assignments" / self.name


def find_course(start: Path | None = None) -> Path:
    """The nearest folder at or above `start` (default: here) that holds solutions/ and autograder/.

    Raises CourseError when there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "solutions").is_dir() and (folder / "autograder").is_dir():
            return folder
    raise CourseError(
        f"{start}: no course here or above (a course has the folders solutions/ and autograder/); "
        "change to the course's folder first"
    )


def assignments(course: Path) -> list[Assignment]:
    """All assignments of the course, in order: every NN_topic folder of solutions/."""
    folders = sorted((course / "solutions").glob("[0-9]*_*"))
    return [Assignment(folder.name, course) for folder in folders if folder.is_dir()]


def find_assignment(course: Path, name: str) -> Assignment:
    """The assignment called `name`: its full name, its number, its module, or a path that ends in one of these.

    Raises CourseError, listing what there is, when none or several match.
    """
    wanted = Path(name).name or name
    found = assignments(course)
    matches = [a for a in found if wanted in (a.name, a.module, a.name.split("_")[0])]
    if len(matches) == 1:
        return matches[0]
    known = ", ".join(a.name for a in found) or "none"
    problem = "is ambiguous" if matches else "is no assignment of this course"
    raise CourseError(f"{name!r} {problem}; {course} has: {known}")
