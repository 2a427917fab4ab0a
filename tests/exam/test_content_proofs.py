"""`verify`'s proofs and the stored key, over the tiny course: no gap, and every kind of gap is found."""

import json

import pytest

from convclass.course import Assignment, CourseError
from convclass.exam.examiner import Examiner
from convclass.exam.stored_key import public_exam, stored_answers
from convclass.exam.verify import prove
from convclass.release.module import solution_module
from convclass.release.source import read_source
from convclass.release.stub import stub
from convclass.release.writer import released_files, write
from convclass.sandbox.local import LocalStudent


@pytest.fixture
def assignment(tiny_course):
    return Assignment("06_scaling", tiny_course)


@pytest.fixture
def gaps(assignment, tmp_path):
    def run():
        write(released_files(assignment), assignment.released)
        examiner = Examiner(assignment)

        def take(source):
            file = tmp_path / "scaling.py"
            file.write_bytes(source)
            return examiner.examine(LocalStudent(file))

        sources = solution_module(assignment), stub(read_source(assignment)).encode()
        return {p.name: p.gap for p in prove(examiner, assignment.autograder, *sources, take) if p.gap}

    return run


def edit(assignment, file, old, new):
    path = assignment.autograder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_tiny_course_has_no_gap(gaps):
    assert gaps() == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "gap"),
    [
        ("misconceptions.py", "x * factor * factor", "x * factor", "factor squared", "loses no points"),
        ("misconceptions.py", "x * factor * factor", "x + factor", "factor squared", "named factor added instead"),
        ("alternatives.py", "x / (1 / factor)", "x / factor", "division", "lost"),
        ("test_hidden.py", "points=4", "points=0", "scale", "lacks a hidden test with points"),
        ("test_hidden.py", 'after="scale"', 'after="scales"', "shift", "lacks the question it comes after"),
    ],
)
def test_every_kind_of_gap_is_found(assignment, gaps, file, old, new, name, gap):
    edit(assignment, file, old, new)
    assert gap in gaps()[name]


def test_a_solution_that_is_wrong_is_a_gap(assignment, gaps):
    source = assignment.solution / "scaling.py"
    source.write_text(source.read_text().replace("return x * factor", "return x * factor + 1"))
    assert "lost" in gaps()["solution"]


def test_a_question_without_a_hint_is_a_gap(assignment, gaps):
    source = assignment.solution / "scaling.py"
    source.write_text(source.read_text().replace(', hints="Every element is multiplied."', ""))
    assert gaps()["scale"] == "lacks a hint"


def test_the_stored_key_names_mistakes_without_the_hidden_material(assignment, tmp_path):
    write(released_files(assignment), assignment.released)
    file = tmp_path / "scaling.py"
    file.write_text("def scale(x, factor=2):\n    return x + factor\n")
    scale, shift = public_exam(assignment.released).examine(LocalStudent(file)).tests
    assert scale.mistake.name == "factor added"
    assert [picture.label for picture in scale.cases[0].pictures] == ["x", "yours", "expected", "difference"]
    assert shift.verdict == "NOT_ATTEMPTED"


def test_the_stored_key_knows_only_the_released_calls(assignment):
    write(released_files(assignment), assignment.released)
    tests = assignment.released / "test_public.py"
    tests.write_text(tests.read_text().replace("factor=3", "factor=4"))
    file = assignment.released / "scaling.py"
    examined = public_exam(assignment.released).examine(LocalStudent(file))
    assert any("take test_public.py" in warning for warning in examined.warnings)


def test_a_reference_that_fails_its_own_public_tests_stops_the_release(assignment):
    edit(assignment, "reference.py", "if factor == 0", "if factor == 3")
    tests = assignment.course / "test_public.py"
    tests.write_text(public_tests_of(assignment))
    with pytest.raises(CourseError, match="reference fails public tests"):
        stored_answers(tests, assignment.autograder)


def test_stored_answers_are_plain_json(assignment):
    tests = assignment.course / "test_public.py"
    tests.write_text(public_tests_of(assignment))
    content = json.loads(stored_answers(tests, assignment.autograder))
    assert {f: list(known) for f, known in content["mistakes"].items()} == {
        "scale": ["factor added", "factor squared"],
        "shift": ["amount subtracted"],
    }


def public_tests_of(assignment):
    from convclass.release.public import public_tests

    return public_tests(read_source(assignment))
