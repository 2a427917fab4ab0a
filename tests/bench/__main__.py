"""The bench: one homework, one class, five ways to grade it, interleaved in one run.

`make bench`, or `PYTHONPATH=tests python -m bench --help`. Exits 1 when the tools disagree about who is right, since
figures of a tool that did not grade would mean nothing. Goals that are missed are printed, and cost no exit status.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import machine, recorded_calls, table
from bench.measure import CommandError
from bench.ours import ConvClass, Floor
from bench.peers import SUPPORT, FreshPytest, Graded, Homework, Nbgrader, Otter, Venv
from bench.record import record
from bench.students import PROGRAMMES, Programme, copies, programmes
from bench.table import Cost

from convclass.course import Assignment, find_assignment, find_course

SEED = 20
TIMES_LESS = {Otter.name: 60, Nbgrader.name: 25, FreshPytest.name: 15}


@dataclass(frozen=True)
class Class:
    """The sizes: the programmes themselves, and the class made of copies of them."""

    few: list[Programme]
    many: list[Programme]


class DisagreementError(Exception):
    """A tool gave full marks to a wrong programme, or none to a right one."""


class Bench:
    """All tools, prepared, and one method per tool that measures it once."""

    def __init__(self, options: argparse.Namespace, assignment: Assignment, folder: Path) -> None:
        few = programmes(assignment, folder)
        self.size = options.students
        self.group = Class(few, list(copies(few, self.size)))
        ours, otter, nbgrader = Venv(Path(sys.prefix)), peer(options.peers, "otter"), peer(options.peers, "nbgrader")
        homework = self._homework(assignment, folder / "homework")
        self.about = machine.describe({"otter-grader": otter, "nbgrader": nbgrader})
        self.calls = {name: len(calls) for name, calls in recorded_calls.load(folder / "homework/calls.pt").items()}
        say("preparing the homework for the peers")
        self._ours = ConvClass(ours, assignment, SEED, folder / "ours")
        self._floor = Floor(ours, folder / "homework/calls.pt", folder / "floor")
        self._each = {
            FreshPytest.name: FreshPytest(ours, homework, folder / "pytest"),
            Otter.name: Otter(otter, homework, folder / "otter"),
        }
        self._nbgrader = Nbgrader(nbgrader, homework, folder / "nbgrader")

    def _homework(self, assignment: Assignment, folder: Path) -> Homework:
        folder.mkdir()
        say("recording the exam's calls")
        calls = record(assignment, SEED, folder)
        recorded_calls.save(calls, folder / "calls.pt")
        (folder / SUPPORT[0]).write_bytes(Path(recorded_calls.__file__).read_bytes())
        return Homework(self.group.few[0].source, tuple(calls), folder)

    @property
    def isolation(self) -> str:
        """The level of isolation at which ours was measured."""
        return self._ours.isolation

    def ways(self) -> dict[str, Callable[[Path], Cost]]:
        """Each tool's name, and how to measure it once in a fresh folder."""
        each = {name: self._process_each(tool) for name, tool in self._each.items()}
        return {ConvClass.name: self._our_class, **each, Nbgrader.name: self._their_class, Floor.name: self._the_floor}

    def _our_class(self, folder: Path) -> Cost:
        small = graded(self._ours, self.group.few, folder / "few")
        large = graded(self._ours, self.group.many, folder / "many")
        return table.class_at_once(small.usage, small.submissions, large.usage, large.submissions, self.size)

    def _their_class(self, folder: Path) -> Cost:
        small = graded(self._nbgrader, self.group.few[:1], folder / "one")
        large = graded(self._nbgrader, self.group.few, folder / "few")
        return table.class_at_once(small.usage, small.submissions, large.usage, large.submissions, self.size)

    def _the_floor(self, folder: Path) -> Cost:
        done = self._floor.grade(self.group.many, folder)
        return table.process_each(done.usage, done.submissions)

    def _process_each(self, tool: FreshPytest | Otter) -> Callable[[Path], Cost]:
        def measure(folder: Path) -> Cost:
            done = graded(tool, self.group.few, folder)
            return table.process_each(done.usage, done.submissions)

        return measure


def peer(peers: Path, name: str) -> Venv:
    """A peer's environment; raises CommandError, with the remedy, when it has not been set up."""
    folder = (peers / name).resolve()
    if not (folder / "bin" / name).is_file():
        raise CommandError(f"{folder}: {name} is not installed there; `make bench` does that")
    return Venv(folder)


def graded(tool: ConvClass | FreshPytest | Nbgrader | Otter, made: list[Programme], folder: Path) -> Graded:
    """Let `tool` grade `made`, and see that it tells right from wrong."""
    done = tool.grade(made, folder)
    right = {programme.name: programme.right for programme in made}
    if done.full_marks != right:
        wrong = sorted(name for name in right if done.full_marks.get(name) != right[name])
        raise DisagreementError(f"{tool.name} misjudged {', '.join(wrong)} (see {folder})")
    return done


def rounds(bench: Bench, number: int, folder: Path) -> dict[str, list[Cost]]:
    """Measure every tool once per round, each round beginning with another tool."""
    ways = list(bench.ways().items())
    costs: dict[str, list[Cost]] = {name: [] for name, _ in ways}
    for turn in range(number):
        start = turn % len(ways)
        for name, measure in ways[start:] + ways[:start]:
            cost = measure(folder / f"round{turn}" / name.replace(" ", "_"))
            costs[name].append(cost)
            say(f"round {turn + 1}: {name}: {cost.share.cpu:.3f} CPU s per submission, one more {cost.further.cpu:.3f}")
    return costs


def report(bench: Bench, costs: dict[str, list[Cost]], loads: list[float]) -> tuple[dict[str, object], str]:
    """The run as data and as a table."""
    medians = {name: table.middle(made) for name, made in costs.items()}
    peers = [(name, medians[name], times) for name, times in TIMES_LESS.items()]
    judged = table.goals(medians[ConvClass.name], medians[Floor.name], peers)
    about = bench.about | {"isolation": bench.isolation, "load before and after": " ".join(f"{x:.1f}" for x in loads)}
    data: dict[str, object] = {
        "about": about,
        "class": [programme.name for programme in bench.group.many],
        "calls": bench.calls,
        "rounds": {name: [asdict(cost) for cost in made] for name, made in costs.items()},
        "medians": {name: asdict(cost) for name, cost in medians.items()},
        "goals": [asdict(goal) for goal in judged],
    }
    number = len(next(iter(costs.values())))
    lines = [
        f"Median of {number} interleaved rounds, one thread, {sum(bench.calls.values())} calls per submission; the "
        f"class of {bench.size} is {len(bench.group.few)} programmes in turn. CPU: user and system time of the "
        "command and all it started.",
        "Measured on: " + ", ".join(f"{name} {value}" for name, value in about.items()) + ".",
    ]
    return data, table.markdown(medians, ConvClass.name, judged, lines, bench.size)


def say(text: str) -> None:
    """Tell the person who waits how far it is."""
    print(text, file=sys.stderr, flush=True)


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--students", type=int, default=100, help="size of our class; a multiple of 5, above 5")
    parser.add_argument("--assignment", default="01_convolution")
    parser.add_argument("--peers", type=Path, default=Path(".venv-bench"), help="folder of the peers' environments")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder for bench.json and bench.md")
    given = parser.parse_args()
    if given.students <= PROGRAMMES or given.students % PROGRAMMES or given.rounds < 1:
        parser.error(f"--students must be a multiple of {PROGRAMMES} above {PROGRAMMES}, and --rounds at least 1")
    return given


def main() -> int:
    """Prepare, measure, report."""
    wanted = options()
    assignment = find_assignment(find_course(), wanted.assignment)
    loads = [machine.load()]
    with tempfile.TemporaryDirectory(prefix="convclass-bench-") as place:
        folder = Path(place)
        try:
            bench = Bench(wanted, assignment, folder)
            costs = rounds(bench, wanted.rounds, folder)
        except (DisagreementError, CommandError) as problem:
            say(f"the bench stopped: {problem}")
            return 1
    loads.append(machine.load())
    data, text = report(bench, costs, loads)
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "bench.json").write_text(json.dumps(data, indent=2) + "\n")
    (wanted.out / "bench.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
