"""The parts of our nbgrader course, one by one, over a course of one small assignment."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from packages.nbgrader_commands import Nbgrader, convclass
from tinycourse import write_tiny_course

from convclass.course import Assignment, CourseError
from convclass.exam.results import NamedMistake, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.notebook import NotRight, check, score
from convclass.release.writer import released_files, write
from convclass.report.comment import comment
from convclass.report.summary import questions

pytest.importorskip("nbgrader", reason="nbgrader is missing; pip install 'convclass[nbgrader]'")

from nbgrader import api  # noqa: E402
from nbgrader.preprocessors import OverwriteCells  # noqa: E402

from convclass.gradebook.nbgrader import write_scores  # noqa: E402
from convclass.grading.autograde import fill_in  # noqa: E402
from convclass.release.nbgrader import CONFIG, write_package  # noqa: E402

NAME = "06_scaling"
RIGHT = "def scale(x, factor=2):\n    return x / (1 / factor)"
WRONG = "def scale(x, factor=2):\n    return x + factor"
SHIFT = "def shift(x, by):\n    return x + by"
BROKEN = "    raise RuntimeError('a mistake of ours')\n"
OTHER = "other"
OWN = "assert False  # a test of the instructor's own"


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """The nbgrader course, as `release` makes it, with an autograde cell that the instructor added."""
    base = tmp_path_factory.mktemp("tiny")
    assignment = Assignment(NAME, write_tiny_course(base / "course"))
    write(released_files(assignment), assignment.released)
    write_package([assignment], base / "nbgrader")
    path = base / "nbgrader/source" / NAME / "scaling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": "own", "points": 3, "schema_version": 3}
    notebook.cells.append(nbformat.v4.new_code_cell(OWN, metadata={"nbgrader": mark}, id="own"))
    nbformat.write(notebook, path)
    write_other_assignment(base / "nbgrader")
    Nbgrader(base / "nbgrader", base / "jupyter")("generate_assignment", "--assignment=*")
    shutil.copy(base / "nbgrader/gradebook.db", base / "nbgrader/fresh.db")
    return base / "nbgrader"


def write_other_assignment(course: Path) -> None:
    """An assignment of the same course that nothing of ours made, and a submission of it that earns 1 of 3 points."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for name, source, marks in (
        ("answer", "### BEGIN SOLUTION\nx = 2\n### END SOLUTION", {"solution": True, "grade": False, "locked": False}),
        ("test_a", "assert x", {"solution": False, "grade": True, "locked": True, "points": 1}),
        ("test_b", "assert x == 2", {"solution": False, "grade": True, "locked": True, "points": 2}),
    ):
        mark = {"nbgrader": {**marks, "grade_id": name, "schema_version": 3}}
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata=mark, id=name))
    for path, answer in (("source", notebook.cells[0].source), ("submitted/eve", "x = 1")):
        notebook.cells[0].source = answer
        (course / path / OTHER).mkdir(parents=True)
        nbformat.write(notebook, course / path / OTHER / "other.ipynb")


@pytest.fixture
def nbgrader(course) -> Nbgrader:
    return Nbgrader(course, course.parent / "jupyter")


def solved(course: Path, scale: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(course / "release" / NAME / "scaling.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.source.startswith("def "):
            cell.source = scale if cell.source.startswith("def scale") else SHIFT
    return notebook


def hand_in(course: Path, student: str, notebook: nbformat.NotebookNode) -> Path:
    path = course / "submitted" / student / NAME / "scaling.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def result(*tests: TestResult) -> SubmissionResult:
    return SubmissionResult(NAME, "ann", "0" * 64, "version", "A", "cpu", tests)


def one_test(verdict: Verdict, score: float, message: str = "", **about) -> TestResult:
    return TestResult("test_scale", "it scales", "scale", 4.0, score, verdict, message, **about)


@pytest.mark.slow
def test_a_mistake_of_ours_costs_nothing_and_asks_for_a_person(course, nbgrader, tmp_path):
    forged = solved(course, WRONG)
    for cell in forged.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "4.0"})]
    hand_in(course, "ann", forged)
    exam = course / "convclass_exam/autograder" / NAME / "test_hidden.py"
    text = exam.read_text()
    try:
        exam.write_text(text.replace('"""shift adds the amount"""\n', '"""shift adds the amount"""\n' + BROKEN))
        said = nbgrader("autograde", NAME, "--no-execute")  # which also keeps nbgrader from clearing outputs
    finally:
        exam.write_text(text)
    assert "ann: could not be judged: test_shift: RuntimeError: a mistake of ours" in said
    with api.Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        (book,) = gradebook.find_submission(NAME, "ann").notebooks
        grades = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in book.grades}
        comments = {one.name: one.comment or "" for one in book.comments}
    assert grades == {"check_scale": (0.0, False), "check_shift": (3.0, True), "own": (None, True)}
    assert "factor added" in comments["answer_scale"]
    assert "could not be graded (our mistake)" in comments["answer_shift"]
    graded = nbformat.read(course / "autograded/ann" / NAME / "scaling.ipynb", as_version=4)
    assert {cell.source for cell in graded.cells if cell.get("outputs")} == {
        "# Graded by ConvClass",
        *(cell.source for cell in graded.cells if cell.source.startswith("check(")),
    }


@pytest.mark.slow
def test_other_assignments_of_the_course_go_nbgraders_own_way(course, nbgrader):
    nbgrader("autograde", OTHER)
    with api.Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        (book,) = gradebook.find_submission(OTHER, "eve").notebooks
        assert {grade.name: grade.auto_score for grade in book.grades} == {"test_a": 1.0, "test_b": 0.0}


@pytest.mark.slow
def test_an_assignment_of_ours_without_its_exam_is_not_run_in_a_kernel(course, nbgrader, tmp_path):
    notebook = solved(course, RIGHT)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"open({str(tmp_path / 'ran')!r}, 'w').close()", id="ran"))
    hand_in(course, "dan", notebook)
    exams = course / "convclass_exam"
    exams.rename(course / "elsewhere")
    try:
        said = nbgrader("autograde", NAME, "--student=dan", expect=1)
    finally:
        (course / "elsewhere").rename(exams)
    assert "holds no exam of 06_scaling; run `convclass release --to nbgrader` again" in said
    assert not (tmp_path / "ran").exists() and not (course / "autograded/dan" / NAME / "scaling.ipynb").exists()


@pytest.mark.slow
def test_validate_tells_right_from_wrong(course, nbgrader, tmp_path):
    for name, scale in (("wrong", WRONG), ("right", RIGHT)):
        folder = shutil.copytree(course / "release" / NAME, tmp_path / name)
        notebook = solved(course, scale)
        notebook.cells = [cell for cell in notebook.cells if cell.source != OWN]
        nbformat.write(notebook, folder / "scaling.ipynb")
    said = nbgrader("validate", tmp_path / "wrong/scaling.ipynb")
    assert "VALIDATION FAILED ON 1 CELL(S)" in said
    assert "factor added: The factor multiplies; yours is added." in said and "..." not in said
    said = nbgrader("validate", tmp_path / "right/scaling.ipynb")
    assert "Success! Your notebook passes all the tests." in said
    assert "cannot be converted" not in said, "the value of a check is not taken for points"


@pytest.mark.slow
def test_the_hidden_call_works_in_any_kernel(course, nbgrader):
    path = course / "source" / NAME / "scaling.ipynb"
    said = nbgrader("validate", path)
    assert "VALIDATION FAILED ON 1 CELL(S)" in said and OWN in said, "only the instructor's own test fails"


@pytest.mark.slow
def test_score_is_that_of_the_notebook_as_saved(course, tmp_path):
    folder = course / "submitted/bob" / NAME
    path = hand_in(course, "bob", solved(course, RIGHT))
    assert (score("scale", folder), score("shift", folder)) == (4.0, 3.0)
    hand_in(course, "bob", solved(course, WRONG))
    assert score("scale", folder) == 0.0
    with pytest.raises(CourseError, match="scale, shift"):
        score("scael", folder)
    path.rename(path.with_name("other.ipynb"))
    with pytest.raises(CourseError, match="must keep its name"):
        score("scale", folder)
    with pytest.raises(CourseError, match="only there is an exam"):
        score("scale", tmp_path)


def test_check_raises_under_validate_only(course, monkeypatch):
    folder = course / "release" / NAME
    wrong = {"scale": lambda x, factor=2: x + factor}
    assert check("scale", wrong, folder).tests[0].verdict is Verdict.FAILED
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    with pytest.raises(NotRight, match="factor added"):
        check("scale", wrong, folder)
    assert check("scale", {"scale": lambda x, factor=2: x * factor}, folder) is None


def test_a_new_release_keeps_own_settings(course, tmp_path):
    assignment = Assignment(NAME, course.parent / "course")
    (tmp_path / CONFIG).write_text("# mine")
    with pytest.raises(CourseError, match="add these two lines"):
        write_package([assignment], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [CONFIG]
    mine = (course / CONFIG).read_text() + "# mine"
    (tmp_path / CONFIG).write_text(mine)
    written = write_package([assignment], tmp_path)
    assert (tmp_path / CONFIG).read_text() == mine and tmp_path / CONFIG not in written
    assert tmp_path / "source" / NAME / "scaling.ipynb" in written


def test_a_stale_release_is_refused(course, tmp_path):
    folder = shutil.copytree(course.parent / "course", tmp_path / "course")
    (folder / "assignments" / NAME / "test_public.py").write_text("# old")
    with pytest.raises(CourseError, match="run `convclass release` first"):
        write_package([Assignment(NAME, folder)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_points_of_another_exam_are_refused():
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": "check_scale", "points": 5.0}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", metadata={"nbgrader": mark})])
    with pytest.raises(CourseError, match="carries 5 points in the gradebook and 4 in the exam"):
        fill_in(notebook, result(one_test(Verdict.PASSED, 4.0)))


def test_rounding_never_goes_beyond_what_nbgrader_takes():
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": "check_scale", "points": 4.0}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", metadata={"nbgrader": mark})])
    fill_in(notebook, result(one_test(Verdict.PASSED, 4.0000000001)))
    assert notebook.cells[1].outputs[1].data["text/plain"] == "4.0"


def test_a_comment_holds_no_tag_link_or_formula():
    hostile = "<img src=x onerror=alert(1)> `[x](javascript:alert(1))` $\\href{javascript:alert(1)}{x}$\n# big"
    (summary,) = questions([one_test(Verdict.RAISED, 0.0, hostile)])
    told = comment(summary).split("\n\n")[1]
    assert told.startswith("`") and told.endswith("`") and told.count("`") == 2 and "\n" not in told


def test_a_comment_says_what_helps_and_nothing_when_all_is_right():
    mistake = NamedMistake("factor added", "The factor multiplies.")
    (summary,) = questions([one_test(Verdict.FAILED, 1.5, "wrong", mistake=mistake)])
    assert comment(summary) == (
        "**wrong answer**, 1.5 of 4 points.\n\nThis looks like *factor added*: The factor multiplies."
    )
    (summary,) = questions([one_test(Verdict.PASSED, 4.0)])
    assert comment(summary) == ""


def whole(scale: float, shift: float, **about) -> SubmissionResult:
    tests = (
        TestResult("test_scale", "", "scale", 4.0, scale, Verdict.PARTIAL),
        TestResult("test_shift", "", "shift", 3.0, shift, Verdict.PASSED, **about),
    )
    return result(*tests)


@pytest.fixture
def database(course, tmp_path) -> Path:
    """The gradebook as `generate_assignment` left it, and the student whom it knows."""
    path = Path(shutil.copy(course / "fresh.db", tmp_path / "gradebook.db"))
    with api.Gradebook(f"sqlite:///{path}") as gradebook:
        gradebook.update_or_create_student("ann")
    return path


def kept(database: Path) -> dict[str, tuple[float | None, bool]]:
    with api.Gradebook(f"sqlite:///{database}") as gradebook:
        books = [book for one in gradebook.assignment_submissions(NAME) for book in one.notebooks]
        return {grade.name: (grade.score, grade.needs_manual_grade) for book in books for grade in book.grades}


def test_a_persons_grade_stays_in_force(database):
    write_scores(database, [whole(1.0, 3.0)])
    with api.Gradebook(f"sqlite:///{database}") as gradebook:
        gradebook.find_grade("check_scale", "scaling", NAME, "ann").manual_score = 2.0
        gradebook.db.commit()
    write_scores(database, [whole(4.0, 3.0)])
    assert kept(database)["check_scale"] == (2.0, True)
    assert kept(database)["check_shift"] == (3.0, False)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([whole(1.0, 3.0), result(one_test(Verdict.PASSED, 4.0))], "was graded by another exam"),
        ([whole(1.0, 3.0), SubmissionResult("07_none", "ann", "", "", "A", "cpu", ())], "has no assignment 07_none"),
        ([whole(1.0, 3.0), SubmissionResult(NAME, "eve", "", "", "A", "cpu", whole(0, 0).tests)], "does not know eve"),
    ],
)
def test_export_writes_all_or_nothing(database, results, words):
    before = kept(database)
    with pytest.raises(CourseError, match=words):
        write_scores(database, results)
    assert kept(database) == before
    write_scores(database, results[:1])
    assert kept(database) != before, "without the bad one it is written"


def test_export_refuses_what_is_no_gradebook_of_nbgrader(tmp_path):
    other = tmp_path / "other.db"
    other.write_bytes(b"no database")
    for path in (tmp_path / "missing.db", other, tmp_path):
        with pytest.raises(CourseError, match="no nbgrader gradebook"):
            write_scores(path, [])
    assert not (tmp_path / "missing.db").exists() and other.read_bytes() == b"no database"


def test_export_as_csv_is_grades_csv_and_bad_input_is_told(course, tmp_path):
    submitted = tmp_path / "submitted/ann"
    submitted.mkdir(parents=True)
    (submitted / "scaling.py").write_text(RIGHT)
    here = course.parent / "course"
    convclass("grade", NAME, tmp_path / "submitted", "--out", tmp_path / "graded", cwd=here)
    export = ["gradebook", "export", "--format", "csv", "--grades"]
    convclass(*export, tmp_path / "graded", "--out", tmp_path / "out.csv", cwd=tmp_path)
    assert (tmp_path / "out.csv").read_text() == (tmp_path / "graded/grades.csv").read_text()
    assert "holds no gradebook.db" in convclass(*export, tmp_path, "--out", "out.csv", cwd=tmp_path, expect=2)
    unknown = [*export, tmp_path / "graded", "--assignment", "01", "--out", "out.csv"]
    assert f"it holds: {NAME}" in convclass(*unknown, cwd=tmp_path, expect=2)


def test_stock_nbgrader_does_stumble(course):
    """The traps of the whole course are traps: nbgrader's own step fails on what ours restores."""
    notebook = solved(course, RIGHT)
    notebook.cells[2].metadata["nbgrader"] = {"grade": True, "grade_id": "check_scale"}
    about = {"notebook": "scaling", "assignment": NAME, "db_url": f"sqlite:///{course / 'gradebook.db'}"}
    with pytest.raises(KeyError):
        OverwriteCells().preprocess(notebook, {"nbgrader": about})
