"""Graders and returners killed by SIGKILL at random moments: at the end every platform has what the tool has."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select
from web.ags_platform import Fault, ags_platform, eventually
from web.grading import MOST, handed_in
from web.returning import connect, row

from convclass.web.ags import SCORE_SCOPE
from convclass.web.database import Database
from convclass.web.models import Attempt, Link, Score, State

ITEM = "/items/assignment?type_id=2"
KILLS = 24
_HERE = Path(__file__).parent


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def platform():
    with ags_platform() as platform:
        platform.add_item(ITEM)
        platform.always = lambda *_: Fault(before=lambda: time.sleep(0.01))
        yield platform


class Forker:
    """Starts victims, and kills them."""

    def __init__(self, url: str) -> None:
        self.url, self.running = url, {}
        environment = os.environ | {"PYTHONPATH": f"{_HERE.parents[1] / 'src'}:{_HERE.parent}"}
        command = [sys.executable, str(_HERE / "victim.py")]
        self.process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def start(self, role: str) -> None:
        if role not in self.running:
            self.process.stdin.write(json.dumps({"role": role, "database": self.url}) + "\n")
            self.process.stdin.flush()
            self.running[role] = int(self.process.stdout.readline())

    def kill(self, role: str) -> int:
        """How many were killed: one that had ended already is a fault of its own."""
        pid = self.running.pop(role, None)
        if pid is None:
            return 0
        os.kill(pid, signal.SIGKILL)
        return 1

    def close(self) -> None:
        for role in list(self.running):
            with suppress(ProcessLookupError):
                self.kill(role)
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def forker(database_url):
    forker = Forker(database_url)
    yield forker
    forker.close()


def done(world) -> bool:
    with world.database.reading() as session:
        waiting = select(func.count()).select_from(Attempt).where(Attempt.state != State.GRADED)
        unsent = select(func.count()).select_from(Score).where(Score.settled.is_(False))
        return not session.scalar(waiting) and not session.scalar(unsent)


@pytest.mark.slow
def test_killed_anywhere_every_grade_arrives_in_order(world, platform, forker):
    connect(world, platform)
    with world.database.writing() as session:
        link = session.get_one(Link, world.assignment)
        link.lineitem_url, link.scopes = f"{platform.url}{ITEM}", [SCORE_SCOPE]
    rng, kills, score = random.Random(7), 0, 0.0
    while kills < KILLS:
        score = round(score + 0.1, 1)
        for user in world.students:
            handed_in(world, user, str(score).encode())
        for role in ("grader", "returner"):
            forker.start(role)
        time.sleep(rng.random() * 0.4)
        whom = rng.choice([["grader"], ["returner"], ["grader", "returner"]])
        kills += sum(forker.kill(role) for role in whom)
    for role in ("grader", "returner"):
        forker.start(role)
    eventually(lambda: done(world), 90)
    for number, user in enumerate(world.students):
        mine = row(world, user, world.assignment)
        assert mine.score == score and mine.sent_version == mine.version and mine.problem == ""
        assert platform.of(ITEM, f"s{number}") == pytest.approx(score / MOST)
        given = [body["scoreGiven"] for item, sub, body in platform.accepted if sub == f"s{number}"]
        assert given == sorted(given)  # each attempt was better than the one before
    assert kills >= KILLS and not platform.twice_at_once
