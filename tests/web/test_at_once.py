"""Two graders and the web tool write at once: what students hand in is graded once each, and none of it is lost."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from web.ags_platform import eventually
from web.grading import MOST, result

from convclass.gradebook.codec import from_json
from convclass.web.database import Database
from convclass.web.grader import AttemptGrader
from convclass.web.models import Attempt, AuditEntry, Link, Override, Role, Score, State

EACH = 8
"""How often each student hands in from each of two windows; an attempt's score is its number, as the file says."""
RIGHT = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    yield database
    database.close()


def grade(url: str, log: Path) -> None:
    """A grader, in a process of its own; it notes what it graded."""

    def by_content(_assignment: str, path: Path, _student: str):
        said = path.read_text().rpartition("# ")[2]
        with log.open("a") as file:
            file.write(f"{os.getpid()} {said}\n")
        time.sleep(0.01)
        return result(float(said.split()[1]))

    AttemptGrader(Database(url), by_content).run(threading.Event())


@pytest.fixture
def graders(database_url, database, tmp_path):
    """Two graders that are at work; the file that says what they graded."""
    log = tmp_path / "graded.txt"
    fork = multiprocessing.get_context("fork")
    started = [fork.Process(target=grade, args=(database_url, log)) for _ in range(2)]
    for grader in started:
        grader.start()
    yield log
    for grader in started:
        os.kill(grader.pid, signal.SIGKILL)
        grader.join()


def said(attempt: Attempt) -> str:
    """The last line of the file: whose, its score, and from which window."""
    return attempt.content.decode().rpartition("# ")[2]


def upload(browser, file: bytes) -> int:
    """Hand it in; who has too many that wait is told so, and tries again."""
    status = 429
    while status == 429:
        sent = {"file": (io.BytesIO(file), "scaling.py")}
        status = browser.post("assignment/", sent, content_type="multipart/form-data").status_code
        time.sleep(0.02)
    return status


def count(database: Database, *where) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(where[0]).where(*where[1:]))


def test_two_graders_and_the_web_tool(graders, world, sign_in):
    windows = [(user, window, sign_in(user, world.assignment)) for user in world.students for window in "ab"]
    teacher = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    with world.database.writing() as session:
        session.get_one(Link, world.assignment).points = MOST

    def hand_in(user: int, window: str, browser) -> list[int]:
        files = [f"{RIGHT}# {user} {number} {window}".encode() for number in range(1, EACH + 1)]
        return [upload(browser, file) for file in files]

    def give_scores() -> list[int]:
        answers = []
        for number in range(EACH):
            with world.database.reading() as session:
                seen = session.scalar(select(func.max(Override.id))) or 0
            form = {"seen": str(seen), "score": str(number), "reason": "by hand"}
            answers.append(teacher.post(f"class/students/{world.students[0]}/override", form).status_code)
        return answers

    with ThreadPoolExecutor(len(windows) + 1) as people:
        busy = [people.submit(hand_in, *window) for window in windows] + [people.submit(give_scores)]
    assert [one.result() for one in busy] == [[303] * EACH] * (len(windows) + 1)
    expected = len(world.students) * 2 * EACH
    eventually(lambda: count(world.database, Attempt, Attempt.state == State.GRADED) == expected, 90)

    with world.database.reading() as session:
        attempts = session.scalars(select(Attempt)).all()
        scores = {score.user_id: score for score in session.scalars(select(Score))}
    assert len(attempts) == expected
    for user in world.students:
        mine = [one for one in attempts if one.user_id == user]
        assert sorted(one.number for one in mine) == list(range(1, 2 * EACH + 1))
        assert sorted(map(said, mine)) == sorted(f"{user} {n} {window}" for n in range(1, EACH + 1) for window in "ab")
        assert all(from_json(one.result).score == float(said(one).split()[1]) for one in mine)
    assert sorted(scores) == sorted(world.students)
    assert [scores[user].score for user in world.students[1:]] == [min(EACH, MOST)] * (len(world.students) - 1)
    assert scores[world.students[0]].score == EACH - 1  # what the instructor gave last
    assert count(world.database, Override) == count(world.database, AuditEntry) == EACH
    graded = [line.split(" ", 1) for line in graders.read_text().splitlines()]
    assert sorted(what for _, what in graded) == sorted(map(said, attempts))
    assert len({pid for pid, _ in graded}) == 2  # both were at work
