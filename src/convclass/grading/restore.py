"""A submitted nbgrader notebook with its cells marked as they were handed out, whatever became of them since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode, v4

from convclass.nbgrader_course import answer_cell, question_of

_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class HandedOut:
    """One cell as the gradebook knows it: nbgrader's marks, its type, and its source where that is locked."""

    marks: dict[str, Any]
    cell_type: str
    source: str

    @property
    def name(self) -> str:
        """The cell's grade_id."""
        return str(self.marks["grade_id"])

    @property
    def autograded(self) -> bool:
        """Whether its points come from its output."""
        return bool(self.marks["grade"] and not self.marks["solution"])


@dataclass(slots=True)
class Changes:
    """The names of the cells that a student changed, by what happened to them."""

    copied: list[str] = field(default_factory=list)
    retyped: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def lines(self) -> tuple[str, ...]:
        """One sentence for each kind of change."""
        told = (
            ("More than once there", self.copied, "Of a function that is defined again, the last one counts."),
            ("Made text or code", self.retyped, "Graded as what it was."),
            ("Edited, although locked", self.edited, "Its own text was put back."),
            ("Deleted, or without its mark", self.deleted, "Functions are graded by their names all the same."),
        )
        return tuple(f"{what}: {_listing(names)}. {so}" for what, names, so in told if names)


def _listing(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more cells" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def restore(nb: NotebookNode, notebook: Any) -> tuple[NotebookNode, tuple[str, ...]]:
    """Mark the cells of `nb` as nbgrader's `notebook` was handed out; returns it, and what had to be changed, in words.

    Of copies the last one keeps the mark. Check cells that are missing are put below the answer, else at the end.
    """
    known = {cell.name: cell for cell in _handed_out(notebook)}
    changes = Changes()
    places: dict[str, NotebookNode] = {}
    for cell in nb.cells:
        marks = cell.metadata.pop("nbgrader", None)
        name = marks.get("grade_id") if isinstance(marks, dict) else None
        if isinstance(name, str) and name in known:
            if name in places and name not in changes.copied:
                changes.copied.append(name)
            places[name] = cell
    for name, cell in places.items():
        _mark(cell, known[name], changes)
    changes.deleted += [name for name in known if name not in places]
    for missing in (known[name] for name in changes.deleted if known[name].autograded):
        _put_back(nb, missing, places)
    return nb, changes.lines()


def _mark(cell: NotebookNode, handed_out: HandedOut, changes: Changes) -> None:
    if cell.cell_type != handed_out.cell_type:
        changes.retyped.append(handed_out.name)
        _retype(cell, handed_out.cell_type)
    if handed_out.marks["locked"]:
        if _visible(cell.source) != _visible(handed_out.source):
            changes.edited.append(handed_out.name)
        cell.source = handed_out.source
    cell.metadata["nbgrader"] = dict(handed_out.marks)


def _visible(source: str) -> str:
    """What students are given of a cell: all but the hidden tests."""
    kept, hidden = [], False
    for line in source.split("\n"):
        hidden = hidden or "### BEGIN HIDDEN TESTS" in line
        if not hidden:
            kept.append(line)
        hidden = hidden and "### END HIDDEN TESTS" not in line
    return "\n".join(kept).strip()


def _retype(cell: NotebookNode, cell_type: str) -> None:
    for key in ("outputs", "execution_count", "attachments"):
        cell.pop(key, None)
    cell.cell_type = cell_type
    if cell_type == "code":
        cell.outputs, cell.execution_count = [], None


def _put_back(nb: NotebookNode, missing: HandedOut, places: dict[str, NotebookNode]) -> None:
    cell = v4.new_code_cell(missing.source, metadata={"nbgrader": dict(missing.marks)})
    answer = places.get(answer_cell(question_of(missing.name)))
    nb.cells.insert(_index(nb.cells, answer), without_id(cell, nb))


def without_id(cell: NotebookNode, nb: NotebookNode) -> NotebookNode:
    """A new cell as `nb` may have it: in the older formats cells have no ids."""
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        cell.pop("id", None)
    return cell


def _index(cells: Sequence[NotebookNode], above: NotebookNode | None) -> int:
    """The place below a cell; the end when there is no such cell."""
    return next((i + 1 for i, cell in enumerate(cells) if cell is above), len(cells))


def _handed_out(notebook: Any) -> Iterator[HandedOut]:
    grades = {cell.name for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    for cell in notebook.source_cells:
        marks = {
            "grade_id": cell.name,
            "grade": cell.name in grades,
            "solution": cell.name in solutions,
            "locked": cell.locked,
            "task": cell.name in tasks,
            "schema_version": 3,
            "checksum": cell.checksum,
            "cell_type": cell.cell_type,
            **({"points": points[cell.name]} if cell.name in points else {}),
        }
        yield HandedOut(marks, cell.cell_type, cell.source or "")
