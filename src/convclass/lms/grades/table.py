"""A table that a learning management system exported, read whole: its encoding and separator are found."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from convclass.course import CourseError

_MOST_BYTES = 20_000_000
_MOST_COLUMNS = 5_000
_MOST_ROWS = 100_000
_SEPARATORS = ",;\t"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AGAIN = "download it again and do not save it from a spreadsheet"


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file as they stand there; `name` is the file's. A row may be shorter than the heading."""

    name: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def place(self, *headings: str) -> int | None:
        """The column with one of these headings, in upper or lower case, or None. Raises CourseError for several."""
        wanted = {heading.casefold() for heading in headings}
        found = [place for place, heading in enumerate(self.heading) if heading.strip().casefold() in wanted]
        if len(found) > 1:
            raise CourseError(f"{self.name}: has {len(found)} columns {headings[0]!r}; {_AGAIN}")
        return found[0] if found else None

    def reader(self, *headings: str) -> Callable[[Sequence[str]], str]:
        """What reads the cell below one of these headings from a row; "" where there is no such column."""
        place = self.place(*headings)
        return lambda row: cell(row, place)

    def places(self, *headings: str) -> tuple[int, ...]:
        """The columns with these headings that are there, in this order."""
        return tuple(place for heading in headings if (place := self.place(heading)) is not None)


def cell(row: Sequence[str], place: int | None) -> str:
    """A cell without white space around it; "" where the row or the column is not there."""
    return row[place].strip() if place is not None and place < len(row) else ""


def number(text: str) -> float | None:
    """A number as people export it, with a decimal point or comma, or None."""
    plain = text.strip().replace(",", ".")
    return float(plain) if plain.replace(".", "", 1).isdecimal() and plain.isascii() else None


def read_table(path: Path) -> Table:
    """Read a CSV or tab-separated file in UTF-8 or UTF-16. Raises CourseError for anything else."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}); name the roster with --roster") from None
    if len(content) > _MOST_BYTES:
        raise CourseError(f"{path}: is larger than {_MOST_BYTES // 1_000_000} MB, no roster; {_AGAIN}")
    return parse(content, str(path))


def parse(content: bytes, name: str) -> Table:
    """The table in the bytes of a file. Raises CourseError when they hold none."""
    text = _text(content, name)
    try:
        separator = max(_SEPARATORS, key=lambda one: _columns(text, one))
        rows = [tuple(row) for row in _reader(text, separator) if any(map(str.strip, row))]
    except csv.Error as error:
        raise CourseError(f"{name}: is no table ({error}); {_AGAIN}") from None
    if not rows:
        raise CourseError(f"{name}: is empty; {_AGAIN}")
    if len(rows[0]) > _MOST_COLUMNS or len(rows) > _MOST_ROWS:
        raise CourseError(f"{name}: has {len(rows[0])} columns and {len(rows)} lines, no roster; {_AGAIN}")
    for line in rows[1:]:
        if any(map(str.strip, line[len(rows[0]) :])):
            raise CourseError(f"{name}: a line has more cells than the first one ({line[0][:40]!r}); {_AGAIN}")
    return Table(name, rows[0], tuple(rows[1:]))


def _text(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{name}: is neither UTF-8 nor UTF-16; {_AGAIN}") from None
    if "\0" in text:
        raise CourseError(f"{name}: holds NUL characters, no table; {_AGAIN}")
    return text


def _columns(text: str, separator: str) -> int:
    try:
        return len(next(_reader(text, separator), []))
    except csv.Error:
        return 0


def _reader(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
