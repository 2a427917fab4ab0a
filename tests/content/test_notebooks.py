"""Every notebook, run from top to bottom in a kernel: as it is given out, and with the solution in place."""

import shutil
from contextlib import closing
from pathlib import Path

import nbformat
import pytest

from convclass.course import Assignment, assignments, find_course
from convclass.grading.single import Grader
from convclass.release.module import module
from convclass.release.notebook import solved_notebook
from convclass.release.source import Role, question_names, read_source
from convclass.release.writer import released_files, write

nbclient = pytest.importorskip("nbclient", reason="nbclient is missing; pip install 'convclass[test]'")
pytest.importorskip("ipykernel", reason="ipykernel is missing; pip install 'convclass[test]'")

COURSE = find_course(Path(__file__).parents[2])
every_assignment = pytest.mark.parametrize("assignment", assignments(COURSE), ids=lambda a: a.name)


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
def test_the_notebook_as_given_out_reports_every_question_as_not_attempted(assignment, kernel, tmp_path):
    folder = copied(assignment.released, tmp_path)
    done = kernel(nbformat.read(folder / f"{assignment.module}.ipynb", as_version=4), folder)
    assert [question for question, _ in answers(done)] == questions(assignment)
    assert unlike(done, "not attempted") == []


@pytest.mark.slow
@every_assignment
def test_the_notebook_with_the_solution_passes_every_check(assignment, kernel, tmp_path):
    folder = copied(assignment.released, tmp_path)
    done = kernel(nbformat.reads(solved_notebook(read_source(assignment)), as_version=4), folder)
    assert [question for question, _ in answers(done)] == questions(assignment)
    assert unlike(done, "passed") == []


@pytest.fixture
def scaling(tiny_course):
    """The released folder of a small assignment, and its notebook."""
    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    return assignment.released, nbformat.read(assignment.released / "scaling.ipynb", as_version=4)


@pytest.mark.slow
def test_every_check_in_a_running_kernel_is_answered_by_a_page_on_the_function_as_it_stands(kernel, scaling):
    folder, notebook = scaling
    for body in ("x + factor", "x * factor"):
        notebook.cells += [nbformat.v4.new_code_cell(f"def scale(x, factor=2):\n    return {body}")]
        notebook.cells += [nbformat.v4.new_code_cell('check("scale")')]
    done = kernel(notebook, folder)
    shown = answers(done)
    assert [question for question, _ in shown] == ["scale", "shift", "scale", "scale"]
    assert all(set(data) >= {"text/html", "text/plain"} for _, data in shown)
    stub, _, wrong, right = (data["text/html"] for _, data in shown)
    assert "not attempted" in stub and "factor added" not in stub
    assert "factor added" in wrong and "factor added" not in right
    assert [len(unlike(done, words)) for words in ("passed", "not attempted", "wrong answer")] == [3, 2, 3]


@pytest.mark.slow
def test_a_cell_that_crashes_stops_the_run(kernel, scaling):
    folder, notebook = scaling
    notebook.cells = [nbformat.v4.new_code_cell("1 / 0")]
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        kernel(notebook, folder)


DEMOS = """%matplotlib inline
!pip install seaborn
import matplotlib.pyplot as plt
open("MARKER", "w").close()
print(output_size(7, 3))
plt.imshow(cross_correlate2d(np.eye(4), np.eye(2)))"""


@pytest.mark.slow
def test_a_notebook_is_graded_as_the_same_module_is_and_what_only_tries_things_out_is_listed(tmp_path):
    assignment = assignments(COURSE)[0]
    source = read_source(assignment)

    def wrong(text):
        return text.replace("(window * kernel).sum()", "(window * kernel[::-1, ::-1]).sum()")

    content = nbformat.reads(wrong(solved_notebook(source)), as_version=4)
    demo = DEMOS.replace("MARKER", str(tmp_path / "marker"))
    content.cells.insert(len(content.cells) // 2, nbformat.v4.new_code_cell(demo))
    content.cells.append(nbformat.v4.new_code_cell("%%bash\nrm -rf ."))
    nbformat.write(content, tmp_path / "convolution.ipynb")
    (tmp_path / "convolution.py").write_text(wrong(module(source)))
    with closing(Grader(assignment)) as grader:
        done = [grader.grade(tmp_path / f"convolution.{kind}", "a student") for kind in ("ipynb", "py")]
    told = [[(test.name, test.score, test.verdict, test.mistake) for test in result.tests] for result in done]
    assert told[0] == told[1]
    assert 0 < done[0].score < done[0].max_score
    assert len([notice for notice in done[0].notices if notice.startswith("left out: ")]) == len(DEMOS.splitlines()) + 1
    assert done[1].notices == ()
    assert not (tmp_path / "marker").exists()
