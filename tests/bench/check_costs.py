"""What a student waits for: the first and the second `convclass check`, against a bare `import torch`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench.cost import middle_usage
from bench.figures import CheckCosts
from bench.measure import Usage, run, say
from bench.peers import Venv

from convclass.course import Assignment
from convclass.release.module import solution_module


def measure(assignment: Assignment, folder: Path, rounds: int) -> CheckCosts:
    """The median of each over `rounds`, all in turns; each round is a new student, who has solved everything."""
    venv = Venv(Path(sys.prefix))
    seen: dict[str, list[Usage]] = {"import": [], "first": [], "second": [], "help": []}
    for turn in range(rounds):
        for name, measured in _student(assignment, folder / f"student{turn}", venv).items():
            seen[name].append(measured())
    medians = {name: middle_usage(usages) for name, usages in seen.items()}
    say(", ".join(f"{name} {usage.seconds:.2f} s" for name, usage in medians.items()))
    return CheckCosts(rounds, medians["import"], medians["first"], medians["second"], medians["help"])


def _student(assignment: Assignment, home: Path, venv: Venv) -> dict[str, Callable[[], Usage]]:
    """What is measured of a student who was just given the folder, in the order in which it has to be done."""
    place = home / assignment.name
    shutil.copytree(assignment.released, place, ignore=shutil.ignore_patterns("__pycache__"))
    (place / f"{assignment.module}.py").write_bytes(solution_module(assignment))
    environment = venv.environment(home / "home")

    def of(*words: str | Path) -> Callable[[], Usage]:
        return lambda: run(words, folder=place, environment=environment)[0]

    check = of(venv / "convclass", "check")
    return {
        "import": of(venv / "python", "-c", "import torch"),
        "first": check,
        "second": check,
        "help": of(venv / "convclass", "--help"),
    }
