"""The grader: what it takes is graded or tried again; result and score are stored together or not at all."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from web.grading import attempt_of, handed_in, result
from web.returning import row

from convclass.gradebook.codec import from_json
from convclass.web import queue
from convclass.web.grader import AttemptGrader, WarmGrader
from convclass.web.models import Attempt, Score, State, now


def by_content(assignment: str, path: Path, student: str):
    """As many points as the file says."""
    assert assignment == "06_scaling"
    return result(float(path.read_bytes()))


def again_now(world):
    with world.database.writing() as session:
        session.execute(update(Attempt).where(Attempt.again_at.is_not(None)).values(again_at=now()))


def test_result_and_score_are_stored(world):
    attempt = handed_in(world, world.students[0], b"7")
    grader = AttemptGrader(world.database, by_content)
    assert grader.step() and not grader.step()
    kept, score = attempt_of(world, attempt.id), row(world, world.students[0], world.assignment)
    assert (kept.state, kept.lease, from_json(kept.result).score) == (State.GRADED, "", 7.0)
    assert (score.score, score.version, score.settled) == (7.0, 1, False)


def test_a_fault_is_ours_and_tried_again(world):
    attempt = handed_in(world, world.students[0], b"7")

    def broken(*_):
        raise RuntimeError("a mistake of ours")

    assert AttemptGrader(world.database, broken).step()
    assert attempt_of(world, attempt.id).state is State.FAILED
    good = AttemptGrader(world.database, by_content)
    assert not good.step()
    again_now(world)
    assert good.step()
    assert attempt_of(world, attempt.id).state is State.GRADED


def test_an_incomplete_result_is_graded_again(world):
    attempt = handed_in(world, world.students[0])
    assert AttemptGrader(world.database, lambda *_: result(6.0, complete=False)).step()
    kept, score = attempt_of(world, attempt.id), row(world, world.students[0], world.assignment)
    assert kept.again_at is not None and (score.score, score.complete) == (10.0, False)
    again_now(world)
    assert AttemptGrader(world.database, by_content).step()
    score = row(world, world.students[0], world.assignment)
    assert (score.score, score.complete, score.version) == (7.0, True, 2)
    assert attempt_of(world, attempt.id).again_at is None


def test_who_has_lost_the_lease_stores_nothing(world):
    attempt = handed_in(world, world.students[0])

    def slow(*_):
        with world.database.writing() as session:
            taken = queue.take(session, now() + timedelta(hours=1))
            assert taken.id == attempt.id
            assert queue.finish(session, taken.id, taken.lease, result(9.0))
        return result(1.0)

    assert AttemptGrader(world.database, slow).step()
    assert from_json(attempt_of(world, attempt.id).result).score == 9.0
    with world.database.reading() as session:
        assert session.query(Score).count() == 0


@pytest.mark.parametrize("order", [SystemExit, KeyboardInterrupt])
def test_the_order_to_stop_hands_the_attempt_back(world, order):
    attempt = handed_in(world, world.students[0])

    def stopped(*_):
        raise order

    with pytest.raises(order):
        AttemptGrader(world.database, stopped).step()
    kept = attempt_of(world, attempt.id)
    assert (kept.state, kept.lease, kept.tries) == (State.WAITING, "", 0)


def test_the_lease_is_renewed_while_it_grades(world):
    handed_in(world, world.students[0])
    taken = []

    def slow(*_):
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            with world.database.writing() as session:
                taken.append(queue.take(session))
            time.sleep(0.1)
        return result(7.0)

    assert AttemptGrader(world.database, slow, lease=timedelta(seconds=1)).step()
    assert taken and not any(taken)
    assert row(world, world.students[0], world.assignment).score == 7.0


def test_a_database_that_is_away_for_a_moment_costs_nothing(world, monkeypatch):
    attempt = handed_in(world, world.students[0])
    monkeypatch.setattr("convclass.web.grader.time.sleep", lambda seconds: None)
    failures = [3]

    def fail(_connection, _cursor, statement, *_more):
        if "UPDATE attempts" in statement and "graded_at" in statement.partition("WHERE")[0] and failures[0]:
            failures[0] -= 1
            raise OperationalError(statement, {}, Exception("away"))

    event.listen(world.database.engine, "before_cursor_execute", fail)
    assert AttemptGrader(world.database, by_content).step()
    event.remove(world.database.engine, "before_cursor_execute", fail)
    assert failures == [0] and attempt_of(world, attempt.id).state is State.GRADED


def test_result_and_score_are_one_transaction(world, monkeypatch):
    attempt = handed_in(world, world.students[0])

    def broken(*_, **__):
        raise RuntimeError("between the two")

    with monkeypatch.context() as patched:
        patched.setattr("convclass.web.scores.update", broken)
        with pytest.raises(RuntimeError):
            AttemptGrader(world.database, by_content).step()
    assert not attempt_of(world, attempt.id).result
    assert AttemptGrader(world.database, by_content).step()
    assert attempt_of(world, attempt.id).state is State.GRADED


def test_a_grader_stops_when_told(world):
    stop = threading.Event()
    thread = threading.Thread(target=AttemptGrader(world.database, by_content).run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.slow
def test_real_grading(world, settings):
    """The tiny course in the sandbox: right, wrong, hostile and unreadable files, none of which stops the grader."""
    right = b"def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
    contents = {
        "right.py": right,
        "scaling.py": right.replace(b"return x * factor", b"return x + factor"),
        "broken.py": b"def scale(:",
        "exit.py": b"import os\nos._exit(1)",
        "empty.py": b"",
        "notebook.ipynb": b"\x00\xff no notebook",
        "archive.zip": b"PK\x03\x04 cut",
        "submission": b"no ending",
    }
    attempts = {name: handed_in(world, world.students[0], content, name) for name, content in contents.items()}
    grade = WarmGrader(settings)
    grader = AttemptGrader(world.database, grade)
    try:
        while grader.step():
            pass
    finally:
        grade.close()
    kept = {name: attempt_of(world, attempt.id) for name, attempt in attempts.items()}
    assert {attempt.state for attempt in kept.values()} == {State.GRADED}
    results = {name: from_json(attempt.result) for name, attempt in kept.items()}
    assert results["right.py"].score == results["right.py"].max_score == 7
    assert {name for name, one in results.items() if one.score == 0} == contents.keys() - {"right.py"}
    assert "factor added" in {test.mistake.name for test in results["scaling.py"].tests if test.mistake}
    assert results["submission"].notices and results["archive.zip"].notices
    assert row(world, world.students[0], world.assignment).score == 7
