"""The real sandbox: its zygotes, children and workers killed while a class is graded, and Ctrl-C at any moment."""

from __future__ import annotations

import contextlib
import csv
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import heed_keyboard

from convclass.sandbox.isolation import probe

SOURCE = Path(__file__).parents[2] / "src"
MAIN = "from convclass.cli import main; print('started', flush=True); main()"
RIGHT = (
    "import time\ntime.sleep(0.25)\ndef scale(x, factor=2):\n    return x * factor\n\n"
    "def shift(x, by):\n    return x + by\n"
)
WRONG = RIGHT.replace("x * factor", "x + factor")
SIZE = 16


@pytest.fixture(autouse=True)
def _a_machine_that_grades():
    if (level := probe().level) not in "AB":
        pytest.skip(f"this machine reaches isolation level {level} only; `convclass doctor` says why")


@pytest.fixture
def inbox(tmp_path):
    for number in range(SIZE):
        path = tmp_path / "inbox" / f"s{number:02}" / "scaling.py"
        path.parent.mkdir(parents=True)
        path.write_text(f"# {number}\n{WRONG if number % 3 == 0 else RIGHT}")
    return tmp_path / "inbox"


def start(course, inbox, out, *options):
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", MAIN, "grade", "scaling", str(inbox), "--out", str(out), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        command, cwd=course, env=environment, text=True, start_new_session=True, preexec_fn=heed_keyboard, **pipes
    )


def committed(out):
    try:
        with sqlite3.connect(f"file:{out / 'gradebook.db'}?mode=ro", uri=True) as database:
            rows = database.execute("select student, score, graded_at from grades where complete").fetchall()
        database.close()
    except sqlite3.Error:
        return {}
    return {student: (score, at) for student, score, at in rows}


def grades(out):
    with (out / "grades.csv").open(newline="") as file:
        return {row["student"]: (float(row["score"]), row["complete"]) for row in csv.DictReader(file)}


def below(pid):
    """All processes below this one, parents first."""
    children = []
    with contextlib.suppress(OSError):  # a process, or one of its threads, that is gone
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += [int(child) for child in (thread / "children").read_text().split()]
    return [*children, *(grandchild for child in children for grandchild in below(child))]


def sandbox_processes(grader):
    """The sandbox's processes: bubblewrap, the zygote in it, its children; by what they are."""
    found = {"bubblewrap": [], "zygote": [], "child": []}
    for pid in below(grader):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            parent_words = Path(f"/proc/{parent}/cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if words.startswith(b"/usr/bin/bwrap"):
            found["bubblewrap"].append(pid)
        elif b"sandbox.zygote" in words:
            found["zygote" if parent_words.startswith(b"/usr/bin/bwrap") else "child"].append(pid)
    return found


def kill_now_and_then(process, out, rng):
    """Kill one process of the sandbox, again and again, with a submission graded between two kills.

    bubblewrap comes last, since the zygote goes on without it and is then below another process.
    """
    killed = dict.fromkeys(("zygote", "child", "bubblewrap"), 0)
    seen = -1
    while process.poll() is None:
        time.sleep(rng.random() * 0.3)
        if len(committed(out)) == seen:
            continue
        most = min(killed["zygote"], killed["child"]) >= 3
        whom = "bubblewrap" if most else min(("zygote", "child"), key=lambda kind: (killed[kind], rng.random()))
        there = sandbox_processes(process.pid)[whom]
        if there:
            seen = len(committed(out))
            try:
                os.kill(rng.choice(there), signal.SIGKILL)
                killed[whom] += 1
            except ProcessLookupError:
                continue
    return killed


@pytest.mark.slow
def test_killed_zygotes_and_children_cost_no_grade(tiny_course, inbox, tmp_path):
    calm = start(tiny_course, inbox, tmp_path / "calm")
    assert calm.communicate(timeout=200) and calm.returncode == 0
    seed = random.SystemRandom().getrandbits(32)
    disturbed = start(tiny_course, inbox, tmp_path / "out")
    killed = kill_now_and_then(disturbed, tmp_path / "out", random.Random(seed))
    _, errors = disturbed.communicate(timeout=200)
    print(f"seed {seed}: {killed}")
    assert disturbed.returncode in (0, 3), errors
    assert sum(killed.values()) >= 5
    before = committed(tmp_path / "out")
    again = start(tiny_course, inbox, tmp_path / "out")
    assert again.communicate(timeout=200) and again.returncode == 0
    assert before.items() <= committed(tmp_path / "out").items()
    assert grades(tmp_path / "out") == grades(tmp_path / "calm")
    assert len(grades(tmp_path / "out")) == SIZE


@pytest.mark.slow
def test_the_grader_killed_and_interrupted_at_any_moment(tiny_course, inbox, tmp_path):
    rng, out = random.Random(random.SystemRandom().getrandbits(32)), tmp_path / "out"
    before = {}
    for how in (signal.SIGINT, signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGINT):
        process = start(tiny_course, inbox, out, "--jobs", str(rng.choice([1, 2])))
        process.stdout.readline()  # before that it is Python's to say what Ctrl-C does
        time.sleep(rng.random() * 6.5)
        started = below(process.pid)
        (os.killpg if how is signal.SIGINT else os.kill)(process.pid, how)
        _, errors = process.communicate(timeout=200)
        assert "Traceback" not in errors, errors
        assert process.returncode in ((-9, 0) if how is signal.SIGKILL else (130, 0)), errors
        assert before.items() <= committed(out).items()
        before = committed(out)
        limit = time.monotonic() + 20
        while any(Path(f"/proc/{pid}/exe").exists() for pid in started) and time.monotonic() < limit:
            time.sleep(0.05)
        assert not [pid for pid in started if Path(f"/proc/{pid}/exe").exists()], "a process outlives the grader"
    final = start(tiny_course, inbox, out)
    assert final.communicate(timeout=200) and final.returncode == 0
    assert before.items() <= committed(out).items()
    assert set(grades(out)) == {f"s{number:02}" for number in range(SIZE)}
    assert {score == 7.0 for score, _ in grades(out).values()} == {True, False}
