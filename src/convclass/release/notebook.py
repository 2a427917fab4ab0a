"""The notebook a student may fill in instead of the module: the same cells, and a check below every question."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from convclass.release.author import author_library
from convclass.release.regions import without_markers, without_solutions
from convclass.release.source import Cell, Role, Source, question_names

Code = Callable[[Cell, str], str]
"""The text of a code cell, with or without its solution; the second argument is the source's path, for errors."""

IMPORT = "from convclass.notebook import check  # check(name) runs the public tests of one function"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(source: Source) -> str:
    """The student's .ipynb file: no outputs, cell ids that depend on the cells alone. Needs nbformat."""
    return _written(source, without_solutions)


def solved_notebook(source: Source) -> str:
    """The same file with the solution in place: what a student's looks like at the end. Needs nbformat."""
    return _written(source, without_markers)


def _written(source: Source, code: Code) -> str:
    return notebook_of(_cells(source, code), source.path)


def notebook_of(cells: Iterator[tuple[str, str]], generated_from: str) -> str:
    """An .ipynb file with these cells, each its kind (markdown, code, raw) and its text. Needs nbformat."""
    nbformat = author_library("nbformat")
    content = nbformat.v4.new_notebook(
        cells=_with_ids(cells),
        metadata={
            "convclass": {"generated_from": generated_from},
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(content)
    text: str = nbformat.writes(content, indent=1, sort_keys=True, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


def _cells(source: Source, code: Code) -> Iterator[tuple[str, str]]:
    """Kind and text of every cell. The import for the checks goes below the first code cell, the module's imports."""
    imported = False
    for cell in source.cells:
        if cell.role is Role.TEXT:
            yield "markdown", cell.text
        elif cell.role is Role.PUBLIC:
            yield from (("code", f'check("{name}")') for name in question_names(cell))
        else:
            yield "code", code(cell, source.path)
            if not imported:
                yield "code", IMPORT
            imported = True


def _with_ids(cells: Iterator[tuple[str, str]]) -> list[dict[str, Any]]:
    return [_node(kind, text, identifier) for (kind, text), identifier in identified(cells)]


def identified(cells: Iterator[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    """Each cell with an id made from its content, so that a re-release keeps the ids of unchanged cells."""
    seen: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        kind, text = cell
        yield cell, hashlib.sha256(f"{kind}\n{seen[cell]}\n{text}".encode()).hexdigest()[:12]
        seen[cell] += 1


def _node(kind: str, text: str, identifier: str) -> dict[str, Any]:
    v4 = author_library("nbformat").v4
    make = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell, "raw": v4.new_raw_cell}[kind]
    node: dict[str, Any] = make(text, id=identifier)
    return node
