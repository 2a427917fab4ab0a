"""`verify`, `release --check`, `doctor`, `demo` and plain pytest on hidden tests, as commands over the tiny course."""

import json
import subprocess
import sys

import pytest
from processes import PLAIN_PYTEST

from convclass.course import Assignment
from convclass.release.writer import released_files, write

CONVCLASS = [sys.executable, "-c", "from convclass.cli import main; main()"]


@pytest.fixture
def course(tiny_course):
    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    return tiny_course


def run(*command, cwd):
    return subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=240)


def test_verify_shows_the_matrices_and_finds_a_gap(course):
    done = run(*CONVCLASS, "verify", cwd=course)
    assert (done.returncode, "no gap" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "factor squared" in done.stdout
    misconceptions = course / "autograder/06_scaling/misconceptions.py"
    misconceptions.write_text(misconceptions.read_text().replace("x * factor * factor", "x * factor"))
    done = run(*CONVCLASS, "verify", "06", cwd=course)
    assert done.returncode == 1
    assert "'factor squared' loses no points" in done.stdout


def test_an_unknown_assignment_is_bad_input(course):
    done = run(*CONVCLASS, "verify", "07", cwd=course)
    assert done.returncode == 2
    assert "06_scaling" in done.stderr


def test_outside_a_course_it_says_so(tmp_path):
    done = run(*CONVCLASS, "verify", cwd=tmp_path)
    assert done.returncode == 2
    assert "no course here or above" in done.stderr


def test_demo_grades_the_sample_class(course):
    students = course / "autograder/06_scaling/sample_class"
    for name, source in {"Ada": "def scale(x, factor=2):\n    return x * factor\n", "Ben": "x = 1\n"}.items():
        (students / name).mkdir(parents=True)
        (students / name / "scaling.py").write_text(source)
    done = run(*CONVCLASS, "demo", "--jobs", "1", cwd=course)
    assert done.returncode == 0, done.stderr
    assert "index.html" in done.stdout
    scores = {p.stem: json.loads(p.read_text())["score"] for p in (course / "build/demo/results").iterdir()}
    assert scores == {"Ada": 4, "Ben": 0}


@pytest.mark.parametrize(("body", "status"), [("x * factor", 0), ("x + factor", 1)])
def test_hidden_tests_under_plain_pytest_judge_a_submission_in_the_sandbox(course, tmp_path, body, status):
    file = tmp_path / "scaling.py"
    file.write_text(f"def scale(x, factor=2):\n    return {body}\n\n\ndef shift(x, by):\n    return x + by\n")
    hidden = course / "autograder/06_scaling"
    done = run(*PLAIN_PYTEST, "-q", hidden, "--submission", file, cwd=course)
    assert done.returncode == status, done.stdout + done.stderr
    without = run(*PLAIN_PYTEST, "-q", hidden, cwd=course)
    assert "need --submission" in without.stdout or "skipped" in without.stdout


def test_doctor_names_the_level_and_every_layer(tmp_path):
    done = run(*CONVCLASS, "doctor", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("isolation level", "bubblewrap", "seccomp", "landlock", "torch", "memory"):
        assert word in done.stdout


def test_help_names_every_command_and_version_is_printed(tmp_path):
    done = run(*CONVCLASS, "--help", cwd=tmp_path)
    for name in ("check", "watch", "grade", "release", "verify", "doctor", "demo"):
        assert name in done.stdout
    assert run(*CONVCLASS, "--version", cwd=tmp_path).stdout.startswith("convclass ")
