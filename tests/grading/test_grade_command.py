"""`convclass grade` as a whole: the command line, the real exam and the real sandbox, over a tiny course."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grading.conftest import Gradebooks
from postgres import Postgres
from processes import heed_keyboard

from convclass.gradebook import Gradebook
from convclass.gradebook.engine import open_engine

COMMAND = Path(sys.executable).with_name("convclass")
RIGHT = "def scale(x, factor=2):\n    return x * factor\n\ndef shift(x, by):\n    return x + by\n"
WRONG = RIGHT.replace("x * factor", "x + factor")
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": RIGHT, "execution_count": None}],
    }
)
CLASS = {
    "ann/scaling.py": RIGHT,
    "ben/scaling.ipynb": NOTEBOOK,
    "cid/scaling.py": WRONG,
    "[red]dan[/red]/scaling.py": "",
    "eve/scaling.py": "import os\nos._exit(0)\n",
    "flo/homework.py": "def scale(",
    "gus/scaling.py": "def shift(x, by):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n",
}

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


def hand_in(inbox: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = inbox.joinpath(*name.rpartition("/")[::2])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return inbox


def start(course: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [str(COMMAND), "grade", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        command, cwd=course, env=environment, text=True, start_new_session=True, preexec_fn=heed_keyboard, **pipes
    )


def run(course: Path, *arguments: object) -> tuple[int, str, str]:
    process = start(course, *arguments)
    out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def graded(out: Path) -> dict[str, tuple[float, str]]:
    with (out / "grades.csv").open(newline="") as file:
        return {row["student"]: (float(row["score"]), row["complete"]) for row in csv.DictReader(file)}


def test_a_class_on_the_command_line(tiny_course: Path, inbox: Path, tmp_path: Path, gradebooks: Gradebooks) -> None:
    hand_in(inbox, {name.replace("[/red]", "[∕red]"): text for name, text in CLASS.items()})
    code, out, err = run(
        tiny_course, "scaling", inbox, "--out", tmp_path / "out", "--jobs", 2, *gradebooks.option(tmp_path / "out")
    )
    assert gradebooks.committed(tmp_path / "out") == len(CLASS)
    assert (tmp_path / "out" / "gradebook.db").is_file() == (gradebooks.server is None)
    assert (code, err) == (0, "")
    scores = graded(tmp_path / "out")
    assert scores.pop("ann") == scores.pop("ben") == (7.0, "yes")
    assert 0 < scores.pop("cid")[0] < 7.0
    assert scores == dict.fromkeys(("[red]dan[∕red]", "eve", "flo", "gus"), (0.0, "yes"))
    assert "[red]dan[∕red]: scaling.py is empty" in out  # a name is not taken for markup
    assert str(tmp_path / "out" / "index.html") in out
    cid = json.loads((tmp_path / "out" / "results" / "cid.json").read_text())
    assert "factor added" in {test["extra_data"]["misconception"] for test in cid["tests"]}
    flo = json.loads((tmp_path / "out" / "results" / "flo.json").read_text())
    assert "homework.py is graded, the only one there is" in flo["output"] and "SyntaxError" in flo["output"]
    assert cid["extra_data"]["isolation"] in "ABCD"


def test_killed_half_way_and_started_again(
    tiny_course: Path, inbox: Path, tmp_path: Path, gradebooks: Gradebooks
) -> None:
    hand_in(inbox, {f"s{n}/scaling.py": f"import time\ntime.sleep(0.3)\n# {n}\n{RIGHT}" for n in range(6)})
    out = tmp_path / "out"
    process = start(tiny_course, "scaling", inbox, "--out", out, *gradebooks.option(out))
    while gradebooks.committed(out) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.kill()
    process.communicate()
    before = gradebooks.committed(out)
    assert 2 <= before < 6
    code, told, _ = run(tiny_course, "scaling", inbox, "--out", out, *gradebooks.option(out))
    assert code == 0 and f"│ {6 - before} " in told and graded(out) == {f"s{n}": (7.0, "yes") for n in range(6)}


def test_interrupted_by_the_keyboard(tiny_course: Path, inbox: Path, tmp_path: Path, gradebooks: Gradebooks) -> None:
    hand_in(inbox, {f"s{n}/scaling.py": f"import time\ntime.sleep(0.5)\n# {n}\n{RIGHT}" for n in range(9)})
    out = tmp_path / "out"
    process = start(tiny_course, "scaling", inbox, "--out", out, *gradebooks.option(out))
    while gradebooks.committed(out) < 1:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=200)
    assert process.returncode == 130
    assert err.strip() == "Stopped. What is graded is kept; the same command goes on from here."


def test_a_mistake_in_the_exam_leaves_the_grade_incomplete(
    tiny_course: Path, inbox: Path, tmp_path: Path, gradebooks: Gradebooks
) -> None:
    exam = tiny_course / "autograder" / "06_scaling" / "test_hidden.py"
    exam.write_text(exam.read_text().replace("once = student.shift(x, 1)", "once = student.shift(x, 1 / 0)"))
    hand_in(inbox, {"ann/scaling.py": RIGHT})
    code, out, _ = run(tiny_course, "06", inbox, "--out", tmp_path / "out", *gradebooks.option(tmp_path / "out"))
    assert code == 3
    assert "ann: not complete, by a mistake of ours" in out
    assert graded(tmp_path / "out") == {"ann": (7.0, "no")}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("06", "nowhere", "--out", "out"), "nowhere: there is no such folder or zip"),
        (("07", "inbox", "--out", "out"), "'07' is no assignment of this course"),
        (("06", "inbox", "--out", "out", "--device", "tpu"), "tpu"),
        (("06", "inbox"), "--out"),
        (("06", "inbox", "--out", "out", "--gradebook", "mysql://u:secret@h/d"), "no gradebook can be opened here"),
        (("06", "inbox", "--out", "out", "--jobs", "0"), "--jobs"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], line: str, tiny_course: Path) -> None:
    hand_in(tiny_course / "inbox", {"ann/scaling.py": RIGHT})
    code, _, err = run(tiny_course, *arguments)
    assert code == 2 and line in err and "Traceback" not in err
    assert "secret" not in err
    assert not (tiny_course / "out").exists() or "--gradebook" in arguments


def test_two_commands_at_once_into_one_gradebook(
    tiny_course: Path, inbox: Path, tmp_path: Path, postgres: Postgres
) -> None:
    """Both grade the same class: a grade of each student, none doubled, none lost, and both write the same table."""
    hand_in(inbox, {f"s{n}/scaling.py": f"import time\ntime.sleep(0.2)\n# {n}\n{RIGHT}" for n in range(8)})
    outs, database_url = (tmp_path / "one", tmp_path / "two"), postgres.new_database()
    processes = [start(tiny_course, "06", inbox, "--out", out, "--gradebook", database_url) for out in outs]
    told = [process.communicate(timeout=200) for process in processes]
    assert [(process.returncode, err) for process, (_, err) in zip(processes, told, strict=True)] == [(0, "")] * 2
    assert [graded(out) for out in outs] == [{f"s{n}": (7.0, "yes") for n in range(8)}] * 2
    with Gradebook(database_url) as book:
        assert [result.student for result in book.latest("06_scaling")] == [f"s{n}" for n in range(8)]
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM grades").scalar() == 8
    engine.dispose()
    exported = tmp_path / "grades.csv"
    command = [COMMAND, "gradebook", "export", "--format", "csv", "--gradebook", database_url, "--out", exported]
    subprocess.run(command, cwd=tiny_course, check=True, capture_output=True)
    assert exported.read_text() == (outs[0] / "grades.csv").read_text()
    postgres.drop(database_url)
