"""`check`, `watch` and plain pytest as a student uses them: as commands, in a released folder of the tiny course."""

import os
import select
import subprocess
import sys
import time

import pytest
from processes import PLAIN_PYTEST

from convclass.course import Assignment
from convclass.release.writer import released_files, write

RIGHT = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
WRONG = RIGHT.replace("x * factor", "x + factor")
CONVCLASS = [sys.executable, "-c", "from convclass.cli import main; main()"]


@pytest.fixture
def folder(tiny_course):
    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    return assignment.released


def convclass(*arguments, cwd):
    return subprocess.run([*CONVCLASS, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        (RIGHT, 0, ["All 2 questions right"]),
        (WRONG, 1, ["factor added", "The factor multiplies; yours is added.", "1 of 2 questions right", "expected"]),
        (None, 1, ["not attempted", "0 of 2 questions right"]),
        ("def scale(x:\n", 1, ["could not be loaded", "line 1"]),
        (RIGHT.replace("return x + by", "while True:\n        pass"), 1, ["took too long", "1 of 2 questions right"]),
    ],
)
def test_check(folder, source, status, words):
    if source is not None:
        (folder / "scaling.py").write_text(source)
    done = convclass("check", cwd=folder)
    assert (done.returncode, done.stderr) == (status, "")
    for word in words:
        assert word in " ".join(done.stdout.split())


def test_check_reads_a_notebook(folder):
    done = convclass("check", "scaling.ipynb", cwd=folder)
    assert done.returncode == 1
    assert "not attempted" in done.stdout


@pytest.mark.parametrize(
    ("prepare", "path", "problem"),
    [
        (lambda folder: None, "nothing.py", "no such file"),
        (lambda folder: (folder / "scaling2.py").write_text(RIGHT), ".", "several files could be meant"),
        (lambda folder: (folder / "public_answers.json").unlink(), ".", "take it from the course again"),
        (lambda folder: (folder / "test_public.py").unlink(), ".", "holds no test_public.py"),
        (lambda folder: (folder / "public_answers.json").write_text('{"format": 1}'), ".", "another version"),
    ],
)
def test_check_says_what_is_missing(folder, prepare, path, problem):
    prepare(folder)
    done = convclass("check", path, cwd=folder)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_check_from_the_courses_folder_finds_the_only_assignment(folder):
    (folder / "scaling.py").write_text(RIGHT)
    assert convclass("check", cwd=folder.parent.parent).returncode == 0


def test_watch_checks_again_at_every_save(folder):
    (folder / "scaling.py").write_text(WRONG)
    watching = subprocess.Popen(
        [*CONVCLASS, "watch"], cwd=folder, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert "1 of 2 questions right" in read_until(watching, b"stop with Ctrl-C")
        time.sleep(1)  # the watcher starts to look a moment after it has said so
        (folder / "scaling.py").write_text(RIGHT)
        assert "All 2 questions right" in read_until(watching, b"stop with Ctrl-C")
    finally:
        watching.terminate()
        watching.wait(20)
        watching.stdout.close()


def read_until(process, words):
    seen = b""
    end = time.monotonic() + 90
    while words not in seen and time.monotonic() < end:
        if select.select([process.stdout], [], [], 1)[0]:
            seen += os.read(process.stdout.fileno(), 65536)
    return " ".join(seen.decode().split())


@pytest.mark.parametrize(("source", "failed"), [(RIGHT, 0), (WRONG, 1)])
def test_plain_pytest_runs_the_public_tests(folder, source, failed):
    (folder / "scaling.py").write_text(source)
    done = subprocess.run([*PLAIN_PYTEST, "-q", str(folder)], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == failed
    assert f"{2 - failed} passed" in done.stdout
