"""Brightspace: the CSV of the grades tool. A # stands before every id and ends every line, as in its own exports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convclass.course import CourseError
from convclass.lms.grades.roster import Column, Person, Roster, names_of
from convclass.lms.grades.sheet import Layout, Sheet, as_csv, cells, written
from convclass.lms.grades.table import Table, number

_KEYS = ("OrgDefinedId", "Username")
_END = "End-of-Line Indicator"
_MARK = "#"
_POINTS_GRADE = re.compile(r"(?P<title>.+?) Points Grade(?: <(?P<about>[^<>]*)>)?\s*", re.DOTALL)
_MAX_POINTS = re.compile(r"\bMaxPoints:([\d.,]+)")
_DOWNLOAD = "Grades, Enter Grades, Export, with the key field Both, Points grade, and the names of the users"


def read(table: Table) -> Roster:
    """The students and grade items of an export. Raises CourseError for another table."""
    keys = table.places(*_KEYS)
    if not keys:
        raise CourseError(f"{table.name}: has neither {' nor '.join(_KEYS)}; in Brightspace: {_DOWNLOAD}")
    return Roster(
        table=table,
        people=tuple(_people(table)),
        kept=keys,
        keys=keys,
        columns=tuple(_columns(table)),
        new_heading=lambda name, points: f"{name} Points Grade <Numeric MaxPoints:{written(points)}>",
        mark=_MARK,
    )


def write(sheet: Sheet) -> bytes:
    """The sheet with its end-of-line marks."""
    heading, *rows = cells(sheet)
    return as_csv([[*heading, _END], *([*row, _MARK] for row in rows)])


def _people(table: Table) -> Iterator[Person]:
    own, user, email = map(table.reader, (*_KEYS, "Email"))
    first, last = table.reader("First Name"), table.reader("Last Name")
    for row in table.rows:
        others = (user(row).removeprefix(_MARK), email(row))
        yield Person(row, own(row).removeprefix(_MARK), others, names_of(first(row), last(row)))


def _columns(table: Table) -> Iterator[Column]:
    """The numeric grade items; what Brightspace computes itself, or grades in words, cannot be imported so."""
    for place, heading in enumerate(table.heading):
        found = _POINTS_GRADE.fullmatch(heading)
        about = (found["about"] or "") if found else ""
        if found and (not about or about.startswith("Numeric")):
            limit = _MAX_POINTS.search(about)
            yield Column(heading, place, (found["title"],), number(limit[1]) if limit else None)


LAYOUT = Layout("Brightspace", _DOWNLOAD, "Grades, Enter Grades, Import", read, write)
