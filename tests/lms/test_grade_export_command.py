"""`convclass gradebook export` as a whole: from a class as each system downloads it to the file that goes back."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from grading.test_output import result_of
from lms.rosters import BRIGHTSPACE, CANVAS, JANE, ROSTERS, canvas_takes, records, rows
from postgres import Postgres
from tinycourse import write_tiny_course
from typer.testing import CliRunner

from convclass.cli.app import app
from convclass.course import CourseError
from convclass.exam.results import SubmissionResult
from convclass.exam.verdict import Verdict
from convclass.gradebook import Gradebook

COMMAND = Path(sys.executable).with_name("convclass")
RIGHT = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
UNTOUCHED = "x = 1\n"
EMPTY = ""
# Jane is right, Tarō attempted nothing, Bob's file is empty.
DOWNLOADS = {
    "canvas": ("doejane_12_100_scaling.py", "yamadataro_LATE_56_101_scaling.py", "roebob_34_102_scaling.py"),
    "moodle": tuple(
        f"{name}_assignsubmission_file_/scaling.py" for name in ("Jane Doe_12", "山田 太郎_56", "Bob Roe_34")
    ),
    "brightspace": tuple(
        f"{name} - Jan 31, 2026 926 PM/scaling.py" for name in ("71-9 - Jane Doe", "72-9 - 太郎 山田", "73-9 - Bob Roe")
    ),
    "blackboard": tuple(
        f"Homework 6_{user}_attempt_2026-01-31-12-00-00_scaling.py" for user in ("jdoe", "yamada", "b_roe")
    ),
    "gradescope": tuple(f"assignment_7_export/submission_{number}/scaling.py" for number in (1, 2, 3)),
}
METADATA = (
    "submission_1:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '000012'\n"
    "submission_2:\n  :submitters:\n  - :name: 山田 太郎\n    :email: yamada@x.edu\n"
    "submission_3:\n  :submitters:\n  - :name: Bob Roe\n    :sid: '000034'\n"
)
OPTIONS = {"brightspace": ("--by-name",)}


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_course(tmp_path_factory.mktemp("course"))


def graded(course: Path, system: str) -> Path:
    """The class of a system, graded by the real command."""
    download = io.BytesIO()
    with zipfile.ZipFile(download, "w") as archive:
        for name, source in zip(DOWNLOADS[system], (RIGHT, UNTOUCHED, EMPTY), strict=True):
            archive.writestr(name, source)
        if system == "gradescope":
            archive.writestr("assignment_7_export/submission_metadata.yml", METADATA)
    path = course / f"{system}.zip"
    path.write_bytes(download.getvalue())
    done = run(course, "grade", "06", path, "--out", course / system, "--no-progress")
    assert done.returncode == 0, done.stdout + done.stderr
    return course / system


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
@pytest.mark.parametrize("system", DOWNLOADS)
def test_from_a_download_to_a_file(system: str, course: Path, tmp_path: Path) -> None:
    roster, out = tmp_path / "roster.csv", tmp_path / "grades.csv"
    roster.write_bytes(ROSTERS[system])
    options = ("--grades", graded(course, system), "--roster", roster, "--out", out, *OPTIONS.get(system, ()))
    done = run(course, "gradebook", "export", "--format", system, *options)
    assert (done.returncode, done.stderr) == (0, "")
    _, *lines = rows(out.read_bytes())
    people = lines[1:] if system == "canvas" else lines
    assert len(people) == 2  # in the order of the roster: Jane, then Tarō
    grade = {"moodle": 4, "brightspace": 2, "gradescope": 5}.get(system, -1)
    assert [line[grade] for line in people] == ["7", "0"]
    assert "Left out (1):" in done.stdout and "scaling.py is empty" in done.stdout
    assert "Bob" in done.stdout.partition("without a grade to write")[2]
    if system == "canvas":
        assert canvas_takes(out.read_bytes(), {"34": "5.5"}) == ({"12": "7", "34": "5.5", "56": "0"}, "7")


# What follows takes a gradebook made by hand, and the command in this process.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with the gradebook of a class in graded/: Jane, and Bob, whom we failed to grade."""
    monkeypatch.chdir(tmp_path)
    keep(result("doejane_12"), result("roebob_34", Verdict.INTERNAL))
    (tmp_path / "roster.csv").write_bytes(CANVAS)
    return tmp_path


def result(student: str, verdict: Verdict = Verdict.PASSED, assignment: str = "06_scaling") -> SubmissionResult:
    """A result out of 3 points."""
    whole = result_of(student)
    tests = tuple(replace(one, verdict=verdict, score=one.points) for one in whole.tests)
    return replace(whole, assignment=assignment, tests=tests)


def keep(*results: SubmissionResult) -> None:
    Path("graded").mkdir(exist_ok=True)
    with Gradebook(Path("graded/gradebook.db")) as gradebook:
        for one in results:
            gradebook.commit(one, seed=1)


def export(*options: str, system: str = "canvas", out: str = "out.csv") -> str:
    command = ["gradebook", "export", "--format", system, "--grades", "graded", "--out", out, *options]
    done = CliRunner().invoke(app, command)
    if done.exception:
        raise done.exception
    return done.output


def test_what_the_command_says(folder: Path) -> None:
    told = export("--roster", "roster.csv", "--points", "7").splitlines()
    assert told == [
        "out.csv: the grades of 1 student",
        "Left out (1):",
        "  roebob_34: not complete, by a mistake of ours; grade again",
        "In the roster, without a grade to write; whatever they have stays (3):",
        "  Roe, Bob (34)",
        "  山田, 太郎 (56)",
        "  Student, Test (99)",
        "Column: Scaling (501), out of 7 points",
        "To Canvas: Grades, Import",
    ]
    assert records((folder / "out.csv").read_bytes())[1]["Scaling (501)"] == "7"


def test_the_title_of_the_course_finds_the_column(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(CANVAS.replace(b"Scaling (501)", b"Scaling by hand (501)"))
    assert "Column (new): Scaling, out of 7" in export("--roster", "roster.csv", "--points", "7")
    handout = write_tiny_course(folder) / "assignments" / "06_scaling" / "README.md"
    handout.parent.mkdir(parents=True)
    handout.write_text("# Scaling by hand\n")
    assert "(new)" not in export("--roster", "roster.csv", "--points", "7")
    assert "Scaling by hand (501)" in (folder / "out.csv").read_text()


@pytest.mark.parametrize("column", ["Essay", "essay", "Essay (502)"])
def test_a_column_by_its_name(folder: Path, column: str) -> None:
    export("--roster", "roster.csv", "--points", "10", "--column", column)
    assert rows((folder / "out.csv").read_bytes())[0][-1] == "Essay (502)"


def test_several_assignments(folder: Path) -> None:
    keep(result("doejane_12", assignment="07_essay"))
    both = ("--assignment", "06_scaling", "--assignment", "07_essay", "--roster", "roster.csv")
    with pytest.raises(CourseError, match=r"is out of 7 points, the grades are out of 3"):
        export(*both)
    export(*both, "--column", "Shifting", "--column", "Pooling")
    assert rows((folder / "out.csv").read_bytes())[2][-2:] == ["3", "3"]
    with pytest.raises(CourseError, match="1 --column for 2 --assignment"):
        export(*both, "--column", "Shifting")
    with pytest.raises(CourseError, match="name one with --assignment; it holds: 06_scaling, 07_essay"):
        export("--roster", "roster.csv")
    with pytest.raises(CourseError, match="name one with --assignment"):
        export("--roster", "roster.csv", "--assignment", "08_else")
    with pytest.raises(CourseError, match="holds one assignment"):
        export(*both[:4], system="csv")


def test_nothing_is_written_when_anything_is_wrong(folder: Path) -> None:
    (folder / "out.csv").write_text("of last week")
    keep(result("poeann_77"))
    for roster, told in (("roster.csv", "not in the roster"), ("missing.csv", "No such file"), ("graded", "directory")):
        with pytest.raises(CourseError, match=told):
            export("--roster", roster, "--points", "7")
    assert (folder / "out.csv").read_text() == "of last week"
    assert sorted(path.name for path in folder.iterdir()) == ["graded", "out.csv", "roster.csv"]


def test_the_roster_is_never_overwritten(folder: Path) -> None:
    os.link(folder / "roster.csv", folder / "same.csv")
    for out in ("roster.csv", "same.csv"):
        with pytest.raises(CourseError, match="is the roster; give another file with --out"):
            export("--roster", "roster.csv", "--points", "7", out=out)
    assert (folder / "roster.csv").read_bytes() == CANVAS


def test_a_place_that_cannot_be_written(folder: Path) -> None:
    with pytest.raises(CourseError, match=r"cannot be written \(No such file or directory\)"):
        export("--points", "7", out="nowhere/out.csv")


@pytest.mark.parametrize("system", ["csv", "nbgrader"])
@pytest.mark.parametrize("option", ["--roster=roster.csv", "--column=A", "--points=7", "--by-name"])
def test_what_other_formats_do_not_take(folder: Path, system: str, option: str) -> None:
    with pytest.raises(CourseError, match=f"--format {system}: takes no --roster"):
        export(option, system=system)


def test_plain_csv_is_as_it_was(folder: Path) -> None:
    assert export(system="csv") == "out.csv: written\n"
    told = {record["student"]: record["complete"] for record in _lines(folder / "out.csv")}
    assert told == {"doejane_12": "yes", "roebob_34": "no"}


def _lines(path: Path) -> list[dict[str, str]]:
    return records(path.read_bytes())


def test_a_bad_roster_ends_the_command_with_2(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(BRIGHTSPACE)
    options = ("--format", "canvas", "--grades", "graded", "--roster", "roster.csv", "--out", "out.csv")
    done = run(folder, "gradebook", "export", *options)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("convclass: roster.csv: is no gradebook of Canvas; in Canvas: Grades")


def test_names_are_safe_for_the_terminal(folder: Path) -> None:
    (folder / "roster.csv").write_bytes(CANVAS.replace("山田".encode(), b"\x1b[31mred\x1b]0;title\x07"))
    told = export("--roster", "roster.csv", "--points", "7")
    assert "\x1b" not in told and "\x07" not in told and r"\x1b[31mred" in told


def test_every_system_has_its_format() -> None:
    assert set(JANE) == set(ROSTERS) == {"canvas", "moodle", "brightspace", "blackboard", "gradescope"}


def test_a_gradebook_that_is_elsewhere(folder: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = csv_of("--grades", "graded")
    url = postgres.new_database()
    with Gradebook(url) as gradebook, Gradebook(Path("graded/gradebook.db")) as here:
        for one in here.latest("06_scaling"):
            gradebook.commit(one, seed=1)
    assert csv_of("--gradebook", url) == expected
    assert csv_of("--gradebook", "graded/gradebook.db") == expected
    (folder / "pages").mkdir()
    monkeypatch.setenv("CONVCLASS_GRADEBOOK", url)
    assert csv_of() == csv_of("--grades", "pages") == expected
    postgres.drop(url)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--grades", "graded", "--gradebook", "other.db"), "graded: holds a gradebook.db of its own; give either"),
        (("--grades", "nowhere"), "nowhere: holds no gradebook.db; name the folder"),
        ((), "no grades are named; give --grades"),
        (("--gradebook", "other.db"), "other.db: there is no such gradebook"),
    ],
)
def test_which_gradebook_is_meant(options: tuple[str, ...], line: str, folder: Path) -> None:
    with pytest.raises(CourseError) as caught:
        csv_of(*options)
    assert str(caught.value).startswith(line)
    assert not Path("other.db").exists() and not Path("out.csv").exists()


def test_a_gradebook_of_a_newer_version_ends_the_command_with_2(folder: Path) -> None:
    database = sqlite3.connect("graded/gradebook.db")
    with database:
        database.execute("update gradebook_revision set version_num = '9999'")
    database.close()
    done = run(folder, "gradebook", "export", "--format", "csv", "--grades", "graded", "--out", "out.csv")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "graded/gradebook.db: was made by a newer ConvClass" in done.stderr and "pip install" in done.stderr


def csv_of(*options: str) -> str:
    command = ["gradebook", "export", "--format", "csv", "--out", "out.csv", *options]
    done = CliRunner().invoke(app, command)
    if done.exception:
        raise done.exception
    return Path("out.csv").read_text("utf-8")
