"""Blackboard: the grade centre's own file, tab-separated and quoted, in UTF-16 with a mark, called .xls there.

A column without an id of Blackboard's would become one with points of its own (none, or 100): none is ever made.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from convclass.course import CourseError
from convclass.lms.grades.roster import Column, Person, Roster, names_of
from convclass.lms.grades.sheet import Layout, Sheet, cells
from convclass.lms.grades.table import Table, number

_ABOUT = ("Last Name", "First Name", "Username", "Student ID")
# "up to" stands before the points of what Blackboard computes itself.
_COLUMN = re.compile(
    r"(?P<title>.*) \[Total Pts: (?P<points>[\d.,]+)(?: Score)?\](?: [^|]*)? ?\|\d+\s*", re.DOTALL | re.IGNORECASE
)
_DOWNLOAD = "Grade Center, Work Offline, Download (Ultra: Gradebook, Download), Full Gradebook"


def read(table: Table) -> Roster:
    """The students and columns of a downloaded gradebook. Raises CourseError for another table."""
    user = table.place("Username")
    if user is None:
        raise CourseError(f"{table.name}: has no column Username; in Blackboard: {_DOWNLOAD}")
    return Roster(
        table=table,
        people=tuple(_people(table)),
        kept=tuple(sorted(table.places(*_ABOUT))),
        keys=(user,),
        columns=tuple(_columns(table)),
    )


def write(sheet: Sheet) -> bytes:
    """The sheet as Blackboard writes its own."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(cells(sheet))
    return codecs.BOM_UTF16_LE + text.getvalue().encode("utf-16-le")


def _people(table: Table) -> Iterator[Person]:
    user, sid, first, last = map(table.reader, ("Username", "Student ID", "First Name", "Last Name"))
    rows = (row for row in table.rows if user(row))
    return (Person(row, user(row), (sid(row),), names_of(first(row), last(row))) for row in rows)


def _columns(table: Table) -> Iterator[Column]:
    for place, heading in enumerate(table.heading):
        if found := _COLUMN.fullmatch(heading):
            yield Column(heading, place, (found["title"],), number(found["points"]))


LAYOUT = Layout("Blackboard", _DOWNLOAD, "Grade Center, Work Offline, Upload (Ultra: Gradebook, Upload)", read, write)
