"""Canvas: the gradebook's own CSV, as `lib/gradebook_importer.rb` of canvas-lms reads it.

A blank cell would erase a grade there, and a student who is not in the file is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convclass.course import CourseError
from convclass.lms.grades.roster import Column, Person, Roster, name_and_id, names_of
from convclass.lms.grades.sheet import Layout, Sheet, as_csv, cells, written
from convclass.lms.grades.table import Table, cell, number

_POINTS_POSSIBLE = "Points Possible"
_ABOUT = ("LastName", "FirstName", "Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account")
_IDS = ("SIS User ID", "SIS Login ID", "Integration ID")
# What Canvas takes for a total, wherever it stands in a heading.
_TOTAL = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_TITLE_AND_ID = re.compile(r"(?P<title>.*)\s\(\d+\)", re.DOTALL)
_DOWNLOAD = "Grades, Export, Export Entire Gradebook"


def read(table: Table) -> Roster:
    """The students and assignments of an exported gradebook. Raises CourseError for another table."""
    own, section = table.place("ID"), table.place("Section")
    named = table.place("Student", "LastName") == 0
    if not named or own is None or section is None:
        raise CourseError(f"{table.name}: is no gradebook of Canvas; in Canvas: {_DOWNLOAD}")
    points = next((row for row in table.rows if _POINTS_POSSIBLE in row[0] and not cell(row, own)), ())
    return Roster(
        table=table,
        people=tuple(_people(table)),
        kept=tuple(sorted((*table.places(*_ABOUT), section))),
        keys=(own,),
        columns=tuple(_columns(table, section, points)),
        new_heading=_new_heading,
        downloaded=True,
    )


def write(sheet: Sheet) -> bytes:
    """The sheet with the row of points that can be had, which Canvas knows by its name."""
    heading, *rows = cells(sheet)
    first = len(heading) - len(sheet.columns)
    points = [written(point) for point in _points(sheet)]
    for row, line in zip(rows, sheet.lines, strict=True):
        if _POINTS_POSSIBLE in row[0]:  # a student of this name would set the assignment's points
            row[0] = f"Student {line.person.own}"
    return as_csv([heading, [f"    {_POINTS_POSSIBLE}", *[""] * (first - 1), *points], *rows])


def from_downloads(students: Iterable[str]) -> Table:
    """A roster made of names in a download of submissions, NAME_ID. Raises CourseError when any is of another kind."""
    found = {student: name_and_id(student) for student in students}
    others = [student for student, parts in found.items() if not parts]
    if others:
        raise CourseError(
            f"not named as Canvas names its downloads: {', '.join(others)}; nothing was written. Give a roster with "
            f"--roster (in Canvas: {_DOWNLOAD})"
        )
    names = {parts[1]: parts[0] for parts in found.values() if parts}
    rows = tuple((name, user, "", "") for user, name in names.items())
    return Table("the submissions", ("Student", "ID", "SIS Login ID", "Section"), rows)


def _people(table: Table) -> Iterator[Person]:
    own, sortable = table.reader("ID"), table.reader("Student")
    first, last = table.reader("FirstName"), table.reader("LastName")
    ids = [table.reader(heading) for heading in _IDS]
    for row in table.rows:
        if not own(row):  # the rows about assignments
            continue
        if not (own(row).isdecimal() and own(row).isascii()):
            raise CourseError(f"{table.name}: the ID {own(row)[:40]!r} is no number; in Canvas: {_DOWNLOAD}")
        names = _turned(sortable(row)) if sortable(row) else names_of(first(row), last(row))
        yield Person(row, own(row), tuple(one(row) for one in ids), names)


def _turned(sortable: str) -> tuple[str, ...]:
    """LAST, FIRST and FIRST LAST."""
    last, _, first = (part.strip() for part in sortable.partition(","))
    return (sortable, f"{first} {last}".strip())


def _columns(table: Table, section: int, points: tuple[str, ...]) -> Iterable[Column]:
    """The assignments: each has its id behind its title, which totals and notes have not."""
    for place, heading in enumerate(table.heading):
        found = _TITLE_AND_ID.fullmatch(heading)
        if found and place > section and not _TOTAL.search(heading):
            yield Column(heading, place, (found["title"],), number(cell(points, place)))


def _new_heading(name: str, points: float) -> str:
    if _TITLE_AND_ID.fullmatch(name) or _TOTAL.search(name):
        raise CourseError(
            f"{name!r}: no assignment of the roster is called so, and Canvas would take a new one for something else; "
            "name the assignment with --column"
        )
    return name


def _points(sheet: Sheet) -> Iterator[float | None]:
    """The points of each column as they stand in the sheet; none where the assignment has none, which stays so."""
    old = [column for column in sheet.columns if column.place is not None]
    yield from (column.points for column in sorted(old, key=lambda column: column.place or 0))
    yield from (most for column, most in zip(sheet.columns, sheet.out_of, strict=True) if column.place is None)


LAYOUT = Layout("Canvas", _DOWNLOAD, "Grades, Import", read, write)
