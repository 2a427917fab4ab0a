"""Solution regions: what stands between nbgrader's markers in a code cell, and what replaces it for students.

The task of a region stands behind its first marker, `### BEGIN SOLUTION: count the windows`, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from convclass.course import CourseError
from convclass.release.source import Cell, Role, Source

_BEGIN = re.compile(r"^(?P<indent>\s*)### BEGIN SOLUTION(: (?P<task>\S.*))?$")
_END = re.compile(r"^\s*### END SOLUTION$")
_MARKER = re.compile(r"(BEGIN|END) SOLUTION")
_DEFINES = re.compile(r"^(?:def|class) (?P<name>\w+)")


@dataclass(frozen=True, slots=True)
class Region:
    """One solution region of a cell: its lines from `first` up to `last`, both markers included, counted from 0.

    `task` is what the student is to do, in words, and `stub` the line that says so in the place of the solution.
    """

    first: int
    last: int
    indent: str
    task: str
    stub: str


def regions(cell: Cell, path: str) -> tuple[Region, ...]:
    """The solution regions of a cell. Raises CourseError, with file and line, on markers that make no region."""
    found: list[Region] = []
    lines = cell.text.split("\n")
    begin: int | None = None
    for i, line in enumerate(lines):
        if not _MARKER.search(line):
            continue
        if begin is None and _BEGIN.match(line) and cell.role is Role.CODE:
            begin = i
        elif begin is not None and _END.match(line):
            found.append(_region(lines, begin, i, f"{path}, line {cell.line + begin}"))
            begin = None
        else:
            raise CourseError(f"{path}, line {cell.line + i}: this marker has no partner; {_SHAPE}")
    if begin is not None:
        raise CourseError(f"{path}, line {cell.line + begin}: this marker has no partner; {_SHAPE}")
    return tuple(found)


_SHAPE = "a solution stands in a code cell between `### BEGIN SOLUTION: its task` and `### END SOLUTION`"


def without_solutions(cell: Cell, path: str) -> str:
    """The cell's text with every region replaced by a line that raises NotImplementedError and names the task."""
    lines = cell.text.split("\n")
    for region in reversed(regions(cell, path)):
        lines[region.first : region.last + 1] = [region.stub]
    return "\n".join(lines)


def without_markers(cell: Cell, path: str) -> str:
    """The cell's text with its solutions, less the markers around them."""
    markers = {i for region in regions(cell, path) for i in (region.first, region.last)}
    return "\n".join(line for i, line in enumerate(cell.text.split("\n")) if i not in markers)


def with_markers(cell: Cell, path: str, marked: Callable[[Region, list[str]], list[str]]) -> str:
    """The cell's text with every region as another tool marks it: `marked` gets the region and its solution's lines."""
    lines = cell.text.split("\n")
    for region in reversed(regions(cell, path)):
        lines[region.first : region.last + 1] = marked(region, lines[region.first + 1 : region.last])
    return "\n".join(lines)


def solution_lines(source: Source) -> tuple[str, ...]:
    """Every line inside a solution region, less its indentation, in order."""
    return tuple(
        line.strip()
        for cell in source.of(Role.CODE)
        for region in regions(cell, source.path)
        for line in cell.text.split("\n")[region.first + 1 : region.last]
        if line.strip()
    )


def _region(lines: list[str], first: int, last: int, where: str) -> Region:
    mark = _BEGIN.match(lines[first])
    names = [match["name"] for line in lines[:first] if (match := _DEFINES.match(line))]
    if mark is None or not mark["task"]:
        raise CourseError(f"{where}: the task is missing; write `### BEGIN SOLUTION: count the windows`")
    if not names or not mark["indent"]:
        raise CourseError(f"{where}: a solution must stand inside a function or class")
    text = f"{names[-1]}: {mark['task']}".replace("\\", "\\\\").replace('"', '\\"')
    stub = f'{mark["indent"]}raise NotImplementedError("{text}")'
    return Region(first, last, mark["indent"], mark["task"], stub)
