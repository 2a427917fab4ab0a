"""otter-grader's own commands on what `convclass release --to otter` writes, and on six students of each assignment.

`make test` takes the first assignment, `make test-all` all of them.
"""

import io
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from packages.cohort import COURSE, EACH, FIRST, SIZE, chosen
from packages.otter_class import CONVCLASS, grade_class, otter
from sandbox.levels import at_level, unreachable

from convclass.release.leaks import leaks, secrets
from convclass.release.module import module
from convclass.release.notebook import notebook
from convclass.release.otter import write_package
from convclass.release.source import read_source

pytest.importorskip("otter", reason="otter-grader is missing; pip install 'convclass[otter]'")
pytestmark = pytest.mark.slow

every_assignment = pytest.mark.parametrize("graded", EACH, indirect=True, ids=lambda assignment: assignment.name)


@pytest.fixture(scope="module")
def classes(request, tmp_path_factory):
    """The assignments that the chosen tests are about, each to be assigned and graded, two at a time."""
    wanted = chosen(request, "graded")
    out = tmp_path_factory.mktemp("otter")
    list(write_package(wanted, out))
    with ThreadPoolExecutor(2) as pool:
        yield {one.name: pool.submit(grade_class, one, out / one.name) for one in wanted}


@pytest.fixture
def graded(request, classes):
    """One assignment, assigned and graded."""
    return classes[request.param.name].result()


@pytest.fixture
def first(classes):
    """The first one, for what one shows for all."""
    return classes[FIRST.name].result()


def by_question(results):
    """The points of each question, and what could be earned, in our results.json."""
    earned, possible = {}, {}
    for test in results["tests"]:
        question = test["extra_data"]["question"]
        earned[question] = earned.get(question, 0.0) + test["score"]
        possible[question] = possible.get(question, 0.0) + test["max_score"]
    return {name: (pytest.approx(earned[name], abs=1e-4), possible[name]) for name in earned}


def of_otter(results):
    return {test["name"]: (test["score"], test["max_score"]) for test in results["tests"] if "score" in test}


@every_assignment
def test_otter_gives_the_scores_of_convclass_grade(graded):
    assert len(graded.otter) == len(graded.convclass) == SIZE
    ours = {student: result["score"] for student, result in graded.convclass.items()}
    assert {student: round(total, 4) for student, total in graded.totals.items()} == ours
    assert len(set(ours.values())) >= SIZE - 1  # a comparison of equal scores would show nothing
    for student, result in graded.convclass.items():
        assert of_otter(graded.otter[student]) == by_question(result)


@every_assignment
def test_otter_tells_students_what_convclass_tells_them_and_no_more(graded):
    named = set()
    for student, result in graded.convclass.items():
        known = {line for test in result["tests"] for line in test["output"].splitlines()}
        known |= {f"{test['name'].split(': ', 1)[1]} result:" for test in result["tests"]}
        known |= {f"{question} results:" for question in by_question(result)}
        known |= {f"{question} results: All test cases passed!" for question in by_question(result)}
        shown = graded.otter[student]["tests"]
        told = [line.strip().lstrip("❌✅ ") for test in shown for line in test["output"].splitlines() if line.strip()]
        assert set(told) <= known
        mistakes = {test["extra_data"]["misconception"] for test in result["tests"]} - {None}
        assert all(any(line.startswith(f"{mistake}: ") for line in told) for mistake in mistakes)
        named |= mistakes
        assert graded.otter[student]["output"] == result["output"]
    assert named


@every_assignment
def test_the_students_version_holds_nothing_secret(graded):
    known = secrets(graded.assignment, read_source(graded.assignment))

    def contents(folder):
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    student = contents(graded.student)
    assert leaks(student, known) == ()
    assert leaks(contents(graded.autograder), known) != ()  # the search finds what is there
    assert {path.split("/")[0] for path in student} == {
        f"{graded.assignment.module}.ipynb", "README.md", "figures", "public", "tests",
    }  # fmt: skip
    assert not any(b"hidden=True" in content for content in student.values())


@every_assignment
def test_the_students_version_asks_what_the_released_notebook_asks(graded):

    def asked(cells):
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        return [text for text in code if "grader" not in text and "check(" not in text and "import check" not in text]

    given = nbformat.read(graded.student / f"{graded.assignment.module}.ipynb", as_version=4)
    ours = nbformat.reads(notebook(read_source(graded.assignment)), as_version=4)
    assert asked(given.cells) == asked(ours.cells)
    checks = [cell.source for cell in given.cells if cell.source.startswith("grader.check(")]
    assert len(checks) == len([cell for cell in ours.cells if cell.source.startswith("check(")]) > 0


@every_assignment
def test_otter_check_of_the_solution(graded):
    solved = graded.autograder / f"{graded.assignment.module}.ipynb"
    done = otter("check", solved, folder=graded.student)
    assert (done.returncode, done.stdout.strip()) == (0, "All tests passed!"), done.stderr


def flipped(first):
    """A student of assignment 1 whose mistake has a name, as the source of a module."""
    right = module(read_source(first.assignment))
    wrong = right.replace("(window * kernel).sum()", "(window * kernel[::-1, ::-1]).sum()")
    assert wrong != right
    return wrong


def test_otter_check_names_the_mistake_in_a_module(first, tmp_path):
    wrong = flipped(first)
    (tmp_path / "mine.py").write_text(wrong)
    done = otter("check", tmp_path / "mine.py", folder=first.student)
    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    assert "cross_correlate2d results:" in told and "This looks like kernel flipped." in told
    assert "difference" in told and "* wrong" in told  # the matrices
    assert "output_size results: All test cases passed!" in told


def test_the_students_notebook_tells_the_diagnosis_and_exports_itself(first, kernel, tmp_path):
    folder = Path(shutil.copytree(first.student, tmp_path / "mine"))
    path = folder / "convolution.ipynb"
    given = nbformat.read(path, as_version=4)
    asked = next(cell for cell in given.cells if "def cross_correlate2d" in cell.source)
    asked.source = "def cross_correlate2d(image, kernel):\n    raise ValueError('<b>bold</b>')"
    nbformat.write(given, path)
    done = kernel(given, folder)
    shown = {
        cell.source.split('"')[1]: output.data
        for cell in done.cells if cell.source.startswith("grader.check(")
        for output in cell.outputs if output.output_type == "execute_result"
    }  # fmt: skip
    assert "not attempted" in shown["conv2d"]["text/html"]
    html = shown["cross_correlate2d"]["text/html"]
    assert "raised ValueError: ‹b>bold" in html and "<b>" not in html
    exported = zipfile.ZipFile(next(folder.glob("*.zip")))
    assert set(exported.namelist()) == {"convolution.ipynb", "__zip_filename__"}


def test_otter_run_grades_a_notebook_and_the_zip_that_grader_export_makes(first, tmp_path):
    student = "student2"
    submission = first.submission(student)
    packed = tmp_path / "handed_in.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(submission, submission.name)
        archive.writestr("__zip_filename__", packed.name)
    for number, path in enumerate((submission, packed)):
        out = tmp_path / str(number)
        out.mkdir()
        done = otter("run", path, "-a", first.package, "-o", out, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads((out / "results.json").read_text()) == first.otter[student]
        assert "in the sandbox at isolation" in done.stdout
        assert f"Total Score: {first.totals[student]:.3f} / 100.000" in done.stdout


def test_otter_run_grades_a_module(first, tmp_path):
    source = flipped(first)
    (tmp_path / "mine.py").write_text(source)
    done = otter("run", "mine.py", "-a", first.package, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = json.loads((tmp_path / "results.json").read_text())
    mine = tmp_path / "class" / "me"
    mine.mkdir(parents=True)
    (mine / "convolution.py").write_text(source)
    assert 0 < grade(tmp_path / "class", tmp_path / "out")["me"] == sum(score for score, _ in of_otter(shown).values())


def grade(folder, out):
    """The scores of `convclass grade` on a folder of students of the first assignment."""
    command = [*CONVCLASS, "grade", FIRST.name, str(folder), "--out", str(out), "--jobs", "1", "--no-progress"]
    done = subprocess.run(command, cwd=COURSE, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return {path.stem: json.loads(path.read_text())["score"] for path in (out / "results").glob("*.json")}


# What a student's code would do in the kernel that holds otter's tests. In a cell of its own it would run there; inside
# a function, and when a module is loaded, it runs in the sandbox.
FORGERY = """
def forge():
    import json, os, sys
    print("Total Score: 100.000 / 100.000 (100.000%)")
    marks = {"score": 100, "tests": [{"name": "conv2d", "score": 30.0, "max_score": 30.0}]}
    for folder in ("results", "../results", "/autograder/results", "."):
        try:
            with open(os.path.join(folder, "results.json"), "w") as file:
                json.dump(marks, file)
        except OSError:
            pass
    import otter.test_files.abstract_test as abstract
    from otter.test_files.exception_test import ExceptionTestFile

    def run(self, environment):
        self.test_case_results = [abstract.TestCaseResult(case, "", True) for case in self.test_cases]

    ExceptionTestFile.run = run
    open("MARKER", "w").close()
"""


def forging(first, tmp_path, marker):
    """A notebook with nothing right in it, and the forgery in a cell, in a function and in a default argument."""
    given = nbformat.read(first.student / "convolution.ipynb", as_version=4)
    forge = FORGERY.replace("MARKER", str(marker))
    asked = next(cell for cell in given.cells if "def output_size" in cell.source)
    asked.source = f"{forge}\n\ndef output_size(*a, now=[forge], **k):\n    now[0]()\n    return -7\n"
    given.cells.insert(1, nbformat.v4.new_code_cell(f"{forge}\nforge()"))
    path = tmp_path / "convolution.ipynb"
    nbformat.write(given, path)
    return path


def without_plugin(package, tmp_path):
    """The same autograder, less the plugin."""
    path = tmp_path / "without.zip"
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "otter_config.json":
                content = json.dumps({k: v for k, v in json.loads(content).items() if k != "plugins"}).encode()
            new.writestr(item, content)
    return path


def run(first, package, submission, tmp_path):
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    done = otter("run", submission, "-a", package, "-o", out, "--no-logo", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "results.json").read_text())


def test_nothing_that_a_notebook_does_forges_a_score(first, tmp_path):
    marker = tmp_path / "marker"
    submission = forging(first, tmp_path, marker)
    shown = run(first, first.package, submission, tmp_path)
    assert {score for score, _ in of_otter(shown).values()} == {0.0}
    assert not marker.exists()
    forged = run(first, without_plugin(first.package, tmp_path), submission, tmp_path)
    assert sum(score for score, _ in of_otter(forged).values()) == 100.0  # without the plugin it succeeds
    assert marker.exists()


def test_without_the_plugin_an_honest_notebook_gets_nothing(first, tmp_path):
    shown = run(first, without_plugin(first.package, tmp_path), first.submission("student5"), tmp_path)
    assert {score for score, _ in of_otter(shown).values()} == {0.0}
    assert "which did not run" in json.dumps(shown)


class Runs:
    """An object whose unpickling makes a file."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), "w")


def test_what_else_a_zip_holds_is_neither_run_nor_unpickled_nor_believed(first, tmp_path):
    """A log that otter would unpickle, modules that its kernel would import, another exam and other tests."""
    marks = {name: tmp_path / name for name in ("log", "module")}
    log = io.BytesIO()
    pickle.dump(Runs(marks["log"]), log)
    code = f"open({str(marks['module'])!r}, 'w').close()\nraise SystemExit"
    packed = tmp_path / "handed_in.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(first.submission("student1"), "convolution.ipynb")
        archive.writestr(".OTTER_LOG", log.getvalue())
        for name in ("otter/__init__.py", "pandas/__init__.py", "exam/autograder/__init__.py", "tests/conv2d.py"):
            archive.writestr(name, code)
    assert run(first, first.package, packed, tmp_path) == first.otter["student1"]
    assert [name for name, path in marks.items() if path.exists()] == []
    run(first, without_plugin(first.package, tmp_path), packed, tmp_path)
    assert [name for name, path in marks.items() if path.exists()] == ["log", "module"]  # without the plugin both are


def test_a_module_with_the_name_of_an_installed_one_is_refused(first, tmp_path):
    (tmp_path / "pandas.py").write_text("raise SystemExit")
    done = otter("run", "pandas.py", "-a", first.package, folder=tmp_path)
    assert done.returncode == 1
    assert "pandas.py: has the name of an installed module" in done.stderr
    assert not (tmp_path / "results.json").exists()


@pytest.fixture
def anybody():
    """A folder where everybody may write, which those below pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="otter") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def test_without_a_sandbox_there_is_an_error_and_no_score(first, anybody):
    if reason := unreachable("E"):
        pytest.skip(reason)
    shutil.copy(first.submission("student5"), anybody)
    shutil.copy(first.package, anybody / "autograder.zip")
    program = "from otter.cli import cli; cli()"
    command = [*at_level("E"), sys.executable, "-c", program, "run", "convolution.ipynb", "--no-logo"]
    done = subprocess.run(command, cwd=anybody, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0
    assert "CourseError" in done.stderr and "isolation" in done.stderr, done.stderr
    assert not (anybody / "results.json").exists()
