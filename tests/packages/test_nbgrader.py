"""A whole course in the real nbgrader: released, handed in, autograded, told to the students, exported.

Six students of each assignment (`make test`: of the first one; `make test-all`: of all five), and on the first one
whatever is known to break nbgrader's grading.
Every score must be that of `convclass grade` on the same files, to the last bit; DIFFER names where nbgrader's own
rule is another.
"""

from __future__ import annotations

import csv
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from lxml import html
from packages import traps
from packages.cohort import ASSIGNMENTS, COURSE, EACH, FIRST, answered, chosen, sources
from packages.nbgrader_commands import Nbgrader, convclass

from convclass.course import Assignment
from convclass.exam import collect
from convclass.gradebook import Gradebook
from convclass.nbgrader_course import EXAMS, answer_cell, check_cell
from convclass.release.leaks import leaks, secrets
from convclass.release.source import read_source
from convclass.report.summary import questions

pytest.importorskip("nbgrader", reason="nbgrader is missing; pip install 'convclass[nbgrader]'")

from nbgrader import api  # noqa: E402
from nbgrader.nbgraderformat import MetadataValidator  # noqa: E402

pytestmark = pytest.mark.slow

DIFFER = {
    "renamed",  # nbgrader skips a notebook of another name; we take it for what it is
    "both",  # a notebook and a module: nbgrader looks at the notebook, we ask which of the two is meant
}
UNSEEN = {"module"}  # nbgrader does not look for .py files
SAME_AS = {  # the student whose work each trap is, in another shape
    "forged": "student3",
    "strange": "student3",
    "noisy": "student3",
    "patches": "student3",
    "unmarked": "student3",
    "deleted": "student3",
    "retyped": "student3",
    "marks": "student3",
    "old": "student3",
    "odd": "student3",
    "copied": "student3",
}


@dataclass
class Done:
    """What is there after all commands: the course, and what `convclass grade` wrote about the same files."""

    folder: Path
    graded: Path
    assignments: list[Assignment]  # whose students were graded
    said: dict[str, str] = field(default_factory=dict)

    def ours(self, assignment: Assignment) -> dict[str, dict[str, float]]:
        """The points of every question by student, as `convclass grade` has them."""
        with Gradebook(self.graded / assignment.name / "gradebook.db") as gradebook:
            results = gradebook.latest(assignment.name)
            return {one.student: {q.name: float(q.score) for q in questions(one.tests)} for one in results}

    def theirs(self, assignment: Assignment, database: str = "gradebook.db") -> dict[str, dict[str, float]]:
        """The same, as nbgrader has them."""
        with api.Gradebook(f"sqlite:///{self.folder / database}") as gradebook:
            submissions = gradebook.assignment_submissions(assignment.name)
            return {
                one.student.id: {
                    grade.name.removeprefix("check_"): grade.score for book in one.notebooks for grade in book.grades
                }
                for one in submissions
            }

    def feedback(self, student: str) -> html.HtmlElement:
        """A student's feedback page of the first assignment."""
        path = self.folder / "feedback" / student / FIRST.name / f"{FIRST.module}.html"
        return html.document_fromstring(path.read_text("utf-8"))

    def autograded(self, student: str) -> nbformat.NotebookNode:
        path = self.folder / "autograded" / student / FIRST.name / f"{FIRST.module}.ipynb"
        return nbformat.read(path, as_version=4)


def release(assignment: Assignment, folder: Path) -> nbformat.NotebookNode:
    return nbformat.read(folder / "release" / assignment.name / f"{assignment.module}.ipynb", as_version=4)


def hand_in(folder: Path, student: str, assignment: Assignment, notebook: nbformat.NotebookNode | str) -> Path:
    path = folder / "submitted" / student / assignment.name / f"{assignment.module}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
    path.write_text(text, encoding="utf-8")
    return path


def place_traps(folder: Path) -> None:
    """The submissions of the first assignment that are not as they should be."""
    third = sources(FIRST)["student3"]

    def fresh() -> nbformat.NotebookNode:
        return answered(release(FIRST, folder), third)

    made = {
        "forged": traps.forged_outputs(fresh()),
        "strange": traps.strange_values(fresh()),
        "noisy": traps.noisy(fresh()),
        "patches": traps.patches_score(fresh(), folder / "it_ran"),
        "unmarked": traps.without_marks(fresh()),
        "deleted": traps.deleted(fresh()),
        "copied": traps.copied(fresh()),
        "retyped": traps.retyped(fresh()),
        "marks": traps.wrong_marks(fresh()),
        "hostile": traps.hostile(fresh()),
        "old": traps.old_format(fresh()),
        "odd": traps.odd_fields(fresh()),
        "damaged": '{"cells": [',
        "untouched": release(FIRST, folder),
    }
    for student, notebook in made.items():
        hand_in(folder, student, FIRST, notebook)
    renamed = hand_in(folder, "renamed", FIRST, fresh())
    renamed.rename(renamed.with_name("convolution-1.ipynb"))
    hand_in(folder, "both", FIRST, fresh()).with_suffix(".py").write_text(sources(FIRST)["student1"])
    module = hand_in(folder, "module", FIRST, third)
    module.rename(module.with_suffix(".py"))


def collect_zip(nbgrader: Nbgrader) -> None:
    """The six students of the first assignment, as a learning platform's zip and by nbgrader's own command."""
    archive = nbgrader.folder / "downloaded" / FIRST.name / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "class.zip", "w") as packed:
        for student, source in sources(FIRST).items():
            text = nbformat.writes(answered(release(FIRST, nbgrader.folder), source))
            packed.writestr(f"{student}_attempt_2026-01-30-15-00-00_{FIRST.module}.ipynb", text)
    names = r".*?(?P<student_id>student\d)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)"
    nbgrader("zip_collect", FIRST.name, f"--FileNameCollectorPlugin.named_regexp={names}")


@pytest.fixture(scope="module")
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Done:
    base = tmp_path_factory.mktemp("nbgrader")
    course = Done(base / "course", base / "graded", chosen(request, "assignment"))
    convclass("release", "--to", "nbgrader", "--out", course.folder, cwd=COURSE)
    nbgrader = Nbgrader(course.folder, base / "jupyter")
    nbgrader("generate_assignment", "--assignment=*")
    shutil.copy(course.folder / "gradebook.db", course.folder / "fresh.db")
    collect_zip(nbgrader)
    for assignment in course.assignments[1:]:
        for student, source in sources(assignment).items():
            hand_in(course.folder, student, assignment, answered(release(assignment, course.folder), source))
    place_traps(course.folder)
    which = "*" if course.assignments == ASSIGNMENTS else FIRST.name
    course.said["autograde"] = nbgrader("autograde", which, expect=1)  # for the sake of the renamed notebook
    nbgrader("generate_feedback", FIRST.name)
    nbgrader("export", "--to", "exported.csv")
    for assignment in course.assignments:
        out = course.graded / assignment.name
        convclass("grade", assignment.name, course.folder / "submitted", "--out", out, "--no-progress", cwd=COURSE)
    return course


@pytest.mark.parametrize("assignment", EACH, ids=lambda a: a.name)
def test_every_score_is_that_of_convclass_grade_to_the_last_bit(done, assignment):
    ours, theirs = done.ours(assignment), done.theirs(assignment)
    assert len(theirs) >= 6 and theirs.keys() <= ours.keys()
    if assignment is FIRST:
        assert ours.keys() - theirs.keys() == UNSEEN
    differ = {student for student in theirs if ours[student] != theirs[student]}
    assert differ == (DIFFER if assignment is FIRST else set())
    totals = sorted(sum(points.values()) for points in theirs.values())
    assert totals[0] == 0 and totals[-1] == 100 and len(set(totals)) >= 5


def test_nbgraders_own_export_has_the_totals(done):
    lines = csv.DictReader((done.folder / "exported.csv").read_text().splitlines())
    counted: list[float] = []
    exported = {(line["assignment"], line["student_id"]): float(line["score"]) for line in lines}
    for assignment in done.assignments:
        for student, points in done.ours(assignment).items():
            if student not in DIFFER | UNSEEN:
                assert exported[assignment.name, student] == pytest.approx(sum(points.values()), abs=1e-9)
                counted += points.values()
    assert len(counted) > 40 * len(done.assignments)


@pytest.mark.parametrize("trap", SAME_AS)
def test_a_trap_costs_no_point_and_brings_none(done, trap):
    theirs = done.theirs(FIRST)
    assert theirs[trap] == theirs[SAME_AS[trap]]
    assert 0 < sum(theirs[trap].values()) < 100


def test_where_nbgraders_own_rule_is_another(done):
    ours, theirs = done.ours(FIRST), done.theirs(FIRST)
    assert sum(theirs["renamed"].values()) == sum(ours["both"].values()) == 0
    assert ours["renamed"] == ours["module"] == theirs["both"] == ours["student3"]
    failed = [line for line in done.said["autograde"].splitlines() if "error processing assignment '" in line]
    assert len(failed) == 1 and "'renamed'" in failed[0]


def test_no_cell_of_a_student_was_run(done):
    assert not (done.folder / "it_ran").exists()


def test_forged_outputs_are_gone(done):
    cells = traps.checks(done.autograded("forged"))
    values = [output.data["text/plain"] for cell in cells for output in cell.outputs if "execution_count" in output]
    assert [float(value) for value in values] == list(done.ours(FIRST)["student3"].values())
    assert all(cell.source.startswith("check(") for cell in cells)
    others = [cell for cell in done.autograded("noisy").cells if cell.cell_type == "code" and cell not in cells]
    assert not any(output.output_type == "stream" for cell in others for output in cell.outputs)


@pytest.mark.parametrize(
    ("trap", "words"),
    [
        ("unmarked", "Deleted, or without its mark"),
        ("deleted", "Deleted, or without its mark"),
        ("copied", "More than once there"),
        ("retyped", "Made text or code"),
        ("forged", "Edited, although locked"),
        ("odd", "The notebook is damaged"),
        ("damaged", "is not a notebook"),
    ],
)
def test_the_feedback_says_what_happened_to_the_notebook(done, trap, words):
    assert words in done.feedback(trap).text_content()
    assert words not in done.feedback("student3").text_content()


def test_an_unreadable_notebook_has_a_page_and_no_points(done):
    assert sum(done.theirs(FIRST)["damaged"].values()) == 0
    assert "0 of 100 points" in " ".join(done.feedback("damaged").text_content().split())


def test_the_feedback_names_the_mistake_and_shows_where(done):
    page = done.feedback("student2")
    assert "kernel flipped" in page.text_content()
    assert page.find_class("heat") and page.find_class("wrong")
    comments = [panel.text_content() for panel in page.find_class("panel-footer")]
    assert len(comments) == 1 and "cross-correlation" in comments[0]


def test_an_untouched_notebook_is_not_attempted(done):
    page = done.feedback("untouched")
    assert sum(done.theirs(FIRST)["untouched"].values()) == 0
    assert len(page.find_class("idle")) >= 7
    assert not page.find_class("bad")


def test_feedback_runs_nothing_of_a_student(done):
    page = done.feedback("hostile")
    shown = [one for one in page.find_class("cc-cell") if "alert(1)" in one.text_content()]
    assert len(shown) >= 2, "the error that the student wrote is told"
    for element in page.iter():
        values = [] if callable(element.tag) else [*element.attrib.values()]
        assert not any("alert(1)" in value for value in values)
        assert element.tag != "script" or "alert(1)" not in (element.text or "")
        if "\\href" in (element.text or ""):
            around = [element, *element.iterancestors()]
            quiet = any(one.tag in ("pre", "code") or "mathjax_ignore" in one.get("class", "") for one in around)
            assert quiet, f"MathJax would make a link of {element.text}"


def test_nothing_secret_is_in_what_students_get(done):
    for assignment in ASSIGNMENTS:
        secret = secrets(assignment, read_source(assignment))
        given = contents(done.folder / "release" / assignment.name)
        assert f"{assignment.module}.ipynb" in given
        assert leaks(given, secret) == ()
        assert leaks(contents(done.folder / "source" / assignment.name), secret), "the guard finds what is there"
        assert not any(b"HIDDEN TESTS" in content or b"score(" in content for content in given.values())
    exams = {path.relative_to(done.folder).parts[0] for path in done.folder.glob("**/test_hidden.py")}
    assert exams == {EXAMS}, "the exam is in its own folder and nowhere else"


def test_no_line_of_a_hidden_test_is_in_the_feedback(done):
    hidden = {line for line, origin in secrets(FIRST, read_source(FIRST)).items() if "test_hidden" in origin}
    texts = {path.name: html.parse(path).getroot().text_content() for path in done.folder.glob("feedback/*/*/*.html")}
    found = [line for line in hidden for text in texts.values() if line in text]
    assert texts and hidden and found == []


def test_the_notebooks_are_valid_and_carry_the_exams_points(done):
    for assignment in ASSIGNMENTS:
        names = list(collect.questions(collect.hidden_tests(assignment.autograder / "test_hidden.py")))
        for step in ("source", "release"):
            path = done.folder / step / assignment.name / f"{assignment.module}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
            MetadataValidator().validate_nb(notebook)
            points = {
                c.metadata["nbgrader"]["grade_id"]: c.metadata["nbgrader"]["points"] for c in traps.checks(notebook)
            }
            assert points.keys() == {check_cell(name) for name in names}
            assert sum(points.values()) == 100
        answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
        assert all("raise NotImplementedError" in cell.source for cell in answers)
        assert answer_cell(names[0]) == answers[0].metadata["nbgrader"]["grade_id"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(database: Path) -> list[tuple[object, ...]]:
    """All that nbgrader's gradebook says about grades and comments, in order; not of who handed in nothing."""
    with api.Gradebook(f"sqlite:///{database}") as gradebook:
        books = [
            (one.student.id, assignment.name, book)
            for assignment in gradebook.assignments
            for one in gradebook.assignment_submissions(assignment.name)
            for book in one.notebooks
            if one.student.id not in DIFFER | UNSEEN and (assignment.name == FIRST.name or "student" in one.student.id)
        ]
        said = [
            (*who, g.name, g.auto_score, g.score, g.needs_manual_grade) for *who, book in books for g in book.grades
        ]
        said += [(*who, c.name, c.auto_comment, c.comment) for *who, book in books for c in book.comments]
        return sorted(said, key=repr)


def test_gradebook_export_writes_what_autograde_wrote(done, tmp_path):
    database = shutil.copy(done.folder / "fresh.db", tmp_path / "gradebook.db")
    for assignment in done.assignments:
        grades = done.graded / assignment.name
        arguments = ["gradebook", "export", "--format", "nbgrader", "--grades", grades, "--out", database]
        if assignment is FIRST:
            assert "--add-students" in convclass(*arguments, cwd=tmp_path, expect=2)
            assert rows(database) == [], "nothing half-written"
            assert "Added to the gradebook: both, copied," in convclass(*arguments, "--add-students", cwd=tmp_path)
        else:
            convclass(*arguments, cwd=tmp_path)
    assert rows(database) == rows(done.folder / "gradebook.db")
    with api.Gradebook(f"sqlite:///{database}") as gradebook:
        shown = {one["student"]: one for one in gradebook.submission_dicts(FIRST.name)}  # what formgrader lists
    assert shown["student3"]["score"] == pytest.approx(sum(done.ours(FIRST)["student3"].values()))
    assert shown["renamed"]["score"] == shown["student3"]["score"]
