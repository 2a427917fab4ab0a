"""autograder.zip in a place like Gradescope's: installed offline, run by root and by an ordinary user, same scores.

Six students of each assignment: `make test` takes the first assignment, `make test-all` all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from packages.cohort import ASSIGNMENTS, COURSE, EACH, FIRST, answered, chosen, sources
from packages.gradescope_place import PYTHON, TESTS, GradescopePlace, Opt
from sandbox.levels import unreachable

from convclass.course import Assignment
from convclass.release.carried import Wheels
from convclass.release.gradescope import write_package
from convclass.release.wheels import requirements

COMMAND = Path(sys.executable).with_name("convclass")
STUDENTS = [f"student{number}" for number in range(6)]
ROOT = pytest.mark.skipif(bool(unreachable("C")), reason=unreachable("C"))
# As documented at gradescope-autograders.readthedocs.io/en/latest/specs.
FIELDS = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
    "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
TEST_FIELDS = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility",
    "extra_data",
}  # fmt: skip


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """autograder.zip of every assignment, by its name."""
    paths = write_package(ASSIGNMENTS, tmp_path_factory.mktemp("zips"))
    return {path.parent.name: path for path in paths}


@dataclass(frozen=True, slots=True)
class Image:
    """What Gradescope keeps of running setup.sh: /opt, and /autograder for a look at it."""

    opt: Opt
    place: GradescopePlace
    said: str


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image, built without a network from the wheels in the zip."""
    folder = tmp_path_factory.mktemp("image")
    opt = Opt.make(folder / "opt")
    place = GradescopePlace(folder, opt)
    (archive,) = write_package([FIRST], folder / "zips", Wheels.SMALL)
    place.unpack(archive)
    done = place.run("/bin/bash", "/autograder/source/setup.sh", PIP_NO_COMPILE="1")
    assert done.returncode == 0, done.stdout + done.stderr
    return Image(opt, place, done.stdout)


@pytest.fixture
def place(image: Image, zips: dict[str, Path], tmp_path: Path) -> GradescopePlace:
    """A fresh container of the first assignment."""
    return started(image, zips[FIRST.name], tmp_path)


def started(image: Image, archive: Path, folder: Path) -> GradescopePlace:
    place = GradescopePlace(folder, image.opt)
    place.unpack(archive)
    (place.autograder / "source").chmod(0o700)  # as setup.sh left it
    return place


def notebooks(assignment: Assignment) -> dict[str, str]:
    """What the six students hand in."""
    released = nbformat.read(assignment.released / f"{assignment.module}.ipynb", 4)
    return {student: nbformat.writes(answered(released, code)) for student, code in sources(assignment).items()}


def graded_by_convclass(assignment: Assignment, folder: Path) -> dict[str, Any]:
    """What `convclass grade` writes into results/ for the six students."""
    for student, notebook in notebooks(assignment).items():
        path = folder / "in" / student / f"{assignment.module}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook, "utf-8")
    command = [str(COMMAND), "grade", assignment.name, str(folder / "in"), "--out", str(folder / "out")]
    done = subprocess.run(command, cwd=COURSE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.stem: json.loads(path.read_text()) for path in (folder / "out" / "results").iterdir()}


def graded_by_zip(image: Image, archive: Path, name: str, notebook: str, folder: Path) -> dict[str, Any]:
    place = started(image, archive, folder)
    place.hand_in({name: notebook})
    return place.graded()


@dataclass(frozen=True, slots=True)
class Both:
    """One assignment's six students, graded here and at Gradescope."""

    here: Future[dict[str, Any]]
    there: dict[str, Future[dict[str, Any]]]


@pytest.fixture(scope="module")
def runs(
    image: Image, zips: dict[str, Path], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Both]]:
    """All runs, two at a time, under way while the first are looked at."""
    with ThreadPoolExecutor(2) as pool:
        found: dict[str, Both] = {}
        for assignment in chosen(request, "assignment"):
            folder = tmp_path_factory.mktemp(assignment.name)
            grade = partial(graded_by_zip, image, zips[assignment.name], f"{assignment.module}.ipynb")
            here = pool.submit(graded_by_convclass, assignment, folder)
            there = {s: pool.submit(grade, text, folder / s) for s, text in notebooks(assignment).items()}
            found[assignment.name] = Both(here, there)
        yield found


@ROOT
@pytest.mark.slow
@pytest.mark.parametrize("assignment", EACH, ids=lambda a: a.name)
def test_scores_are_those_of_convclass_grade(assignment: Assignment, runs: dict[str, Both]) -> None:
    both = runs[assignment.name]
    here, there = both.here.result(), {student: run.result() for student, run in both.there.items()}
    assert sorted(here) == sorted(there) == STUDENTS
    told = {student: _marks(result) for student, result in there.items()}
    assert told == {student: _marks(result) for student, result in here.items()}
    assert len({result["score"] for result in here.values()}) > 2
    for student in STUDENTS:
        about, expected = there[student]["extra_data"], here[student]["extra_data"]
        changed = {"student": "jane@x.edu", "isolation": "C, no namespaces, no control group"}
        assert about == expected | changed and about["complete"]


def _marks(result: dict[str, Any]) -> tuple[Any, ...]:
    assert "tests" in result, result
    tests = [(t["name"], t["score"], t["max_score"], t["status"], t["extra_data"]) for t in result["tests"]]
    return result["score"], tests


@ROOT
def test_the_results_obey_the_contract(runs: dict[str, Both]) -> None:
    result = runs[FIRST.name].there["student3"].result()
    said = result.pop("said")
    assert set(result) <= FIELDS and "leaderboard" not in result
    assert all(set(test) <= TEST_FIELDS for test in result["tests"])
    assert 0 < result["score"] < 100
    assert result["score"] == pytest.approx(sum(test["score"] for test in result["tests"]), abs=1e-3)
    assert (result["visibility"], result["stdout_visibility"]) == ("visible", "hidden")
    assert {result[f"{part}output_format"] for part in ("", "test_")} == {result["test_name_format"]} == {"text"}
    assert {test["visibility"] for test in result["tests"]} == {"visible"}
    assert {test["status"] for test in result["tests"]} == {"passed", "failed"}
    assert isinstance(result["execution_time"], int) and result["execution_time"] > 0
    assert "isolation level C, no namespaces, no control group" in result["output"]
    assert "isolation C" in said
    assert len(json.dumps(result)) < 6_000_000


@ROOT
def test_setup_installs_pinned_versions_and_closes_the_source(image: Image) -> None:
    source = image.place.autograder / "source"
    assert all(path.stat().st_mode & 0o77 == 0 for path in (source, *source.rglob("*")))
    listed = image.place.run(PYTHON, "-m", "pip", "list", "--format", "freeze").stdout.lower().splitlines()
    installed = dict(line.replace("_", "-").split("==") for line in listed)
    pins = {name: pin.partition("==")[2] for name, pin in requirements().items()}
    assert {name: installed[name].partition("+")[0] for name in pins} == pins
    assert image.place.run(PYTHON, "-m", "pip", "check").returncode == 0


@pytest.mark.parametrize("level", ["C", "D"])
def test_a_hostile_submission_gets_nothing(
    level: str, place: GradescopePlace, image: Image, zips: dict[str, Path], tmp_path: Path
) -> None:
    if reason := unreachable(level):
        pytest.skip(reason)
    acts = (TESTS / "packages" / "gradescope_acts.py").read_text()
    code = sources(FIRST)["student3"]
    place.hand_in({"convolution.py": acts + code})
    place.owned_by(level)
    shell = ("/bin/sh", "-c", f"{PYTHON} /autograder/submission/convolution.py; true")  # a parent of the same user
    control = place.run(*shell, level=level, SIGNAL="0")
    done = set(json.loads(control.stderr.partition("CONTROL:")[2]))
    assert done == _names_of_acts(acts) - {"print full marks"}, control.stderr
    hostile, honest = (
        _graded_at(level, started(image, zips[FIRST.name], tmp_path / str(number)), text)
        for number, text in enumerate((acts + code, code))
    )
    said, _, left = hostile.pop("said").partition("\nLEFT:")
    assert "DONE:" not in json.dumps(hostile)
    assert _marks(hostile) == _marks(honest) and 0 < honest["score"] < 100
    assert hostile["extra_data"]["isolation"] == f"{level}, no namespaces, no control group"
    assert f"{honest['score']:g} of 100 points" in said
    assert "/bin/sh" in left and "sleep" not in left and "convclass.sandbox" not in left


def _graded_at(level: str, place: GradescopePlace, code: str) -> dict[str, Any]:
    place.hand_in({"convolution.py": code})
    place.owned_by(level)
    return place.graded(level, *(["--min-isolation", "D"] if level == "D" else []))


def _names_of_acts(source: str) -> set[str]:
    names: set[str] = set()
    table = source.partition("ACTS = {")[2].partition("\n}")[0]
    for line in table.strip().splitlines():
        names.add(line.split('"')[1])
    return names


@ROOT
@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        ("import os; os.kill(os.getpid(), 9)", (), "the autograder was killed, most likely for its memory"),
        ("raise ImportError('a mistake of the author')", (), "the autograder failed"),
        ("import time; time.sleep(600)", ("--time-limit", "4"), "it took longer than 4 seconds"),
    ],
    ids=["killed", "broken", "slow"],
)
def test_what_fails_on_our_side_is_no_grade(
    change: str, options: tuple[str, ...], reason: str, place: GradescopePlace
) -> None:
    place.hand_in({"convolution.py": sources(FIRST)["student5"]})
    hidden = place.autograder / "source" / "course" / "autograder" / FIRST.name / "test_hidden.py"
    hidden.write_text(f"{change}\n{hidden.read_text()}")
    result = place.graded("C", *options)
    said = result.pop("said")
    assert "score" not in result and "tests" not in result and set(result) <= FIELDS
    assert reason in result["output"] and "This is not a 0" in result["output"]
    assert reason in said and "mistake of the author" not in result["output"]
    assert result["extra_data"] == {"assignment": FIRST.name, "complete": False}
    assert result["stdout_visibility"] == "hidden"


@ROOT
def test_what_fails_once_is_tried_again(place: GradescopePlace) -> None:
    place.hand_in({"convolution.py": sources(FIRST)["student5"]})
    hidden = place.autograder / "source" / "course" / "autograder" / FIRST.name / "test_hidden.py"
    once = "import pathlib; before = pathlib.Path('/autograder/before')\nif not before.exists():\n"
    hidden.write_text(f"{once}    before.touch()\n    raise OSError('the machine is busy')\n{hidden.read_text()}")
    result = place.graded()
    assert (place.autograder / "before").is_file() and result["score"] > 0 and result["extra_data"]["complete"]


@pytest.mark.parametrize(("level", "option"), [("D", "--min-isolation D"), ("E", "--trust-submissions")])
def test_a_weaker_level_is_refused_unless_told_otherwise(level: str, option: str, place: GradescopePlace) -> None:
    place.hand_in({"convolution.py": sources(FIRST)["student5"]})
    place.owned_by(level)
    result = place.graded(level)
    assert "score" not in result and "the autograder failed" in result["output"]
    assert f"reaches isolation level {level} and C is asked for" in result["said"]
    assert option in result["said"] and "options go into run_autograder" in result["said"]


@ROOT
def test_nothing_handed_in_is_a_zero_that_says_why(place: GradescopePlace) -> None:
    place.hand_in({"report.txt": "hello"})
    (place.autograder / "submission_metadata.json").unlink()
    result = place.graded()
    assert result["score"] == 0 and "hand in convolution.py or convolution.ipynb" in result["output"]
    assert result["extra_data"]["student"] == ""
