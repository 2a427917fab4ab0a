"""What a roster tells: who is in it, which of its columns hold grades, and which tell the students apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from convclass.course import CourseError
from convclass.grading.names import visible
from convclass.lms.grades.table import Table

_DOWNLOADED = re.compile(r"(?P<name>.+)_(?P<id>\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Person:
    """One student of the roster.

    `own` is the system's own id and `others` are ids that it has beside that, "" where there is none; `names` are ways
    to write the name; `closed` says why the system takes no grade of this student, if it does not.
    """

    row: tuple[str, ...]
    own: str
    others: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    closed: str = ""

    @property
    def shown(self) -> str:
        """The name and an id, for a list."""
        name, ids = next(filter(None, self.names), ""), [one for one in (self.own, *self.others) if one]
        return visible(f"{name} ({ids[0]})" if name and ids else name or "".join(ids[:1]))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of grades: `place` in the roster or None, what a person may call it, and its maximum where known."""

    heading: str
    place: int | None
    titles: tuple[str, ...]
    points: float | None


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster understood.

    `kept` are the columns to write besides grades; by those in `keys` the system finds a student, each written with
    `mark` before it. `columns` hold grades, or `given` is the only one of this kind of file. `new_heading` heads a
    column that the roster does not have; None where the system would make something else of it. `downloaded` says
    that the names in a download of submissions end with `own`.
    """

    table: Table
    people: tuple[Person, ...]
    kept: tuple[int, ...]
    keys: tuple[int, ...]
    columns: tuple[Column, ...] = ()
    given: Column | None = None
    new_heading: Callable[[str, float], str] | None = None
    mark: str = ""
    downloaded: bool = False


def find_column(roster: Roster, names: Iterable[str]) -> Column | None:
    """The column of the roster that has one of the names, or None. Raises CourseError when several have."""
    wanted = {folded(name) for name in names}
    found = [one for one in roster.columns if wanted & {folded(title) for title in (one.heading, *one.titles)}]
    if len(found) > 1:
        raise CourseError(
            f"{roster.table.name}: {len(found)} columns could be meant: {', '.join(one.heading for one in found)}; "
            "name one, as it stands there, with --column"
        )
    return found[0] if found else None


def names_of(first: str, last: str) -> tuple[str, ...]:
    """The ways in which a first and a last name are written together."""
    return (f"{first} {last}".strip(), f"{last}, {first}") if first and last else (first or last,)


def name_and_id(student: str) -> tuple[str, str] | None:
    """The two parts of a name as convclass.grading.downloads makes it of Canvas's, Moodle's and Brightspace's."""
    found = _DOWNLOADED.fullmatch(student)
    return (found["name"], found["id"]) if found else None


def folded(text: str) -> str:
    """The text as it is compared: upper and lower case, white space and composed accents make no difference."""
    return " ".join(visible(text).split()).casefold()
