"""A class run under way whose processes are killed at random moments, and what must hold after each kill."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from faults.grader import stacks_of
from tinycourse import write_tiny_course

HERE = Path(__file__).parent
MOST_SECONDS = 60.0


@dataclass
class Injector:
    """One class of `size` students in `folder`, whose run is started again and again until it is complete."""

    folder: Path
    size: int
    rng: random.Random
    jobs: int = 1
    kills: dict[str, int] = field(default_factory=dict)
    finished: int = 0
    committed: dict[str, tuple[float, str]] = field(default_factory=dict)
    calls_seen: int = 0

    def __post_init__(self) -> None:
        write_tiny_course(self.folder / "course")
        for number in range(self.size):
            path = self.folder / "inbox" / f"s{number:03}" / "scaling.py"
            path.parent.mkdir(parents=True)
            path.write_text(str(number))
        command = [sys.executable, str(HERE / "grader.py"), str(self.folder)]
        environment = os.environ | {"PYTHONPATH": f"{HERE.parents[1] / 'src'}:{HERE.parent}"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(command, env=environment, text=True, **pipes)
        self.rounds = 0
        self.whole_run()  # the first one waits for the server's imports
        self.seconds = self.whole_run()

    @property
    def out(self) -> Path:
        """Where the class is graded into at present."""
        return self.folder / f"out{self.rounds}"

    @property
    def killed(self) -> int:
        """How many processes were killed so far; who came too late does not count."""
        return sum(self.kills.values())

    def close(self) -> None:
        """End the server."""
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()

    def start(self) -> int:
        """Start a run, or go on with one; its process number."""
        self.out.with_name(f"{self.out.name}.end").unlink(missing_ok=True)
        self.server.stdin.write(f"{self.out} {self.jobs}\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())

    def whole_run(self) -> float:
        """Seconds that a run takes which nobody disturbs."""
        began = time.monotonic()
        self.wait(self.start())
        seconds = time.monotonic() - began
        assert self.end().startswith("graded"), self.end()
        self.check()
        self.next_round()
        return seconds

    def kill_somebody(self) -> None:
        """Start a run, kill one of its processes at a random moment in it, and see what is left."""
        self.jobs = self.rng.choice([1, 1, 2])
        run = self.start()
        time.sleep(self.rng.random() * self.seconds * (1 - 0.7 * len(self.committed) / self.size))
        whom = self.rng.choices(["grader", "worker", "keyboard"], [6, 3, 1])[0]
        self.kills[whom] = self.kills.get(whom, 0) + self._kill(run, whom)
        self.wait(run)
        self.check()
        if self.end().startswith("graded"):
            self.finished += 1
            self.check_complete()
            self.next_round()

    def _kill(self, run: int, whom: str) -> int:
        """Kill; how many were there to be killed."""
        victims = children(run) if whom == "worker" else [run] if alive(run) else []
        if not victims:
            return 0
        victim = self.rng.choice(victims)
        try:
            if whom == "keyboard":
                os.killpg(victim, signal.SIGINT)
            else:
                os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return 0
        return 1

    def wait(self, run: int) -> None:
        """Wait for the run and all its processes to be gone."""
        limit = time.monotonic() + MOST_SECONDS
        while alive(run) or in_group(run):
            assert time.monotonic() < limit, f"{run} or a process of it does not end:\n{self._stacks(run)}"
            time.sleep(0.005)

    def _stacks(self, run: int) -> str:
        """What the processes of the run are doing."""
        with suppress(ProcessLookupError):
            os.killpg(run, signal.SIGUSR1)
            time.sleep(1)
        return stacks_of(self.out).read_text()

    def end(self) -> str:
        """How the last run ended, in its own words; "" when it could not say."""
        path = self.out.with_name(f"{self.out.name}.end")
        return path.read_text() if path.exists() else ""

    def check(self) -> None:
        """What must hold after every kill: nothing lost, nothing changed, nothing graded twice, no broken file."""
        assert not self.end().startswith(("error", "refused")), self.end()
        rows = self.rows()
        for student, kept in self.committed.items():
            assert rows.get(student) == kept, f"{student} was graded and is lost or graded again"
        calls = (self.folder / "course" / "calls.txt").read_text().split("\n")[:-1] if self.has_calls() else []
        again = [call.split()[1] for call in calls[self.calls_seen :]]
        assert not set(again) & set(self.committed), "a student who was graded is graded again"
        self.committed, self.calls_seen = rows, len(calls)
        for path in self.out.glob("results/s*.json") if self.out.exists() else ():
            assert json.loads(path.read_text())["max_score"] == 100

    def has_calls(self) -> bool:
        """Whether anything was ever graded."""
        return (self.folder / "course" / "calls.txt").exists()

    def rows(self) -> dict[str, tuple[float, str]]:
        """Every student's score and the time of grading, read from the gradebook as it lies there."""
        book = self.out / "gradebook.db"
        if not book.exists():
            return {}
        with sqlite3.connect(book) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
            if not database.execute("select 1 from sqlite_master where name = 'grades'").fetchall():
                return {}
            found = database.execute("select student, score, graded_at from grades").fetchall()
        database.close()
        assert len({row[0] for row in found}) == len(found), "a student is there twice"
        return {student: (score, at) for student, score, at in found}

    def check_complete(self) -> None:
        """A run that went through has every student with the right score, in the gradebook and in the files."""
        expected = {f"s{number:03}": float(number) for number in range(self.size)}
        assert {student: score for student, (score, _) in self.rows().items()} == expected
        with (self.out / "grades.csv").open(newline="") as file:
            told = {row["student"]: (float(row["score"]), row["complete"]) for row in csv.DictReader(file)}
        assert told == {student: (score, "yes") for student, score in expected.items()}
        assert len(list((self.out / "feedback").glob("*.html"))) == self.size
        assert not list(self.out.rglob(".new-*"))

    def next_round(self) -> None:
        """A new class of the same students."""
        self.rounds += 1
        self.committed = {}


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def in_group(group: int) -> bool:
    """Whether any process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
