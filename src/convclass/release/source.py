"""The one source of an assignment: a percent-format file, read into immutable cells.

The format is jupytext's, so that authors can open the file as a notebook. It is read line by line here, because
grading reads it too and must not need jupytext; a test holds this reader against jupytext's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from convclass.course import Assignment, CourseError


class Role(StrEnum):
    """What a cell is for: text to read, code of the module, or public tests of the questions above it."""

    TEXT = "[markdown]"
    CODE = ""
    PUBLIC = 'tags=["public"]'


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its role, its text (of a text cell without the comment signs), and its first line in the file."""

    role: Role
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """An assignment's source: `path` as seen from the course's folder, and the cells in order."""

    path: str
    cells: tuple[Cell, ...]

    def of(self, *roles: Role) -> tuple[Cell, ...]:
        """The cells with one of these roles."""
        return tuple(cell for cell in self.cells if cell.role in roles)


def read_source(assignment: Assignment) -> Source:
    """The source solutions/NN_topic/topic.py.

    Raises CourseError when it is missing, is not UTF-8 text, or is not made of cells.
    """
    path = assignment.solution / f"{assignment.module}.py"
    name = path.relative_to(assignment.course).as_posix()
    try:
        return parse(path.read_text(encoding="utf-8"), name)
    except FileNotFoundError:
        raise CourseError(f"{name}: no such file; an assignment's source has the name of its module") from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{name}: not UTF-8 text ({error.reason}); save it as UTF-8") from None


def parse(text: str, path: str) -> Source:
    """Read percent-format `text`. Raises CourseError with file and line where it is not of that format."""
    lines = text.splitlines()
    first = _end_of_header(lines)
    starts = [i for i in range(first, len(lines)) if lines[i].startswith("# %%")]
    stray = [i for i in range(first, starts[0] if starts else len(lines)) if lines[i].strip()]
    if stray or not starts:
        at = stray[0] + 1 if stray else 1
        raise CourseError(f"{path}, line {at}: outside of any cell; begin a cell with a line `# %%` above it")
    ends = [*starts[1:], len(lines)]
    return Source(
        path, tuple(_cell(lines[a + 1 : b], lines[a], a + 2, path) for a, b in zip(starts, ends, strict=True))
    )


def question_names(cell: Cell) -> tuple[str, ...]:
    """The questions that the tests of a public cell belong to, in order, each once."""
    functions = [node for node in ast.parse(cell.text).body if isinstance(node, ast.FunctionDef)]
    return tuple(dict.fromkeys(name for function in functions for name in _names_in_marks(function)))


def _names_in_marks(function: ast.FunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
        match mark:
            case ast.Call(func=ast.Name(id="question"), args=[ast.Constant(value=str(name))]):
                yield name


def _end_of_header(lines: list[str]) -> int:
    """The number of lines of the file's header: jupytext's settings between two lines `# ---`."""
    if lines[:1] != ["# ---"]:
        return 0
    return next((i + 1 for i, line in enumerate(lines) if i and line == "# ---"), 0)


def _cell(lines: list[str], mark: str, line: int, path: str) -> Cell:
    try:
        role = Role(mark.removeprefix("# %%").strip())
    except ValueError:
        known = ", ".join(f"`# %% {role}`".replace(" `", "`") for role in Role)
        raise CourseError(f"{path}, line {line - 1}: unknown cell mark `{mark}`; there are {known}") from None
    if role is Role.TEXT:
        lines = [_uncommented(text, line + i, path) for i, text in enumerate(lines)]
    return Cell(role, "\n".join(lines).strip("\n"), line)


def _uncommented(text: str, line: int, path: str) -> str:
    if text.startswith("# ") or text in ("#", ""):
        return text[2:]
    raise CourseError(f"{path}, line {line}: text cells are comments; begin the line with `# `")
