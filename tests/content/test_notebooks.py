"""Every notebook, run from top to bottom in a kernel: as it is given out, and with the solution in place."""

import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from convclass.course import Assignment, assignments, find_course
from convclass.release.notebook import solved_notebook
from convclass.release.source import Role, question_names, read_source
from convclass.release.writer import released_files, write

nbclient = pytest.importorskip("nbclient", reason="nbclient is missing; pip install 'convclass[test]'")
pytest.importorskip("ipykernel", reason="ipykernel is missing; pip install 'convclass[test]'")

COURSE = find_course(Path(__file__).parents[2])
every_assignment = pytest.mark.parametrize("assignment", assignments(COURSE), ids=lambda a: a.name)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a notebook in a folder, in this Python's kernel, whatever kernels and settings the machine has."""
    kernel = tmp_path / "jupyter/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def run(notebook, folder):
        where = {"metadata": {"path": str(folder)}}
        return nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()

    return run


def copied(released: Path, tmp_path: Path) -> Path:
    """A student's own copy of a released folder."""
    return Path(shutil.copytree(released, tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")))


def answers(notebook) -> list[tuple[str, dict[str, str]]]:
    """The question of every check cell with what the cell shows, by its kind."""
    checks = [cell for cell in notebook.cells if cell.source.startswith("check(")]
    return [(cell.source.split('"')[1], dict(output.data)) for cell in checks for output in cell.outputs]


def unlike(notebook, words: str) -> list[str]:
    """What check cells answer other than, as a page and as text, that a test of their question is `words`."""
    return [
        line
        for question, shown in answers(notebook)
        for line in shown["text/plain"].splitlines() or ["nothing"]
        if not line.startswith(f"{question}: {words}.") or words not in shown["text/html"]
    ]


def questions(assignment: Assignment) -> list[str]:
    return [name for cell in read_source(assignment).of(Role.PUBLIC) for name in question_names(cell)]


@pytest.mark.slow
@every_assignment
def test_the_notebook_as_given_out_reports_every_question_as_not_attempted(assignment, run, tmp_path):
    folder = copied(assignment.released, tmp_path)
    done = run(nbformat.read(folder / f"{assignment.module}.ipynb", as_version=4), folder)
    assert [question for question, _ in answers(done)] == questions(assignment)
    assert unlike(done, "not attempted") == []


@pytest.mark.slow
@every_assignment
def test_the_notebook_with_the_solution_passes_every_check(assignment, run, tmp_path):
    folder = copied(assignment.released, tmp_path)
    done = run(nbformat.reads(solved_notebook(read_source(assignment)), as_version=4), folder)
    assert [question for question, _ in answers(done)] == questions(assignment)
    assert unlike(done, "passed") == []


@pytest.fixture
def scaling(tiny_course):
    """The released folder of a small assignment, and its notebook."""
    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    return assignment.released, nbformat.read(assignment.released / "scaling.ipynb", as_version=4)


@pytest.mark.slow
def test_every_check_in_a_running_kernel_is_answered_by_a_page_on_the_function_as_it_stands(run, scaling):
    folder, notebook = scaling
    for body in ("x + factor", "x * factor"):
        notebook.cells += [nbformat.v4.new_code_cell(f"def scale(x, factor=2):\n    return {body}")]
        notebook.cells += [nbformat.v4.new_code_cell('check("scale")')]
    done = run(notebook, folder)
    shown = answers(done)
    assert [question for question, _ in shown] == ["scale", "shift", "scale", "scale"]
    assert all(set(data) >= {"text/html", "text/plain"} for _, data in shown)
    stub, _, wrong, right = (data["text/html"] for _, data in shown)
    assert "not attempted" in stub and "factor added" not in stub
    assert "factor added" in wrong and "factor added" not in right
    assert [len(unlike(done, words)) for words in ("passed", "not attempted", "wrong answer")] == [3, 2, 3]


@pytest.mark.slow
def test_a_cell_that_crashes_stops_the_run(run, scaling):
    folder, notebook = scaling
    notebook.cells = [nbformat.v4.new_code_cell("1 / 0")]
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        run(notebook, folder)
