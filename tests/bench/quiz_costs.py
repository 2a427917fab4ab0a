"""Quizzes per second: variants drawn, and exports in every format."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from bench.figures import QuizCosts
from bench.measure import say

from convclass.course import Assignment
from convclass.lms.formats import Format, exporter
from convclass.quiz import bank, variants
from convclass.quiz.models import Quiz

FEWEST = 3


def measure(assignment: Assignment, seconds: float) -> QuizCosts:
    """Each for about so many seconds, after a first time that is not counted; every export is of another variant."""
    loaded = bank.load(assignment)
    seeds = itertools.count()
    drawn = per_second(lambda: variants.variant(loaded, next(seeds)), seconds)
    made = [variants.variant(loaded, seed) for seed in range(20)]
    exports = {name.value: per_second(_export_of(name, made), seconds) for name in Format}
    say(f"{drawn:.0f} variants per second; exports " + ", ".join(f"{n} {rate:.0f}" for n, rate in exports.items()))
    return QuizCosts(len(made[0].questions), drawn, exports)


def _export_of(name: Format, made: list[Quiz]) -> Callable[[], object]:
    export, turns = exporter(name).export, itertools.cycle(made)
    return lambda: export(next(turns))


def per_second(work: Callable[[], object], seconds: float) -> float:
    """How often it is done in a second of wall-clock time."""
    work()
    start, done = time.perf_counter(), 0
    while done < FEWEST or time.perf_counter() - start < seconds:
        work()
        done += 1
    return done / (time.perf_counter() - start)
