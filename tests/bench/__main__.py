"""The bench: every part of it in one run, one JSON, one picture, and which goals are met.

`make bench`, or `PYTHONPATH=tests python -m bench --help`. Exits 1 when a part could not be measured, as when the tools
disagree about who is right: figures of a tool that did not grade would mean nothing. A missed goal is printed, and
costs no exit status.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import check_costs, comparison, database_costs, machine, plot, quiz_costs, sandbox_costs, scaling
from bench.comparison import DisagreementError
from bench.figures import PARTS, VERSION, Results, save
from bench.goals import judged
from bench.measure import CommandError, say
from bench.scoreboard import scoreboard
from bench.sizes import QUICK, Sizes
from bench.web import __main__ as web

from convclass.course import Assignment, CourseError, find_assignment, find_course

ASSIGNMENT = "01_convolution"


class Bench:
    """The parts, each by its name, and what they found out about the machine meanwhile."""

    def __init__(self, sizes: Sizes, peers: Path, assignment: Assignment, folder: Path) -> None:
        self._sizes, self._peers, self._assignment, self._folder = sizes, peers, assignment, folder
        self.versions: dict[str, str] = {}

    def parts(self) -> dict[str, Callable[[], Any]]:
        """Each part's name, and how to measure it."""
        sizes, assignment = self._sizes, self._assignment
        load = web.Load(sizes.web_students, sizes.web_seconds, 1, assignment.name, self._peers / "load/bin/locust")
        ways: dict[str, Callable[[], Any]] = {
            "peers": self._compared,
            "sandbox": sandbox_costs.measure,
            "check": lambda: check_costs.measure(assignment, self._place("check"), sizes.checks),
            "scaling": lambda: scaling.measure(assignment, self._place("scaling"), sizes),
            "quiz": lambda: quiz_costs.measure(assignment, sizes.quiz_seconds),
            "database": lambda: database_costs.measure(assignment, self._place("database"), sizes.commits),
            "web": lambda: web.measure(load),
        }
        assert tuple(ways) == PARTS
        return ways

    def _compared(self) -> Any:
        sizes, place = self._sizes, self._place("peers")
        made, self.versions = comparison.measure(self._assignment, place, self._peers, sizes.students, sizes.rounds)
        return made

    def _place(self, name: str) -> Path:
        place = self._folder / name
        place.mkdir()
        return place


def measured(wanted: argparse.Namespace, folder: Path) -> Results:
    """Run the wanted parts, one after the other; what goes wrong with one is written down, and the next begins."""
    about = machine.describe()
    bench = Bench(QUICK if wanted.quick else Sizes(), wanted.peers, find_assignment(find_course(), ASSIGNMENT), folder)
    made: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    problems: list[str] = []
    for name, part in bench.parts().items():
        if name not in wanted.only:
            continue
        say(f"-- {name}")
        start = time.perf_counter()
        try:
            made[name] = part()
        except Exception as problem:  # whatever it is, the minutes of the other parts must not be lost
            told = isinstance(problem, (DisagreementError, CommandError, CourseError))
            say(f"{name} stopped: {problem if told else traceback.format_exc()}")
            problems.append(f"{name}: {problem if told else repr(problem)}")
        seconds[name] = round(time.perf_counter() - start, 1)
    about = replace(about, versions=about.versions | bench.versions, load_after=machine.load())
    results = Results(VERSION, wanted.quick, about, seconds, **made, problems=problems)
    return replace(results, goals=judged(results))


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, by commas: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works; figures mean nothing")
    parser.add_argument("--peers", type=Path, default=Path(".venv-bench"), help="folder of the peers' environments")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder for bench.json, bench.md and bench.svg")
    given = parser.parse_args()
    given.only = given.only.split(",")
    if unknown := set(given.only) - set(PARTS):
        parser.error(f"--only {', '.join(sorted(unknown))}: no such part; there are {', '.join(PARTS)}")
    given.peers = given.peers.resolve()
    return given


def main() -> int:
    """Measure, judge, report."""
    wanted = options()
    with tempfile.TemporaryDirectory(prefix="convclass-bench-") as place:
        results = measured(wanted, Path(place))
    save(results, wanted.out / "bench.json")
    text = scoreboard(results)
    (wanted.out / "bench.md").write_text(text)
    plot.draw(results, wanted.out / "bench.svg")
    print(text)
    return 1 if results.problems else 0


if __name__ == "__main__":
    sys.exit(main())
