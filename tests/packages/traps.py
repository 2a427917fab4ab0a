"""Notebooks that break nbgrader's grading, or try to: each is the same student's, changed in one way."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from nbformat import NotebookNode, v4

SCRIPT = (
    "<script>alert(1)</script> $\\\\href{javascript:alert(1)}{x}$ [y](javascript:alert(1)) <img src=x onerror=alert(1)>"
)


def forged_outputs(nb: NotebookNode) -> NotebookNode:
    """Every check cell claims full marks: in its output, and in what it says."""
    for cell in checks(nb):
        cell.outputs = [
            v4.new_output("execute_result", data={"text/plain": cell.source.count("x") and "1e9" or "12.0"})
        ]
        cell.source = "1000.0"
    return nb


def strange_values(nb: NotebookNode) -> NotebookNode:
    """The check cells' own values are what nbgrader takes for full marks: negative, or no number."""
    for number, cell in enumerate(checks(nb)):
        cell.source += "\n-1.0" if number % 2 else "\n'full marks'"
    return nb


def noisy(nb: NotebookNode) -> NotebookNode:
    """Every cell writes to stderr, which nbgrader takes for a failure."""
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.source += "\nimport sys\nprint('a warning', file=sys.stderr)"
            cell.outputs = [v4.new_output("stream", name="stderr", text="a warning")]
    return nb


def patches_score(nb: NotebookNode, mark: Path) -> NotebookNode:
    """Replaces what the hidden call would call, and leaves `mark` behind if any of it runs."""
    code = (
        f"import convclass.notebook\nconvclass.notebook.score = lambda question: 30.0\nopen({str(mark)!r}, 'w').close()"
    )
    nb.cells.insert(0, v4.new_code_cell(code))
    nb.cells[0].pop("id", None)
    nb.cells[0]["id"] = "patches"
    return nb


def without_marks(nb: NotebookNode) -> NotebookNode:
    """What is left when an editor throws away all metadata."""
    for cell in nb.cells:
        cell.metadata = NotebookNode()
    return nb


def deleted(nb: NotebookNode) -> NotebookNode:
    """All check cells and one answer are gone; the answer is written elsewhere."""
    answer = next(cell for cell in nb.cells if _name(cell) == "answer_conv2d")
    nb.cells = [cell for cell in nb.cells if not _name(cell).startswith("check_") and cell is not answer]
    nb.cells.append(v4.new_code_cell(answer.source, id="elsewhere"))
    return nb


def copied(nb: NotebookNode) -> NotebookNode:
    """An answer and a check were copied, and pasted above with their marks."""
    for name in ("answer_conv2d", "check_im2col"):
        place = next(i for i, cell in enumerate(nb.cells) if _name(cell) == name)
        again = copy.deepcopy(nb.cells[place])
        again["id"] = f"copy_of_{name}"
        again.source = "def conv2d(*anything):\n    return None" if name.startswith("answer") else again.source
        nb.cells.insert(place, again)
    return nb


def retyped(nb: NotebookNode) -> NotebookNode:
    """An answer became text and a check raw, as one key in a notebook does."""
    for i, cell in enumerate(nb.cells):
        if _name(cell) in ("answer_im2col", "check_conv2d"):
            make = v4.new_markdown_cell if _name(cell).startswith("answer") else v4.new_raw_cell
            nb.cells[i] = make(cell.source, metadata=cell.metadata, id=cell["id"])
    return nb


def wrong_marks(nb: NotebookNode) -> NotebookNode:
    """Marks that end nbgrader's run for the whole class: another version, no name, a name that is none."""
    marks = [cell.metadata["nbgrader"] for cell in nb.cells if _name(cell)]
    marks[0]["schema_version"] = 99
    del marks[1]["grade_id"]
    marks[2]["grade_id"] = ["check"]
    marks[3]["points"] = 1000
    marks[4].clear()
    return nb


def hostile(nb: NotebookNode) -> NotebookNode:
    """A module that cannot be loaded and says so in HTML, Markdown and TeX."""
    first = next(cell for cell in nb.cells if cell.cell_type == "code")
    first.source = f'print("{SCRIPT}")\nclass Loud:\n    raise ValueError("{SCRIPT}")\n' + first.source
    return nb


def old_format(nb: NotebookNode) -> NotebookNode:
    """Format 4.4, in which cells have no ids, without one check cell."""
    nb.nbformat_minor = 4
    nb.cells = [cell for cell in nb.cells if _name(cell) != "check_conv2d"]
    for cell in nb.cells:
        del cell["id"]
    return nb


def odd_fields(nb: NotebookNode) -> str:
    """Cells that nbgrader stumbles over and that can be graded all the same: no metadata, unknown fields."""
    content = json.loads(json.dumps(nb))
    for cell in content["cells"]:
        del cell["metadata"]
        cell["unknown"] = 1
    return json.dumps(content)


def checks(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if _name(cell).startswith("check_")]


def _name(cell: NotebookNode) -> str:
    name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return name if isinstance(name, str) else ""
