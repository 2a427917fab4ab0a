"""The peers: one homework, one class, five ways to grade it, interleaved in rounds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import cost, machine, recorded_calls
from bench.cost import Cost
from bench.figures import Peers
from bench.measure import CommandError, say
from bench.ours import ConvClass, Floor
from bench.peers import SUPPORT, FreshPytest, Graded, Homework, Nbgrader, Otter, Venv
from bench.record import record
from bench.students import Programme, copies, programmes

from convclass.course import Assignment

SEED = 20


def measure(
    assignment: Assignment, folder: Path, peers: Path, students: int, number: int
) -> tuple[Peers, dict[str, str]]:
    """Every tool in `number` rounds over a class of `students`, and the versions of the tools.

    `peers` holds an environment for each of them. Raises CommandError when one is missing, and DisagreementError.
    """
    bench = Bench(peers, students, assignment, folder)
    costs = rounds(bench, number, folder)
    medians = {name: cost.middle(made) for name, made in costs.items()}
    return Peers(students, len(bench.group.few), bench.calls, medians, costs), bench.versions


@dataclass(frozen=True)
class Class:
    """The sizes: the programmes themselves, and the class made of copies of them."""

    few: list[Programme]
    many: list[Programme]


class DisagreementError(Exception):
    """A tool gave full marks to a wrong programme, or none to a right one."""


class Bench:
    """All tools, prepared, and one method per tool that measures it once."""

    def __init__(self, peers: Path, students: int, assignment: Assignment, folder: Path) -> None:
        few = programmes(assignment, folder)
        self.size = students
        self.group = Class(few, list(copies(few, self.size)))
        ours, otter, nbgrader = Venv(Path(sys.prefix)), peer(peers, "otter"), peer(peers, "nbgrader")
        homework = self._homework(assignment, folder / "homework")
        self.versions = machine.versions({"otter-grader": otter, "nbgrader": nbgrader})
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

    def ways(self) -> dict[str, Callable[[Path], Cost]]:
        """Each tool's name, and how to measure it once in a fresh folder."""
        each = {name: self._process_each(tool) for name, tool in self._each.items()}
        return {ConvClass.name: self._our_class, **each, Nbgrader.name: self._their_class, Floor.name: self._the_floor}

    def _our_class(self, folder: Path) -> Cost:
        small = graded(self._ours, self.group.few, folder / "few")
        large = graded(self._ours, self.group.many, folder / "many")
        return cost.class_at_once(small.usage, small.submissions, large.usage, large.submissions, self.size)

    def _their_class(self, folder: Path) -> Cost:
        small = graded(self._nbgrader, self.group.few[:1], folder / "one")
        large = graded(self._nbgrader, self.group.few, folder / "few")
        return cost.class_at_once(small.usage, small.submissions, large.usage, large.submissions, self.size)

    def _the_floor(self, folder: Path) -> Cost:
        done = self._floor.grade(self.group.many, folder)
        return cost.process_each(done.usage, done.submissions)

    def _process_each(self, tool: FreshPytest | Otter) -> Callable[[Path], Cost]:
        def measure(folder: Path) -> Cost:
            done = graded(tool, self.group.few, folder)
            return cost.process_each(done.usage, done.submissions)

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
            one = measure(folder / f"round{turn}" / name.replace(" ", "_"))
            costs[name].append(one)
            used = f"{one.share.cpu_seconds:.3f} CPU s per submission, one more {one.further.cpu_seconds:.3f}"
            say(f"round {turn + 1}: {name}: {used}")
    return costs
