"""A sheet of grades to write, and its cells: what the roster tells of a student, then the grades, all of it defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from convclass.course import CourseError
from convclass.grading.names import visible
from convclass.lms.grades.roster import Column, Person, Roster
from convclass.lms.grades.table import Table, cell
from convclass.report.text import csv_cell


@dataclass(frozen=True, slots=True)
class Line:
    """A student and a grade for each column; None in a new column where there is no grade."""

    person: Person
    grades: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written: `out_of` is the maximum of each column's grades."""

    roster: Roster
    columns: tuple[Column, ...]
    out_of: tuple[float, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One system's files: `system` is its name, `download` how to get a roster, `upload` where the grades go."""

    system: str
    download: str
    upload: str
    read: Callable[[Table], Roster]
    write: Callable[[Sheet], bytes]


def cells(sheet: Sheet) -> list[list[str]]:
    """The heading and a row for each line: columns of the roster in their order, then the new ones.

    Raises CourseError for an id or a heading that a spreadsheet would run: changed, the system would not find it.
    """
    roster, old = sheet.roster, {column.place: i for i, column in enumerate(sheet.columns) if column.place is not None}
    new = [i for i, column in enumerate(sheet.columns) if column.place is None]
    places = sorted({*roster.kept, *old})
    refused = [one.heading for one in sheet.columns if not is_harmless(one.heading)]
    refused += [f"{key} of {line.person.shown}" for line in sheet.lines for key in _keys(line, roster)]
    if refused:
        raise CourseError(
            f"{roster.table.name}: nothing was written. To a spreadsheet these are formulas, or hold signs that "
            f"cannot be seen: {', '.join(map(visible, refused))}. Change them in the learning management system"
        )
    heading = [roster.table.heading[place] for place in places] + [sheet.columns[i].heading for i in new]
    rows = [
        [written(line.grades[old[place]]) if place in old else _kept(line, place, roster) for place in places]
        + [written(line.grades[i]) for i in new]
        for line in sheet.lines
    ]
    return [heading, *rows]


def written(grade: float | None) -> str:
    """A grade as every system reads it: a decimal point, at most four places; "" for none."""
    return "" if grade is None else f"{round(grade, 4):.10g}"


def is_harmless(text: str) -> bool:
    """Whether a cell can be written as it is."""
    return csv_cell(text) == " ".join(text.split()) and not set(text) & set("\r\n\t")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 without a mark before it, commas, lines as in RFC 4180."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _keys(line: Line, roster: Roster) -> list[str]:
    return [key for place in roster.keys if not is_harmless(key := _key(line, place, roster))]


def _key(line: Line, place: int, roster: Roster) -> str:
    text = cell(line.person.row, place)
    return roster.mark + text.removeprefix(roster.mark) if text else ""


def _kept(line: Line, place: int, roster: Roster) -> str:
    if place in roster.keys:
        return _key(line, place, roster)
    text = cell(line.person.row, place)
    return text if text == "-" else csv_cell(text)  # what Moodle writes where there is nothing
