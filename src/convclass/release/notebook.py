"""The notebook a student may fill in instead of the module: the same cells, and a check below every question."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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


def notebook_of(cells: Iterable[tuple[str, str]], generated_from: str) -> str:
    """An .ipynb file with these cells, each its kind (markdown, code, raw) and its text. Needs nbformat."""
    return notebook_file(nodes(cells), {"convclass": {"generated_from": generated_from}})


def notebook_file(cells: list[Any], metadata: dict[str, Any]) -> str:
    """An .ipynb file with these nodes, and with `metadata` besides that of every notebook of ours."""
    nbformat = author_library("nbformat")
    ours = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    content = nbformat.v4.new_notebook(cells=cells, metadata={**ours, **metadata})
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


def nodes(cells: Iterable[tuple[str, str]]) -> list[Any]:
    """The cells as nbformat has them, with ids made from their content: unchanged cells keep theirs in a re-release."""
    v4 = author_library("nbformat").v4
    make = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell, "raw": v4.new_raw_cell}
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for cell in cells:
        kind, text = cell
        identifier = hashlib.sha256(f"{kind}\n{seen[cell]}\n{text}".encode()).hexdigest()[:12]
        seen[cell] += 1
        made.append(make[kind](text, id=identifier))
    return made
