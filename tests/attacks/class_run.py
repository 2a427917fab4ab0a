"""One class of hostile and honest students, graded by the real command at one isolation level."""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from attacks.attack import HONEST, Attack
from attacks.course import write_course
from attacks.listeners import Listeners
from sandbox.levels import at_level

from convclass.exam.results import SubmissionResult
from convclass.gradebook import Gradebook

COMMAND = Path(sys.executable).with_name("convclass")
SOURCE = Path(__file__).parents[2] / "src"
NEIGHBOUR = "000-neighbour"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that everybody may enter, with the course and the submissions, and the secret that lies in both."""

    root: Path
    canary: str
    token: str

    @classmethod
    def make(cls) -> Place:
        """A fresh one, below /tmp: pytest's own folders are closed to the users of the weaker levels."""
        root = Path(tempfile.mkdtemp(prefix="attacks-", dir="/tmp"))
        place = cls(root, f"CANARY-{secrets.token_hex(16)}", secrets.token_hex(4))
        write_course(place.course, place.canary)
        for folder in (root, place.inbox, place.out):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        return place

    @property
    def course(self) -> Path:
        return self.root / "course"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def out(self) -> Path:
        return self.root / "out"

    def words(self, listeners: Listeners) -> dict[str, str]:
        """What attacks know about this place."""
        return {
            "OUT": str(self.out), "COURSE": str(self.course), "INBOX": str(self.inbox), "PORT": str(listeners.port),
            "TOKEN": self.token, "SOCKET": str(listeners.unix), "LOG": str(listeners.log), "NAME": listeners.abstract,
        }  # fmt: skip

    def hand_in(self, student: str, source: str | bytes, name: str = "sealed.py") -> None:
        """Put a student's file where the submissions are."""
        folder = self.inbox / student
        folder.mkdir()
        data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
        (folder / name).write_bytes(data)

    def hand_in_the_neighbour(self) -> None:
        """The first to be graded: the secret is in the file and, as part of its name, in the gradebook."""
        self.hand_in(NEIGHBOUR, f"# {self.canary}\n{HONEST}", f"{self.canary}.py")

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.root)


@dataclass(frozen=True)
class Graded:
    """What came of a class: the command's end and words, the files that it wrote, who called the listeners."""

    place: Place
    code: int
    said: str
    contacts: tuple[str, ...]
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()

    @cached_property
    def results(self) -> dict[str, SubmissionResult]:
        """All results by student, with what only the instructor reads."""
        with Gradebook(self.place.out / "gradebook.db") as book:
            return {result.student: result for result in book.latest("07_sealed")}

    @cached_property
    def lines(self) -> dict[str, str]:
        """The lines of grades.csv by student, without notices and isolation, which are not the grade."""
        with (self.place.out / "grades.csv").open(newline="") as file:
            return {row["student"]: repr({**row, "notices": "", "isolation": ""}) for row in csv.DictReader(file)}

    def shown(self, student: str) -> str:
        """All that the student is given."""
        paths = (self.place.out / "results" / f"{student}.json", self.place.out / "feedback" / f"{student}.html")
        return "".join(path.read_text("utf-8") for path in paths)


def attacker(number: int, attack: Attack) -> str:
    """The name that the attacker has in the class; heir and honest student follow in the order of names."""
    return f"{number:03d}-a-{attack.category}.{attack.name}"


def heir(number: int) -> str:
    return f"{number:03d}-b-heir"


def honest(number: int) -> str:
    return f"{number:03d}-c-honest"


def hand_in_attacks(place: Place, numbered: Iterable[tuple[int, Attack]], words: Mapping[str, str]) -> None:
    """Every attack, its heir where it has one, and an honest student after it."""
    for number, attack in numbered:
        files = attack.files(words)
        place.hand_in(attacker(number, attack), files["attacker"])
        if "heir" in files:
            place.hand_in(heir(number), files["heir"])
        place.hand_in(honest(number), HONEST)


def hand_in_honest(place: Place, numbers: Iterable[int]) -> None:
    """An honest class, under the names that the honest have among the attackers."""
    for number in numbers:
        place.hand_in(honest(number), HONEST)


def grade(place: Place, level: str, jobs: int, contacts: list[str]) -> Graded:
    """Run `convclass grade` on the place as it would run at that level."""
    environment = {
        **os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "EXAM_SECRET": place.canary,
        "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [
        *at_level(level), str(COMMAND), "grade", "sealed", str(place.inbox), "--out", str(place.out),
        "--jobs", str(jobs), "--min-isolation", max(level, "B"), "--seed", "7", "--no-progress",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=place.course, env=environment, capture_output=True, text=True, timeout=900)
    return Graded(place, done.returncode, done.stdout + done.stderr, tuple(contacts))
