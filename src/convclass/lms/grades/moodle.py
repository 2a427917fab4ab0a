"""Moodle: the grading worksheet of an assignment, or the CSV that the gradebook exports and imports.

The worksheet is what knows the numbers in the names of downloaded submissions. In the gradebook's import
(`grade/import/csv`) a blank erases a grade, and a column that is new there gets a maximum of its own: none is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from convclass.course import CourseError
from convclass.lms.grades.roster import Column, Person, Roster, names_of
from convclass.lms.grades.sheet import Layout, Sheet, as_csv, cells
from convclass.lms.grades.table import Table, number

_IDS = ("Email address", "ID number", "Username")
_WORKSHEET = (
    "Identifier", "Full name", *_IDS, "Status", "Group", "Team", "Marker", "Grade", "Maximum Grade",
    "Marking workflow state", "Grade can be changed", "Last modified (submission)", "Last modified (grade)",
)  # fmt: skip
_NEEDED = ("Identifier", "Grade", "Last modified (grade)")
_NAMES = ("First name", "Last name", "Surname")
_EXPORTED = "Last downloaded from this course"  # by which Moodle refuses to undo what was graded since
_ABOUT = (*_NAMES, *_IDS, "Institution", "Department", _EXPORTED)
_NUMBERED = re.compile(r"\D*(\d+)", re.DOTALL)
_NO_GRADE = re.compile(r".*\((Percentage|Letter|Feedback)\)|Feedback: .*|(Course|Category) total\b.*", re.DOTALL)
_SHOWN_AS = re.compile(r"\s*\(Real\)\Z")
_DOWNLOAD = (
    "with Moodle in English, the assignment's Download grading worksheet (switched on by its feedback type Offline "
    "grading worksheet), or Grades, Export, Plain text file"
)
_TAKE = f"take, {_DOWNLOAD}"


def read(table: Table) -> Roster:
    """The students of a grading worksheet or of an exported gradebook. Raises CourseError for another table."""
    if table.place("Identifier") is not None:
        return _worksheet(table)
    if not table.places(*_IDS):
        raise CourseError(f"{table.name}: is neither a grading worksheet nor a gradebook of Moodle; {_TAKE}")
    return Roster(
        table=table,
        people=tuple(_exported(table)),
        kept=tuple(sorted(table.places(*_NAMES, *_IDS, _EXPORTED))),
        keys=table.places(*_IDS),
        columns=tuple(_columns(table)),
    )


def write(sheet: Sheet) -> bytes:
    """The sheet as it is, in UTF-8 with commas: what Moodle's upload forms expect."""
    return as_csv(cells(sheet))


def _worksheet(table: Table) -> Roster:
    missing = [heading for heading in _NEEDED if table.place(heading) is None]
    if missing:
        raise CourseError(f"{table.name}: a grading worksheet without {', '.join(missing)}; {_TAKE}")
    limit = table.reader("Maximum Grade")
    limits = {number(limit(row)) for row in table.rows}
    if len(limits) != 1 or None in limits:
        raise CourseError(f"{table.name}: tells no one Maximum Grade; let the assignment be graded by points in Moodle")
    return Roster(
        table=table,
        people=tuple(_participants(table)),
        kept=tuple(sorted(table.places(*(one for one in _WORKSHEET if one != "Grade")))),
        keys=table.places("Identifier"),
        given=Column("Grade", table.place("Grade"), (), limits.pop()),
        downloaded=True,
    )


def _participants(table: Table) -> Iterator[Person]:
    identifier, name, changes = map(table.reader, ("Identifier", "Full name", "Grade can be changed"))
    ids = [table.reader(heading) for heading in _IDS]
    for row in table.rows:
        found = _NUMBERED.fullmatch(identifier(row))
        if not found:
            raise CourseError(f"{table.name}: the Identifier {identifier(row)[:40]!r} is no participant; {_TAKE}")
        closed = "Moodle says that this grade cannot be changed" if changes(row).casefold() == "no" else ""
        yield Person(row, found[1], tuple(one(row) for one in ids), (name(row),), closed)


def _exported(table: Table) -> Iterator[Person]:
    first, last = table.reader("First name"), table.reader("Last name", "Surname")
    ids = [table.reader(heading) for heading in _IDS]
    return (Person(row, "", tuple(one(row) for one in ids), names_of(first(row), last(row))) for row in table.rows)


def _columns(table: Table) -> Iterator[Column]:
    """The columns of points. Moodle writes the kind of activity before the title, and tells no maximum."""
    about = {heading.casefold() for heading in _ABOUT}
    for place, heading in enumerate(table.heading):
        title = _SHOWN_AS.sub("", heading.strip())
        if title and title.casefold() not in about and not _NO_GRADE.fullmatch(heading.strip()):
            yield Column(heading, place, (title, title.partition(": ")[2] or title), None)


LAYOUT = Layout(
    "Moodle",
    _DOWNLOAD,
    "a worksheet: the assignment's Upload grading worksheet; a gradebook: Grades, Import, CSV file",
    read,
    write,
)
