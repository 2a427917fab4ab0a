"""The proofs of an assignment's content: what must hold of the stub, the solution, and every variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from convclass.exam import collect
from convclass.exam.examiner import Examined, Examiner
from convclass.exam.question import Variant
from convclass.exam.results import TestResult
from convclass.exam.substitute import substituted
from convclass.exam.verdict import Verdict

Take = Callable[[bytes], Examined]
"""Examines the source of one module."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One submission of ours and what became of it.

    `shares` holds, for each question, the share of its points that were earned; `named` the mistakes named in the
    question meant; `gap` says what should have been otherwise, or is empty.
    """

    kind: str
    function: str
    name: str
    shares: dict[str, float]
    named: tuple[str, ...] = ()
    gap: str = ""


def prove(examiner: Examiner, autograder: Path, solution: bytes, stub: bytes, take: Take) -> Iterator[Proof]:
    """Run every proof of one assignment, one after the other."""
    yield from _questions(examiner)
    yield _stub(take(stub))
    yield _full("solution", "", "solution", take(solution))
    for kind, judge in (("alternative", _alternative), ("misconception", _misconception)):
        file = autograder / f"{kind}s.py"
        for known in collect.variants(file).values():
            for variant in known:
                yield judge(variant, take(substituted(solution, file, variant)))


def _questions(examiner: Examiner) -> Iterator[Proof]:
    """Every question needs points, a public test, a hidden test and a hint."""
    tests = examiner.exam.tests
    for question in examiner.exam.questions.values():
        own = [test for test in tests if test.mark.name == question.name]
        lacks = {
            "a public test": not any(test.public for test in own),
            "a hidden test with points": not any(not test.public and test.mark.points > 0 for test in own),
            "a hint": not question.hints,
            "the question it comes after": not all(name in examiner.exam.questions for name in question.after),
        }
        gap = ", ".join(name for name, missing in lacks.items() if missing)
        yield Proof("question", question.name, question.name, {}, gap=f"lacks {gap}" if gap else "")


def _stub(examined: Examined) -> Proof:
    wrong = [test.name for test in examined.tests if test.verdict is not Verdict.NOT_ATTEMPTED or test.score]
    gap = f"not reported as not attempted with 0 points: {', '.join(wrong)}" if wrong else ""
    return Proof("stub", "", "stub", shares(examined.tests), gap=gap)


def _full(kind: str, function: str, name: str, examined: Examined) -> Proof:
    lost = [f"{test.name} ({test.verdict}: {test.message})" for test in examined.tests if not _passed(test)]
    return Proof(kind, function, name, shares(examined.tests), gap=f"lost {'; '.join(lost)}" if lost else "")


def _alternative(variant: Variant, examined: Examined) -> Proof:
    return _full("alternative", variant.function, variant.name, examined)


def _misconception(variant: Variant, examined: Examined) -> Proof:
    own = [test for test in examined.tests if test.question == variant.function and not _passed(test)]
    named = tuple(dict.fromkeys(test.mistake.name if test.mistake else "nothing" for test in own))
    lost = any(test.score < test.points for test in own)
    gap = "" if named == (variant.name,) else f"named {' and '.join(named) or 'nothing'} instead"
    gap = gap if lost else "loses no points"
    return Proof("misconception", variant.function, variant.name, shares(examined.tests), named, gap)


def shares(tests: tuple[TestResult, ...]) -> dict[str, float]:
    """The share of its points that each question earned."""
    earned: dict[str, float] = {}
    possible: dict[str, float] = {}
    for test in tests:
        earned[test.question] = earned.get(test.question, 0.0) + test.score
        possible[test.question] = possible.get(test.question, 0.0) + test.points
    return {name: earned[name] / points if points else 0.0 for name, points in possible.items()}


def _passed(test: TestResult) -> bool:
    return test.verdict is Verdict.PASSED
