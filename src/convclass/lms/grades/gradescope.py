"""Gradescope: the layout in which it exports the grades of an assignment, for what reads such files.

Gradescope itself imports no grades that we know of; an autograder is its way, and `convclass release` makes one.
"""

from __future__ import annotations

from collections.abc import Iterator

from convclass.course import CourseError
from convclass.lms.grades.roster import Column, Person, Roster, names_of
from convclass.lms.grades.sheet import Layout, Sheet, as_csv, cells, written
from convclass.lms.grades.table import Table, number

_SID, _EMAIL, _WHOLE = ("SID", "Student ID"), ("Email", "Email Address"), ("Name", "Full Name")
_ABOUT = (*_WHOLE, "First Name", "Last Name", "Sections", "Section")
_DOWNLOAD = "Roster, Download Roster, or Review Grades, Download Grades, as CSV"


def read(table: Table) -> Roster:
    """The students of a course's roster or of an assignment's grades. Raises CourseError for another table."""
    keys = tuple(place for ids in (_SID, _EMAIL) if (place := table.place(*ids)) is not None)
    if not keys:
        raise CourseError(f"{table.name}: has neither SID nor Email; in Gradescope: {_DOWNLOAD}")
    limit = table.reader("Max Points")
    limits = {number(limit(row)) for row in table.rows} - {None}
    return Roster(
        table=table,
        people=tuple(_people(table)),
        kept=tuple(sorted({*table.places(*_ABOUT), *keys})),
        keys=keys,
        given=Column("Total Score", None, (), limits.pop() if len(limits) == 1 else None),
    )


def write(sheet: Sheet) -> bytes:
    """The sheet with the maximum of its grades."""
    heading, *rows = cells(sheet)
    points = written(sheet.out_of[0])
    return as_csv([[*heading, "Max Points", "Status"], *([*row, points, "Graded"] for row in rows)])


def _people(table: Table) -> Iterator[Person]:
    sid, email, role = table.reader(*_SID), table.reader(*_EMAIL), table.reader("Role")
    whole, first, last = table.reader(*_WHOLE), table.reader("First Name"), table.reader("Last Name")
    for row in table.rows:
        if role(row).casefold() in ("", "student"):
            names = (whole(row),) if whole(row) else names_of(first(row), last(row))
            yield Person(row, sid(row), (email(row),), names)


LAYOUT = Layout("Gradescope", _DOWNLOAD, "nowhere: it takes no grades from a file", read, write)
