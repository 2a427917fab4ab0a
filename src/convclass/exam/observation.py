"""In which cases a student's calls are observed: which torch operators they run."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from convclass.exam.collect import Question, Test

OPERATORS = "aten::"
CASES_CHOSEN = 2

Place = tuple[str, str]
"""The names of a test and of one of its cases."""


def observable(questions: Mapping[str, Question]) -> set[str]:
    """The questions that forbid operators."""
    return {q.name for q in questions.values() if any(pattern.startswith(OPERATORS) for pattern in q.forbidden)}


def chosen_places(tests: Iterable[Test], questions: Mapping[str, Question], seed: int) -> frozenset[Place]:
    """Hidden cases that the exam's seed chooses; in each, or after it, a small call is observed besides the first.

    The first small call is a public one in most exams. Whoever knew that only this one is observed could do honest
    work there, or lose it, and call what is forbidden everywhere else.
    """
    hidden: dict[str, list[Place]] = {name: [] for name in sorted(observable(questions))}
    for test in tests:
        if test.mark.name in hidden and not test.public:
            hidden[test.mark.name] += [(test.name, case.name) for case in test.cases]
    chosen: set[Place] = set()
    for name, places in hidden.items():
        chosen.update(random.Random(f"{seed}/{name}").sample(places, min(CASES_CHOSEN, len(places))))
    return frozenset(chosen)
