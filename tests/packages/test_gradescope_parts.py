"""What of the Gradescope package needs no container: the zip, the wheel in it, and the text of results.json."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from grading.fake_work import FACTS
from packages.cohort import ASSIGNMENTS
from typer.testing import CliRunner

from convclass.cli.app import app
from convclass.course import Assignment, CourseError
from convclass.exam.results import CaseResult, SubmissionResult
from convclass.exam.verdict import Verdict
from convclass.exam.version import exam_version
from convclass.grading.at_gradescope import Place, student_of
from convclass.release import wheels
from convclass.release.gradescope import write_package
from convclass.release.wheels import download, own_wheel, requirements
from convclass.report.gradescope_json import LARGEST, gradescope_json

FIRST = ASSIGNMENTS[0]
RESULT = SubmissionResult("01_convolution", "ann", "ab" * 32, "v1", "C, no namespaces", "cpu", FACTS.tests)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = write_package([FIRST], tmp_path_factory.mktemp("zip"))
    return path


def test_the_zip_is_the_same_to_the_byte(archive: Path, tmp_path: Path) -> None:
    course = tmp_path / "elsewhere"
    for part in ("autograder", "assignments"):
        shutil.copytree(FIRST.course / part / FIRST.name, course / part / FIRST.name, copy_function=shutil.copyfile)
    (again,) = write_package([Assignment(FIRST.name, course)], tmp_path / "out")
    assert again.read_bytes() == archive.read_bytes()
    (course / "autograder" / FIRST.name / "test_hidden.py").open("a").write("\n")
    (other,) = write_package([Assignment(FIRST.name, course)], tmp_path / "out")
    assert other.read_bytes() != archive.read_bytes()


def test_the_zip_holds_what_gradescope_asks_for_and_the_exam(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        names = file.namelist()
        programs = {info.filename for info in file.infolist() if info.external_attr >> 16 & 0o111}
        file.extractall(tmp_path)
    assert programs == {"setup.sh", "run_autograder"}
    assert all((tmp_path / name).read_text().startswith("#!") for name in programs)
    assert exam_version(Assignment(FIRST.name, tmp_path / "course")) == exam_version(FIRST)
    assert not [name for name in names if "solutions" in name or "sample_class" in name]
    assert [name for name in names if name.endswith(".whl")] == [f"wheels/convclass/{own_wheel()[0]}"]
    assert archive.stat().st_size < 2 * 2**20


def test_the_wheel_is_whole() -> None:
    name, content = own_wheel()
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        record = next(path for path in file.namelist() if path.endswith("RECORD"))
        listed = {path: digest for path, digest, _ in csv.reader(io.StringIO(file.read(record).decode()))}
        assert set(listed) == set(file.namelist())
        for path, digest in listed.items():
            if path != record:
                found = base64.urlsafe_b64encode(hashlib.sha256(file.read(path)).digest()).decode().rstrip("=")
                assert digest == f"sha256={found}"
        assert "convclass/report/templates/feedback.html" in listed and "convclass/py.typed" in listed
        assert not [path for path in listed if "__pycache__" in path]
    assert name.startswith("convclass-") and name.endswith("-py3-none-any.whl")


def test_pins_are_the_versions_here_and_nothing_for_a_gpu() -> None:
    pins = requirements()
    assert {"torch", "numpy", "msgpack", "pyseccomp", "pytest"} <= set(pins)
    assert all("==" in pin and "+" not in pin for pin in pins.values())
    assert not [name for name in pins if name.startswith(("nvidia", "cuda", "triton"))]


def test_wheels_that_cannot_be_had_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "_OLDEST_GLIBC", 35)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(CourseError, match=r"cannot be had .*numpy.*--wheels own"):
        download({"numpy": "numpy==2.4.6"})


def test_wheels_are_for_gradescope_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIRST.course)
    done = CliRunner().invoke(app, ["release", "--wheels", "all", "--out", str(tmp_path)])
    assert "--wheels all is for --to gradescope only" in done.output + str(done.exception)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_zip_for_each_assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIRST.course)
    done = CliRunner().invoke(app, ["release", "--to", "gradescope", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = sorted(tmp_path.rglob("autograder.zip"))
    assert [path.parent.name for path in written] == [assignment.name for assignment in ASSIGNMENTS]
    assert all(f"{path}: written" in done.output for path in written)


def with_outputs(length: int, tests: int = 1) -> SubmissionResult:
    case = CaseResult("", Verdict.RAISED, "\U0001f642" * length)  # twelve bytes each in ASCII
    raised = replace(FACTS.tests[2], verdict=Verdict.RAISED, cases=(case,))
    return replace(RESULT, tests=(raised,) * tests, notices=("\x00" * length,))


@pytest.mark.parametrize(("length", "tests"), [(10, 1), (1_000_000, 1), (100_000, 100), (3_000, 1000)])
def test_results_are_never_too_large_and_say_what_was_cut(length: int, tests: int) -> None:
    text = gradescope_json(with_outputs(length, tests), 1.0)
    found = json.loads(text)
    assert len(text.encode()) <= LARGEST
    cut = ["cut here" in test["output"] and "6 MB" in test["output"] for test in found["tests"]]
    assert cut == [length > 10] * tests
    assert found["score"] == 0 and len(found["tests"]) == tests


def test_an_incomplete_result_has_no_score() -> None:
    internal = tuple(replace(test, verdict=Verdict.INTERNAL, score=test.points) for test in FACTS.tests)
    found = json.loads(gradescope_json(replace(RESULT, tests=internal), 1.0))
    assert "score" not in found and "tests" not in found
    assert found["extra_data"]["complete"] is False and "a part of it could not be graded" in found["output"]


@pytest.mark.parametrize(
    ("metadata", "student"),
    [
        ('{"users": [{"email": "a@x.edu", "name": "Ann"}]}', "a@x.edu"),
        ('{"users": [{"email": "a@x.edu"}, {"name": "Bob"}]}', "a@x.edu, Bob"),
        ('{"users": [{"name": "evil\\u202e\\u001b[31m"}]}', "evil\\u202e\\x1b[31m"),
        ('{"users": [{"id": 5}]}', "5"),
        (json.dumps({"users": [{"name": "n" * 1000}]}), "n" * 200),
        ('{"users": []}', ""),
        ('{"users": [7]}', ""),
        ('{"users": {"name": 7}}', ""),
        ("[]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
        (None, ""),
    ],
)
def test_who_handed_in(metadata: str | None, student: str, tmp_path: Path) -> None:
    path = tmp_path / "submission_metadata.json"
    if metadata is not None:
        path.write_text(metadata)
    assert student_of(path) == student


def test_a_zip_of_two_assignments_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with pytest.raises(CourseError, match="holds 0 assignments"):
        _ = place.assignment
    for name in ("01_convolution", "02_pooling"):
        (tmp_path / "source" / "course" / "autograder" / name).mkdir(parents=True)
    with pytest.raises(CourseError, match="holds 2 assignments"):
        _ = place.assignment
