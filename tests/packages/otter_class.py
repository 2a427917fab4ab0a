"""Six students of one assignment, graded by otter's real commands and by `convclass grade`: one call does it all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from packages.cohort import answered, sources

from convclass.course import Assignment

OTTER = str(Path(sys.executable).with_name("otter"))
CONVCLASS = [sys.executable, "-c", "from convclass.cli import main; main()"]

_BATCH = """
import json, sys
from pathlib import Path
from otter.api import grade_submission
from otter.run import AutograderConfig

autograder, config, *submissions = map(Path, sys.argv[1:])
for submission in submissions:
    results = grade_submission(str(submission), str(autograder), quiet=True)
    shown = results.to_gradescope_dict(AutograderConfig(json.loads(config.read_text())))
    print(json.dumps({"student": submission.parent.name, "total": results.total, "shown": shown}))
"""


@dataclass(frozen=True)
class Graded:
    """What came out: by student, otter's results as Gradescope gets them, and our results/STUDENT.json."""

    assignment: Assignment
    folder: Path
    totals: dict[str, float]
    otter: dict[str, Any]
    convclass: dict[str, Any]

    @property
    def student(self) -> Path:
        """The version for students."""
        return self.folder / "dist" / "student"

    @property
    def autograder(self) -> Path:
        """The version for instructors."""
        return self.folder / "dist" / "autograder"

    @property
    def package(self) -> Path:
        """The zip that otter grades with."""
        return next(self.autograder.glob("*.zip"))

    def submission(self, student: str) -> Path:
        """The notebook of one student."""
        return self.folder / "submissions" / student / f"{self.assignment.module}.ipynb"


def otter(*arguments: object, folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """The real command, in `folder`."""
    command = [OTTER, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, **options)


def assigned(released: Path) -> Path:
    """Run `otter assign`, its tests included, on the package of one assignment, and return its folder."""
    master = next(released.glob("*.ipynb"))
    done = otter("assign", master.name, "dist", folder=released)
    assert done.returncode == 0, done.stderr
    return released


def grade_class(assignment: Assignment, released: Path) -> Graded:
    """Assign, let six students answer otter's student version, and grade them twice."""
    folder = assigned(released)
    graded = Graded(assignment, folder, {}, {}, {})
    given = nbformat.read(graded.student / f"{assignment.module}.ipynb", as_version=4)
    for student, source in sources(assignment).items():
        graded.submission(student).parent.mkdir(parents=True)
        nbformat.write(answered(given, source), graded.submission(student))
    _by_convclass(graded)
    _by_otter(graded)
    return graded


def _by_convclass(graded: Graded) -> None:
    out = graded.folder / "graded"
    arguments = [graded.assignment.name, graded.folder / "submissions", "--out", out, "--jobs", "1", "--no-progress"]
    command = [*CONVCLASS, "grade", *map(str, arguments)]
    done = subprocess.run(command, cwd=graded.assignment.course, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    for path in sorted((out / "results").glob("*.json")):
        graded.convclass[path.stem] = json.loads(path.read_text())


def _by_otter(graded: Graded) -> None:
    submissions = [graded.submission(student) for student in graded.convclass]
    config = graded.autograder / "otter_config.json"
    command = [sys.executable, "-c", _BATCH, graded.package, config, *submissions]
    done = subprocess.run(command, cwd=graded.folder, capture_output=True, text=True, timeout=900, env=os.environ)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        one = json.loads(line)
        graded.totals[one["student"]] = one["total"]
        graded.otter[one["student"]] = one["shown"]
