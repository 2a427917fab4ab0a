"""The sample classes, graded with the real command: every score, named mistake and verdict is the one written down.

What a student should get, and why, stands beside each class in its sample_class.toml.
"""

import csv
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from convclass.exam.verdict import Verdict

COURSE = Path(__file__).parents[2]
CLASSES = {file.parent.name: file.with_suffix("") for file in sorted(COURSE.glob("autograder/*/sample_class.toml"))}
EXPECTED = {name: tomllib.loads(f.with_suffix(".toml").read_text("utf-8")) for name, f in CLASSES.items()}
STUDENTS = [(name, student) for name, expected in EXPECTED.items() for student in expected]
FIELDS = {"score", "why", "mistakes", "verdicts", "says", "warns"}
FIRST = "01_convolution"
POINTS = {
    "output_size": 10,
    "cross_correlate2d": 12,
    "convolve2d": 8,
    "im2col": 15,
    "conv2d": 30,
    "conv2d_backward": 20,
    "conv_transpose2d": 5,
}

every_class = pytest.mark.parametrize("out", CLASSES, indirect=True)
first_class = pytest.mark.parametrize("out", [FIRST], indirect=True)


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The folder into which the class of an assignment was graded, by its name; each is graded once."""

    @cache
    def grade(name):
        folder = tmp_path_factory.mktemp("class") / name
        command = [sys.executable, "-c", "from convclass.cli import main; main()", "grade", name, str(CLASSES[name])]
        options = ["--out", str(folder), "--jobs", "2", "--no-progress"]
        run = subprocess.run([*command, *options], cwd=COURSE, capture_output=True, text=True, timeout=1200)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "Traceback" not in run.stderr
        return folder

    return grade


@pytest.fixture
def out(graded, request):
    """The folder into which the class of one assignment was graded."""
    return graded(request.param)


@pytest.fixture
def results(out):
    """What each student reads, by name."""
    read = [json.loads(path.read_text("utf-8")) for path in (out / "results").glob("*.json")]
    return {result["extra_data"]["student"]: result for result in read}


def hidden(result, question):
    """The hidden tests of a question."""
    return [test for test in result["tests"] if test["tags"] == [question, "hidden"]]


def complaints(result, expected):
    """What is otherwise than written down, in words."""
    if abs(result["score"] - expected["score"]) > 0.001:
        yield f"score {result['score']} instead of {expected['score']}"
    named = {test["extra_data"]["misconception"] for test in result["tests"]} - {None}
    if named != set(expected.get("mistakes", ())):
        yield f"named {sorted(named)} instead of {expected.get('mistakes', [])}"
    for question, verdict in expected.get("verdicts", {}).items():
        found = {test["extra_data"]["verdict"] for test in hidden(result, question) if test["score"] == 0}
        if found != {verdict}:
            yield f"{question}: {sorted(found)} instead of {verdict}"
    text = "\n".join([result["output"], *(test["output"] for test in result["tests"])])
    yield from (f"does not say {words!r}" for words in expected.get("says", ()) if words not in text)
    yield from (f"says {words!r}" for words in expected.get("warns", ()) if words in text)


@pytest.mark.parametrize("name", CLASSES)
def test_every_folder_has_an_entry_and_every_entry_a_folder(name):
    assert {folder.name for folder in CLASSES[name].iterdir()} == set(EXPECTED[name])


@pytest.mark.parametrize(("name", "student"), STUDENTS)
def test_the_entries_use_only_fields_that_are_compared(name, student):
    entry = EXPECTED[name][student]
    stub = (COURSE / "assignments" / name / f"{name.split('_', 1)[1]}.py").read_text("utf-8")
    assert set(entry) <= FIELDS
    assert 0 <= entry["score"] <= 100
    assert entry["why"].endswith(".")
    assert set(entry.get("verdicts", {})) <= set(re.findall(r"^(?:def|class) (\w+)", stub, re.MULTILINE))
    assert set(entry.get("verdicts", {}).values()) <= set(Verdict)


@pytest.mark.slow
@every_class
def test_every_student_is_graded_and_every_grade_is_complete(out, results):
    assert set(results) == set(EXPECTED[out.name])
    assert {name for name, result in results.items() if not result["extra_data"]["complete"]} == set()
    assert {result["max_score"] for result in results.values()} == {100}


@pytest.mark.slow
@pytest.mark.parametrize(("out", "student"), STUDENTS, indirect=["out"])
def test_a_student_gets_what_is_written_down(out, results, student):
    assert list(complaints(results[student], EXPECTED[out.name][student])) == []


@pytest.mark.slow
@first_class
def test_the_comparison_notices_whatever_is_otherwise(results):
    result = results["Priya Raghunathan"]
    right = EXPECTED[FIRST]["Priya Raghunathan"]
    for wrong in (
        {"score": right["score"] + 1},
        {"mistakes": []},
        {"mistakes": ["kernel flipped", "bias missing"]},
        {"verdicts": {"conv2d": "RAISED"}},
        {"verdicts": {"im2col": "FAILED"}},
        {"says": ["no such words"]},
        {"warns": ["kernel flipped"]},
    ):
        assert len(list(complaints(result, right | wrong))) == 1, wrong


@pytest.mark.slow
@first_class
def test_the_points_of_each_question(results):
    points = {q: sum(test["max_score"] for test in hidden(results["Amara Okonkwo"], q)) for q in POINTS}
    assert points == pytest.approx(POINTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("out", "student"), [(n, s) for n, s in STUDENTS if "warns" in EXPECTED[n][s]], indirect=["out"]
)
def test_the_instructor_is_warned_and_the_student_is_not(out, student):
    page = (out / "index.html").read_text("utf-8")
    assert all(words in page for words in EXPECTED[out.name][student]["warns"])


@pytest.mark.slow
@every_class
def test_the_text_of_students_runs_nowhere(out):
    pages = [out / "index.html", *(out / "feedback").glob("*.html")]
    assert len(pages) == len(EXPECTED[out.name]) + 1
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.search(r"<script>\s*(alert|document)|<img src=x|<h1>A\+", text), page.name
        assert "\x1b" not in text, page.name


@pytest.mark.slow
@every_class
def test_the_table_of_grades_holds_no_formula(out):
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(EXPECTED[out.name]) + 1
    assert [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r")] == []
    assert any("=SUM(1+1)" in row[0] for row in rows) or out.name != FIRST
