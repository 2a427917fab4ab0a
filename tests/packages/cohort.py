"""Six students of each assignment, as notebooks: the same ones go through every tool, and the scores must agree."""

from __future__ import annotations

import ast
import copy
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from convclass.course import Assignment, assignments

COURSE = Path(__file__).parents[2]
ASSIGNMENTS = assignments(COURSE)
FIRST, *OTHERS = ASSIGNMENTS
EACH = [FIRST, *(pytest.param(one, marks=pytest.mark.exhaustive) for one in OTHERS)]
SIZE = 6


def chosen(request: pytest.FixtureRequest, parameter: str) -> list[Assignment]:
    """The assignments that this file's tests which are to be run have as that parameter; the first one always."""
    here = [item for item in request.session.items if item.path == request.path]
    named = [item.callspec.params.get(parameter) for item in here if hasattr(item, "callspec")]
    return [one for one in ASSIGNMENTS if one is FIRST or one in named]


def sources(assignment: Assignment) -> dict[str, str]:
    """The code of six students of the sample class whose scores differ most, by a plain name each."""
    folder = assignment.autograder / "sample_class"
    expected = tomllib.loads(folder.with_suffix(".toml").read_text("utf-8"))
    graded = [(about["score"], student) for student, about in sorted(expected.items()) if "score" in about]
    written = {student: code for _, student in graded if (code := _code(folder / student, assignment)) is not None}
    ranked = sorted((score, student) for score, student in graded if student in written)
    steps = (len(ranked) - 1) / (SIZE - 1)
    chosen = [ranked[round(i * steps)][1] for i in range(SIZE)]
    return {f"student{i}": written[student] for i, student in enumerate(chosen)}


def answered(notebook: nbformat.NotebookNode, source: str) -> nbformat.NotebookNode:
    """The notebook with a student's definitions in the cells that ask for them, and all other code in the first one."""
    answered = copy.deepcopy(notebook)
    cells = [cell for cell in answered.cells if cell.cell_type == "code"]
    asked = {name: cell for cell in cells for name in _defined(cell.source)}
    rest: list[str] = []
    parts: dict[str, list[str]] = {}
    for statement in ast.parse(source).body:
        text = _text(source, statement)
        cell = asked.get(getattr(statement, "name", ""))
        (rest if cell is None else parts.setdefault(cell["id"], [])).append(text)
    for cell in cells:
        if cell["id"] in parts:
            cell.source = "\n\n\n".join(parts[cell["id"]])
    first = next(cell for cell in cells if cell["id"] not in parts)
    first.source = "\n".join(rest)
    return answered


def _text(source: str, statement: ast.stmt) -> str:
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
    return "\n".join(source.split("\n")[first - 1 : statement.end_lineno])


def _defined(code: str) -> list[str]:
    try:
        body: list[Any] = ast.parse(code).body
    except SyntaxError:
        return []
    return [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def _code(folder: Path, assignment: Assignment) -> str | None:
    file = folder / f"{assignment.module}.py"
    if not file.is_file():
        return None
    code = file.read_bytes()
    try:
        text = code.decode()
        ast.parse(text)
    except (UnicodeDecodeError, SyntaxError, ValueError):
        return None
    return text
