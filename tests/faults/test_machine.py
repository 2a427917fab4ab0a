"""A disk that is full, a gradebook that somebody locks, a clock that jumps: one line says so, and nothing is lost."""

from __future__ import annotations

import ast
import contextlib
import ctypes
import os
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import work

from convclass.course import Assignment, CourseError
from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.gradebook import Gradebook, store
from convclass.grading.run import grade_class
from convclass.sandbox.keeper import Expired, Patience
from convclass.sandbox.reply import Limits

SOURCE = Path(__file__).parents[2] / "src"
SIZE = 30
RUN = """
import sys
from pathlib import Path
from faults.work import WORK
from convclass.course import Assignment, CourseError
from convclass.grading.run import grade_class

def main():
    {prepare}
    folder, out = map(Path, sys.argv[1:])
    try:
        run = grade_class(Assignment("06_scaling", folder / "course"), folder / "inbox", out, work=WORK)
    except CourseError as error:
        sys.exit(f"told: {{error}}")
    print("graded", run.graded, "kept", run.kept)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def a_class(tiny_course, tmp_path):
    """A folder with the course and the submissions of a class."""
    for number in range(SIZE):
        path = tmp_path / "inbox" / f"s{number:03}" / "scaling.py"
        path.parent.mkdir(parents=True)
        path.write_text(str(number))
    return tmp_path


def run(folder, out, prepare="pass"):
    script = folder / "run.py"
    script.write_text(RUN.format(prepare=prepare))
    environment = os.environ | {"PYTHONPATH": f"{SOURCE}:{SOURCE.parent / 'tests'}"}
    command = [sys.executable, str(script), str(folder), str(out)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def rows(out):
    with sqlite3.connect(out / "gradebook.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        made = database.execute("select 1 from sqlite_master where name = 'grades'").fetchall()
        found = database.execute("select student, score, graded_at from grades").fetchall() if made else []
    database.close()
    return {student: (score, at) for student, score, at in found}


def in_one_line(ran):
    assert ran.returncode == 1, ran.stderr
    assert ran.stderr.startswith("told: "), ran.stderr
    assert ran.stderr.count("\n") == 1
    return ran.stderr


def goes_on(folder, out):
    """What was graded stays as it is, and the rest is graded now."""
    before = rows(out)
    ran = run(folder, out)
    assert ran.stdout.split() == ["graded", str(SIZE - len(before)), "kept", str(len(before))], ran.stderr
    after = rows(out)
    assert before.items() <= after.items()
    assert {student: score for student, (score, _) in after.items()} == {f"s{n:03}": float(n) for n in range(SIZE)}
    return len(before)


@pytest.mark.parametrize("most", [30_000, 60_000, 90_000])
def test_no_file_may_grow_any_more(most, a_class):
    """A limit of file sizes is a disk that is full for whoever runs into it."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))"
    line = in_one_line(run(a_class, a_class / "out", limited))
    assert "gradebook" in line or "cannot be written" in line
    goes_on(a_class, a_class / "out")


def test_a_small_disk_is_full(a_class):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    out = a_class / "out"
    out.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", bytes(out), b"tmpfs", ctypes.c_ulong(0), b"size=160k") < 0:
        pytest.skip("this place has no mounts")
    try:
        line = in_one_line(run(a_class, out))
        assert "full" in line or "No space left" in line
        assert libc.mount(b"tmpfs", bytes(out), b"tmpfs", ctypes.c_ulong(32), b"size=20m") == 0  # a larger one
        goes_on(a_class, out)
    finally:
        libc.umount2(bytes(out), 2)


@contextlib.contextmanager
def locked(book):
    """The gradebook, locked by another connection until the block ends."""
    database = sqlite3.connect(book, isolation_level=None, check_same_thread=False)
    database.execute("begin exclusive")
    try:
        yield database
    finally:
        if database.in_transaction:
            database.execute("rollback")
        database.close()


def half_a_class(a_class, out):
    later = sorted((a_class / "inbox").iterdir())[SIZE // 2 :]
    for path in later:
        path.rename(a_class / path.name)
    assert run(a_class, out).returncode == 0
    for path in later:
        (a_class / path.name).rename(path)


def test_a_gradebook_that_is_locked_for_a_moment_is_waited_for(a_class):
    half_a_class(a_class, a_class / "out")
    with locked(a_class / "out" / "gradebook.db") as database:
        threading.Timer(4, database.execute, ("rollback",)).start()
        assert goes_on(a_class, a_class / "out") == SIZE // 2


def test_a_gradebook_that_stays_locked_is_told(a_class):
    half_a_class(a_class, a_class / "out")
    with locked(a_class / "out" / "gradebook.db"):
        line = in_one_line(run(a_class, a_class / "out"))
    assert "locked" in line and "goes on from here" in line
    assert goes_on(a_class, a_class / "out") == SIZE // 2


def test_a_damaged_result_is_told_and_can_be_made_anew(a_class):
    out = a_class / "out"
    assert run(a_class, out).returncode == 0
    with sqlite3.connect(out / "gradebook.db") as database:
        database.execute("update grades set result = substr(result, 1, 50) where student = 's003'")
    database.close()
    line = in_one_line(run(a_class, out))
    assert "'s003' is damaged" in line and "--regrade" in line
    course = Assignment("06_scaling", a_class / "course")
    assert grade_class(course, a_class / "inbox", out, work=work.WORK, regrade=True).graded == SIZE


def result(student, sha, score):
    test = TestResult("test_a", "a", "scale", 100.0, score, Verdict.PARTIAL)
    return SubmissionResult("06", student, sha, "v1", "A", "cpu", (test,))


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-1), timedelta(days=400)])
def test_a_clock_that_jumps_makes_no_old_result_the_newest(jump, monkeypatch, tmp_path):
    with Gradebook(tmp_path / "gradebook.db") as book:
        book.commit(result("ann", "first", 1.0), seed=1)
        monkeypatch.setattr(store, "now", lambda: datetime.now(UTC) + jump)
        book.commit(result("ann", "second", 2.0), seed=1)
        monkeypatch.undo()
        book.commit(result("ann", "third", 3.0), seed=1)
        assert [kept.score for kept in book.latest("06")] == [3.0]
        book.commit(result("ann", "first", 4.0), seed=1)
        assert [kept.score for kept in book.latest("06")] == [4.0]


def test_deadlines_do_not_hear_of_the_clock(monkeypatch):
    for jump in (-1e6, 1e6):
        patience = Patience(os.getpid(), Limits(cpu=100.0, wall=0.2))
        monkeypatch.setattr(time, "time", lambda jump=jump: jump)
        assert patience() > 0
        time.sleep(0.25)
        with pytest.raises(Expired):
            while True:
                patience()


def test_the_clock_on_the_wall_is_read_for_what_is_written_down_only():
    """Whatever else measures time uses clocks that do not jump; the tool signs and reads what has a time in it."""
    found = set()
    for path in (SOURCE / "convclass").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in WALL_CLOCKS:
                found.add(f"{path.relative_to(SOURCE / 'convclass')}")
    assert found == {"gradebook/models.py", "web/models.py", "web/deep_linking.py", "web/services.py"}


WALL_CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today", "datetime.today"}


def test_bad_news_of_the_database_is_a_course_error(tmp_path):
    book = Gradebook(tmp_path / "gradebook.db")
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("drop table grades")
    database.close()
    with pytest.raises(CourseError, match="no such table"):
        book.commit(result("ann", "first", 1.0), seed=1)
    book.close()
