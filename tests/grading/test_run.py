"""Whole classes, graded by real worker processes that run made-up work."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from grading.conftest import Gradebooks
from grading.fake_work import WORK, calls, describe_nothing, die_describing, grade
from processes import heed_keyboard

import convclass
from convclass.course import Assignment, CourseError
from convclass.gradebook.engine import open_engine
from convclass.grading.pool import Work
from convclass.grading.run import ClassRun, grade_class

CLASS = {
    "alice": "right",
    "bob": "wrong",
    "Zoë 🙂": "right too",
    "=cmd()|'x'": "wrong",
    "eve/../etc": None,
    "nobody": "",
}


SLOW = 24
"""Submissions of a tenth of a second each: enough that the run is not over before it is stopped."""
TIMING = re.compile(rb"[0-9.]+ s<")


Graded = Callable[..., ClassRun]


@pytest.fixture
def graded(gradebooks: Gradebooks) -> Graded:
    """`grade_class`, with a gradebook for each folder on the database that is under test."""
    return lambda assignment, inbox, out, **options: grade_class(
        assignment, inbox, out, gradebook=gradebooks.url(out), **options
    )


@pytest.fixture(autouse=True)
def an_engine_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever edits the engine while these tests run must not make a new exam of the one half graded."""
    monkeypatch.setattr("convclass.exam.version.ENGINE", ())


def hand_in(inbox: Path, sources: dict[str, str | None]) -> None:
    for student, source in sources.items():
        folder = inbox / student.replace("/", "_")
        folder.mkdir(exist_ok=True)
        if source is not None:
            (folder / "convolution.py").write_text(source)


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def scores(run: ClassRun) -> dict[str, tuple[float, bool]]:
    return {result.student: (result.score, result.complete) for result in run.results}


def test_a_class(assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded) -> None:
    hand_in(inbox, CLASS)
    seen: list[tuple[str, int, int]] = []
    out = tmp_path / "out"
    run = graded(
        assignment,
        inbox,
        out,
        work=WORK,
        on_progress=lambda done, total, _: seen.append(("graded", done, total)),
        on_page=lambda done, total, _: seen.append(("page", done, total)),
    )
    assert (run.graded, run.kept, run.complete) == (6, 0, True)
    assert seen == [(what, n, 6) for what in ("graded", "page") for n in range(1, 7)]
    assert [student for student, _ in run.problems] == ["eve_.._etc", "nobody"]
    assert scores(run)["alice"] == (2.0, True) and scores(run)["nobody"] == (0.0, True)
    table = rows(out)
    assert list(table["alice"]) == [
        *("student", "score", "max_score", "complete", "isolation"),
        *("pad2d", "conv2d", "notices"),
    ]
    assert table["alice"]["conv2d"] == "passed"
    assert table["bob"]["conv2d"] == "1 wrong answer (kernel flipped)"
    assert table["nobody"]["notices"].startswith("convolution.py is empty")
    assert table["nobody"]["max_score"] == "3" and table["nobody"]["pad2d"] == "1 not attempted"
    assert "'=cmd()|'x'" in table
    assert "Convolution by hand" in (out / "index.html").read_text()
    assert sorted(path.stem for path in (out / "results").iterdir()) == sorted(
        path.stem for path in (out / "feedback").iterdir()
    )
    assert (out / "feedback" / "alice.html").is_file() and len(list((out / "feedback").iterdir())) == 6
    assert not list(out.rglob(".*"))


def test_results_json_is_gradescopes(assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded) -> None:
    hand_in(inbox, {"bob": "wrong"})
    graded(assignment, inbox, tmp_path / "out", work=WORK, seed=5)
    found = json.loads((tmp_path / "out" / "results" / "bob.json").read_text())
    assert set(found) == {"score", "max_score", "output", "visibility", "tests", "extra_data"}
    assert (found["score"], found["max_score"]) == (0.0, 3.0)
    assert found["extra_data"].keys() == {
        *("assignment", "student", "submission_sha256", "exam_version", "isolation", "device", "complete")
    }
    last = found["tests"][2]
    assert last["extra_data"] == {"question": "conv2d", "verdict": "FAILED", "misconception": "kernel flipped"}
    assert (last["status"], last["visibility"], last["score"], last["max_score"]) == ("failed", "visible", 0.0, 2.0)
    assert "do not flip it" in last["output"] and last["name"] == "conv2d: strides"
    assert found["tests"][0]["extra_data"]["misconception"] is None


def test_the_same_files_whatever_the_number_of_jobs(
    assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, CLASS | {f"s{n}": ("right" if n % 3 else "wrong") for n in range(8)})
    trees = []
    for name, jobs in (("one", 1), ("two", 2), ("again", 2)):
        out = tmp_path / name
        graded(assignment, inbox, out, work=WORK, jobs=jobs)
        files = (p for p in out.rglob("*") if p.is_file() and not p.name.startswith("gradebook.db"))
        trees.append({str(path.relative_to(out)): TIMING.sub(b"", path.read_bytes()) for path in files})
    assert len(trees[0]) == 2 + 2 * 14
    assert trees[0] == trees[1] == trees[2]


def test_only_what_is_new_is_graded(assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded) -> None:
    out = tmp_path / "out"
    hand_in(inbox, {"alice": "right", "bob": "wrong", "eve": "right"})
    graded(assignment, inbox, out, work=WORK)
    hand_in(inbox, {"bob": "right now", "zoe": "wrong"})
    run = graded(assignment, inbox, out, work=WORK)
    assert (run.graded, run.kept) == (2, 2)
    assert calls(assignment.course) == ["alice", "bob", "eve", "bob", "zoe"]
    assert scores(run) == {"alice": (2.0, True), "bob": (2.0, True), "eve": (2.0, True), "zoe": (0.0, True)}
    assert list(rows(out)) == ["alice", "bob", "eve", "zoe"]


@pytest.mark.parametrize("again", [{"regrade": True}, {"seed": 99}, {"device": "cuda"}, {"exam": "# changed"}, {}])
def test_what_makes_a_grade_new(
    again: dict[str, object], assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, {"alice": "right"})
    graded(assignment, inbox, tmp_path / "out", work=WORK)
    if exam := again.pop("exam", None):
        (assignment.autograder / "test_hidden.py").write_text(str(exam))
    run = graded(assignment, inbox, tmp_path / "out", work=WORK, **again)  # type: ignore[arg-type]
    assert run.graded == (1 if again or exam else 0)


def test_a_new_notice_is_not_answered_with_an_old_result(
    assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, {"alice": "right"})
    graded(assignment, inbox, tmp_path / "out", work=WORK)
    (inbox / "alice" / "convolution-1.py").write_text("right")
    run = graded(assignment, inbox, tmp_path / "out", work=WORK)
    assert run.graded == 1 and "handed in several times" in run.results[0].notices[0]


def test_weaker_isolation_than_asked_for_is_graded_again(
    assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded, gradebooks: Gradebooks
) -> None:
    hand_in(inbox, {"alice": "right"})
    graded(assignment, inbox, tmp_path / "out", work=WORK)
    assert graded(assignment, inbox, tmp_path / "out", work=WORK, min_isolation="A").graded == 0
    with gradebooks.connection(tmp_path / "out") as connection:
        weaker = """update grades set result = replace(result, '"isolation":"A"', '"isolation":"C"')"""
        connection.exec_driver_sql(weaker)
    assert graded(assignment, inbox, tmp_path / "out", work=WORK, min_isolation="C").graded == 0
    assert graded(assignment, inbox, tmp_path / "out", work=WORK, min_isolation="B").graded == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_submission_that_kills_its_worker_costs_nobody_else(
    jobs: int, assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, {f"s{n}": "right" for n in range(5)} | {"s1b": "die", "s3b": "die once"})
    run = graded(assignment, inbox, tmp_path / "out", work=WORK, jobs=jobs)
    assert scores(run) == {f"s{n}": (2.0, True) for n in range(5)} | {"s1b": (3.0, False), "s3b": (0.0, True)}
    (dead,) = (result for result in run.results if result.student == "s1b")
    assert "died every time" in dead.warnings[0] and not run.complete
    assert calls(assignment.course).count("s1b") in (2, 3)  # once less when another took it along


def test_an_error_of_ours_is_one_incomplete_result(
    assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, {"alice": "fail", "bob": "right"})
    run = graded(assignment, inbox, tmp_path / "out", work=WORK)
    assert [(r.student, r.complete) for r in run.results] == [("alice", False), ("bob", True)]
    assert run.results[0].warnings == ("grading failed: RuntimeError: a mistake of ours",)
    assert rows(tmp_path / "out")["alice"]["complete"] == "no"


def test_incomplete_results_are_graded_again(
    assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, {"alice": "internal right", "bob": "right"})
    assert not graded(assignment, inbox, tmp_path / "out", work=WORK).complete
    run = graded(assignment, inbox, tmp_path / "out", work=WORK)
    assert (run.complete, run.graded, run.kept) == (True, 1, 1)
    assert scores(run)["alice"] == (2.0, True)


def test_an_exam_or_sandbox_that_cannot_start_ends_the_run(
    assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded
) -> None:
    hand_in(inbox, {"alice": "right"})
    with pytest.raises(CourseError, match="install bubblewrap"):
        graded(assignment, inbox, tmp_path / "out", work=Work(describe_nothing, grade))
    with pytest.raises(CourseError, match="the worker process died while it loaded the exam"):
        graded(assignment, inbox, tmp_path / "out", work=Work(die_describing, grade))


def test_bad_places_for_the_output(assignment: Assignment, inbox: Path, tmp_path: Path) -> None:
    hand_in(inbox, {"alice": "right"})
    with pytest.raises(CourseError, match="lies inside"):
        grade_class(assignment, inbox, inbox / "out", work=WORK)
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot be written"):
        grade_class(assignment, inbox, tmp_path / "file", work=WORK)


SCRIPT = """
import sys
from pathlib import Path
from convclass.exam import version
version.ENGINE = ()
from convclass.course import Assignment
from convclass.grading.run import grade_class
from grading.fake_work import WORK
if __name__ == "__main__":
    course, inbox, out = map(Path, sys.argv[1:4])
    gradebook = sys.argv[4] or None
    def tell(done, total, student):
        print(done, flush=True)
    try:
        grade_class(Assignment("01_convolution", course), inbox, out, work=WORK, jobs=2, gradebook=gradebook,
                    on_progress=tell)
    except KeyboardInterrupt:
        sys.exit(130)
    print("torch" in sys.modules, "numpy" in sys.modules)
"""


def start(assignment: Assignment, inbox: Path, out: Path, gradebook: str | None = None) -> subprocess.Popen[str]:
    script = inbox.parent / "script.py"
    script.write_text(SCRIPT)
    package = Path(convclass.__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": f"{Path(__file__).parents[1]}{os.pathsep}{package}"}
    command = [sys.executable, str(script), str(assignment.course), str(inbox), str(out), gradebook or ""]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True, preexec_fn=heed_keyboard
    )


def test_the_parent_stays_light(assignment: Assignment, inbox: Path, tmp_path: Path) -> None:
    hand_in(inbox, {"alice": "right"})
    out, _ = start(assignment, inbox, tmp_path / "out").communicate()
    assert out.splitlines()[-1] == "False False"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_half_way_and_started_again(
    how: signal.Signals, assignment: Assignment, inbox: Path, tmp_path: Path, graded: Graded, gradebooks: Gradebooks
) -> None:
    hand_in(inbox, {f"s{n:02}": "slow right" for n in range(SLOW)})
    process = start(assignment, inbox, tmp_path / "out", gradebooks.url(tmp_path / "out"))
    assert process.stdout is not None
    while process.stdout.readline().strip() != "4":
        pass
    (process.send_signal if how is signal.SIGKILL else lambda s: os.killpg(process.pid, s))(how)
    process.communicate()
    assert process.returncode == (-9 if how is signal.SIGKILL else 130)
    assert members(process.pid) == []
    before = len(calls(assignment.course))
    assert 4 <= before < SLOW
    run = graded(assignment, inbox, tmp_path / "out", work=WORK)
    assert run.kept >= 4 and run.kept + run.graded == SLOW
    assert len(calls(assignment.course)) - before == run.graded
    fresh = graded(assignment, inbox, tmp_path / "fresh", work=WORK)
    assert scores(run) == scores(fresh)
    assert (tmp_path / "out" / "grades.csv").read_bytes() == (tmp_path / "fresh" / "grades.csv").read_bytes()


def members(session: int) -> list[str]:
    """Processes of the session that are still there a moment later."""
    for _ in range(400):
        found = [stat for stat in map(read_stat, Path("/proc").glob("[0-9]*/stat")) if session_of(stat) == session]
        if not found:
            return []
        time.sleep(0.05)
    return found


def read_stat(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def session_of(stat: str) -> int:
    fields = stat.rpartition(")")[2].split()
    return int(fields[3]) if len(fields) > 3 and fields[0] != "Z" else -1


def test_two_grade_the_same_class_into_one_gradebook_at_once(
    assignment: Assignment, inbox: Path, tmp_path: Path, gradebooks: Gradebooks
) -> None:
    hand_in(inbox, {f"s{n:02}": "slow right" for n in range(SLOW)})
    shared = gradebooks.url(tmp_path / "shared") or str(tmp_path / "shared.db")
    outs = [tmp_path / "one", tmp_path / "two"]
    processes = [start(assignment, inbox, out, shared) for out in outs]
    assert [process.communicate()[0] != "" and process.returncode for process in processes] == [0, 0]
    engine = open_engine(shared)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT student, score FROM grades ORDER BY student").all()
    engine.dispose()
    assert [tuple(row) for row in kept] == [(f"s{n:02}", 2.0) for n in range(SLOW)]
    assert (outs[0] / "grades.csv").read_bytes() == (outs[1] / "grades.csv").read_bytes()
    again = grade_class(assignment, inbox, tmp_path / "three", work=WORK, gradebook=shared)
    assert (again.graded, again.kept) == (0, SLOW)
