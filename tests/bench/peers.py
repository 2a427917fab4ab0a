"""The same homework for the other tools, made by code: otter-grader, nbgrader, and pytest in a fresh process."""

from __future__ import annotations

import copy
import csv
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from bench.measure import Usage, run
from bench.students import Programme
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

SUPPORT = ("recorded_calls.py", "calls.pt")


@dataclass(frozen=True)
class Graded:
    """What one tool did in one round: what it used, and who got full marks."""

    usage: Usage
    submissions: int
    full_marks: dict[str, bool]


@dataclass(frozen=True)
class Homework:
    """What every peer is made from: the solution, and a folder with the recorded calls."""

    solution: str
    questions: tuple[str, ...]
    support: Path

    def copy_support(self, folder: Path) -> None:
        """Put the recorded calls and the code that runs them into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in SUPPORT:
            shutil.copy(self.support / name, folder)


@dataclass(frozen=True)
class Venv:
    """A virtual environment to run commands of."""

    folder: Path

    def __truediv__(self, program: str) -> Path:
        return self.folder / "bin" / program

    def environment(self, home: Path) -> dict[str, str]:
        """What its commands see: their own programs first, one thread, and a home without anyone's settings."""
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": f"{(self.folder / 'bin').resolve()}:{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }


class Otter:
    """otter-grader: `otter assign` makes the autograder once, `otter run` grades one submission per process."""

    name = "otter run"

    def __init__(self, venv: Venv, homework: Homework, folder: Path) -> None:
        self._otter, self._environment = venv / "otter", venv.environment(folder / "home")
        self._folder = folder
        homework.copy_support(folder)
        nbformat.write(_notebook(_otter_master(homework)), folder / "convolution.ipynb")
        run([self._otter, "assign", "convolution.ipynb", "dist"], folder=folder, environment=self._environment)
        self._released = nbformat.read(folder / "dist/student/convolution.ipynb", as_version=4)
        (self._autograder,) = (folder / "dist/autograder").glob("*autograder*.zip")

    def grade(self, programmes: Sequence[Programme], folder: Path) -> Graded:
        """Grade each programme with a process of its own."""
        full, total = {}, Usage(0, 0)
        for programme in programmes:
            out = folder / programme.name
            out.mkdir(parents=True)
            nbformat.write(_answered(self._released, programme), out / "convolution.ipynb")
            command = [self._otter, "run", "convolution.ipynb", "-a", self._autograder, "-o", out, "--no-logo"]
            usage, _ = run(command, folder=out, environment=self._environment)
            total += usage
            full[programme.name] = _otter_full_marks(out / "results.json")
        return Graded(total, len(programmes), full)


def _otter_master(homework: Homework) -> Iterable[nbformat.NotebookNode]:
    yield new_raw_cell(
        "# ASSIGNMENT CONFIG\n"
        "init_cell: false\n"
        "export_cell: false\n"
        "tests:\n  files: true\n  ok_format: false\n"
        f"autograder_files: [{', '.join(SUPPORT)}]\n"
    )
    for number, question in enumerate(homework.questions):
        yield new_raw_cell(f"# BEGIN QUESTION\nname: {question}\npoints: 1\n")
        yield new_markdown_cell(f"**{question}**")
        yield new_raw_cell("# BEGIN SOLUTION")
        yield new_code_cell(f"# BEGIN SOLUTION\n{'' if number else homework.solution}\n# END SOLUTION")
        yield new_raw_cell("# END SOLUTION")
        yield new_raw_cell("# BEGIN TESTS")
        yield new_code_cell(f"# HIDDEN\ndef test_{question}(env):\n    {_check_line(question, 'env')}")
        yield new_raw_cell("# END TESTS")
        yield new_raw_cell("# END QUESTION")


def _otter_full_marks(results: Path) -> bool:
    tests = [test for test in json.loads(results.read_text())["tests"] if "max_score" in test]
    return sum(test["score"] for test in tests) == sum(test["max_score"] for test in tests) > 0


class Nbgrader:
    """nbgrader: one `nbgrader autograde` for the whole class."""

    name = "nbgrader autograde"

    def __init__(self, venv: Venv, homework: Homework, folder: Path) -> None:
        self._nbgrader, self._environment = venv / "nbgrader", venv.environment(folder / "home")
        self._course = folder / "course"
        source = self._course / "source" / "01_convolution"
        homework.copy_support(source)
        nbformat.write(_notebook(_nbgrader_source(homework)), source / "convolution.ipynb")
        (self._course / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'bench'\nc.CourseDirectory.root = '.'\n"
        )
        self._run(self._course, "generate_assignment", "01_convolution")
        released = self._course / "release" / "01_convolution" / "convolution.ipynb"
        self._released = nbformat.read(released, as_version=4)

    def grade(self, programmes: Sequence[Programme], folder: Path) -> Graded:
        """Grade all programmes with one command, in a fresh copy of the course."""
        shutil.copytree(self._course, folder)
        for programme in programmes:
            place = folder / "submitted" / programme.name / "01_convolution"
            place.mkdir(parents=True)
            nbformat.write(_answered(self._released, programme), place / "convolution.ipynb")
        usage = self._run(folder, "autograde", "01_convolution")
        self._run(folder, "export", "--to", "grades.csv")
        with (folder / "grades.csv").open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        full = {row["student_id"]: float(row["score"] or 0) == float(row["max_score"]) > 0 for row in rows}
        return Graded(usage, len(programmes), full)

    def _run(self, folder: Path, *words: str) -> Usage:
        usage, _ = run([self._nbgrader, *words], folder=folder, environment=self._environment)
        return usage


def _nbgrader_source(homework: Homework) -> Iterable[nbformat.NotebookNode]:
    solution = f"### BEGIN SOLUTION\n{homework.solution}\n### END SOLUTION"
    yield _nbgrader_cell(solution, grade_id="answer", solution=True)
    for question in homework.questions:
        test = f"### BEGIN HIDDEN TESTS\n{_check_line(question, 'globals()')}\n### END HIDDEN TESTS"
        yield _nbgrader_cell(test, grade_id=f"test_{question}", grade=True, locked=True, points=1)


def _nbgrader_cell(source: str, **marks: object) -> nbformat.NotebookNode:
    plain = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return new_code_cell(source, metadata={"nbgrader": plain | marks})


class FreshPytest:
    """pytest, started anew for each submission, with one test per question."""

    name = "fresh pytest"

    def __init__(self, venv: Venv, homework: Homework, folder: Path) -> None:
        self._python = venv / "python"
        self._environment = venv.environment(folder / "home") | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self._folder = folder / "homework"
        homework.copy_support(self._folder)
        tests = (f"def test_{name}():\n    {_check_line(name, 'vars(convolution)')}\n" for name in homework.questions)
        (self._folder / "test_recorded.py").write_text("import convolution\n\n" + "\n".join(tests))

    def grade(self, programmes: Sequence[Programme], folder: Path) -> Graded:
        """Grade each programme with a process of its own."""
        full, total = {}, Usage(0, 0)
        for programme in programmes:
            place = folder / programme.name
            shutil.copytree(self._folder, place)
            (place / "convolution.py").write_text(programme.source)
            command = [self._python, "-m", "pytest", "-q", "--tb=short", "test_recorded.py"]
            usage, done = run(command, folder=place, environment=self._environment, good=(0, 1))
            total += usage
            full[programme.name] = done.returncode == 0
        return Graded(total, len(programmes), full)


def _check_line(question: str, functions: str) -> str:
    return f'import recorded_calls; recorded_calls.check("{question}", {functions})'


def _notebook(cells: Iterable[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=list(cells), metadata=kernel)


def _answered(released: nbformat.NotebookNode, programme: Programme) -> nbformat.NotebookNode:
    """The released notebook with the student's module in its first cell of code, the one to be filled in."""
    notebook = copy.deepcopy(released)
    answer = next(cell for cell in notebook.cells if cell.cell_type == "code")
    answer.source = programme.source
    return notebook
