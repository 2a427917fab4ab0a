from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from grading.fake_work import FACTS
from hypothesis import given
from hypothesis import strategies as st

from convclass.course import CourseError
from convclass.exam.results import CaseResult, NamedMistake, Picture, SubmissionResult
from convclass.exam.verdict import Verdict
from convclass.gradebook.codec import from_json, to_json
from convclass.grading.output import Sharing, grades_csv, write_class, write_whole
from convclass.report.results_json import results_json


def result_of(student: str = "ann", **fields: object) -> SubmissionResult:
    result = SubmissionResult("01_convolution", student, "ab" * 32, "v1", "A", "cpu", FACTS.tests)
    return replace(result, **fields)  # type: ignore[arg-type]


def cells(*results: SubmissionResult) -> list[list[str]]:
    return list(csv.reader(io.StringIO(grades_csv(results))))


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", '=HYPERLINK("http://x")'])
def test_no_cell_is_a_formula(text: str) -> None:
    _, line = cells(result_of(text, notices=(text,)))
    assert not line[0].lstrip().startswith(("=", "+", "-", "@")) and line[0][:1] not in "\t\r"
    assert not line[-1].lstrip().startswith(("=", "+", "-", "@"))


@given(st.lists(st.text(), min_size=1, max_size=3), st.text())
def test_the_table_stays_a_table(students: list[str], notice: str) -> None:
    lines = cells(*(result_of(student, notices=(notice,)) for student in students))
    assert len(lines) == len(students) + 1
    assert {len(line) for line in lines} == {8}
    assert all(line[1:4] == ["0", "3", "yes"] for line in lines[1:])


def test_what_came_of_a_question() -> None:
    pad, public, stride = FACTS.tests
    flipped = NamedMistake("kernel flipped", "do not flip it")
    tests = (
        replace(pad, verdict=Verdict.PASSED, score=1.0),
        replace(public, verdict=Verdict.FAILED),
        replace(stride, verdict=Verdict.PASSED),
        replace(stride, verdict=Verdict.FAILED, mistake=flipped),
        replace(stride, verdict=Verdict.FAILED, mistake=flipped),
    )
    header, line = cells(result_of(tests=tests))
    found = dict(zip(header, line, strict=True))
    assert found["pad2d"] == "passed"
    assert found["conv2d"] == "1 passed, 2 wrong answer (kernel flipped)"


def test_no_timings_in_the_table() -> None:
    assert grades_csv([result_of(seconds=1.0)]) == grades_csv([result_of(seconds=2.0, cpu_seconds=9.0)])


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \udcff")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_who_reads_the_old_file_reads_it_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    path.write_text("old")
    with path.open() as reader:
        write_whole(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(CourseError, match="results: cannot be written"):
        write_class(tmp_path, ["ann"], [result_of()], "Convolution")


def test_what_is_alike_in_a_class_is_held_once_and_what_is_not_is_kept() -> None:
    drawn = CaseResult("stride 2", Verdict.FAILED, "the shape differs", pictures=(Picture("yours", ((1.0, None),)),))
    pad, public, stride = FACTS.tests
    failed = replace(stride, verdict=Verdict.FAILED, cases=(drawn,))
    hinted = replace(failed, hints=("only ben was told",))  # the same but for what the results are first looked up by
    told = [result_of(name, tests=(pad, public, test)) for name, test in (("ann", failed), ("ben", hinted))]
    told += [replace(result, student=f"{result.student} again") for result in told]
    sharing = Sharing()
    ann, ben, ann_again, ben_again = (sharing.slim(from_json(to_json(result))) for result in told)
    assert replace(ann, tests=told[0].tests) == told[0] and ann.tests[2].cases[0] == replace(drawn, pictures=())
    assert all(one is other for one, other in zip(ann.tests, ann_again.tests, strict=True))
    assert ben.tests[2].hints == ben_again.tests[2].hints == ("only ben was told",) and ben.tests[0] is ann.tests[0]


def test_pages_of_students_whose_names_differ_in_case_only(tmp_path: Path) -> None:
    students = ["Ann", "ann", "../../ann"]
    write_class(tmp_path, students, map(result_of, students), "Convolution")
    names = {path.name.casefold() for path in (tmp_path / "feedback").iterdir()}
    assert len(names) == 3
    told = {json.loads(path.read_text())["extra_data"]["student"] for path in (tmp_path / "results").iterdir()}
    assert told == {"Ann", "ann", "../../ann"}


def test_results_json_tells_the_student_and_not_the_instructors_warnings() -> None:
    pad, public, stride = FACTS.tests
    case = CaseResult("stride 2", Verdict.FAILED, "the shape differs")
    failed = replace(stride, verdict=Verdict.PARTIAL, score=1.0, hints=("look at h*stride",), cases=(case,))
    passed = replace(pad, verdict=Verdict.PASSED, score=1.0, hints=("never shown",))
    fields = {"tests": (passed, public, failed), "notices": ("late",), "warnings": ("imports os",)}
    text = results_json(result_of(**fields))
    found = json.loads(text)
    assert "imports os" not in text and "never shown" not in text
    assert found["output"] == "2 of 3 points\nlate"
    assert [test["status"] for test in found["tests"]] == ["passed", "failed", "failed"]
    assert found["tests"][2]["output"] == "partly right\nstride 2: the shape differs\nHint: look at h*stride"
    assert found["tests"][1]["tags"] == ["conv2d", "public"] and found["tests"][2]["tags"] == ["conv2d", "hidden"]


def test_results_json_of_an_incomplete_result() -> None:
    internal = tuple(replace(test, verdict=Verdict.INTERNAL, score=test.points) for test in FACTS.tests)
    found = json.loads(results_json(result_of(tests=internal)))
    assert found["extra_data"]["complete"] is False and "graded again" in found["output"]
    assert {test["status"] for test in found["tests"]} == {"failed"}
