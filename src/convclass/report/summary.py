"""Results told by question: what each question came to, and which step helps the student most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from convclass.exam.results import CaseResult, NamedMistake, TestResult
from convclass.exam.verdict import Verdict

T = TypeVar("T")

_SYMBOLS = {
    Verdict.PASSED: "✓",
    Verdict.PARTIAL: "~",
    Verdict.NOT_ATTEMPTED: "–",
    Verdict.BLOCKED: "…",
    Verdict.INTERNAL: "?",
}
_TONES = {
    Verdict.PASSED: "good",
    Verdict.PARTIAL: "part",
    Verdict.NOT_ATTEMPTED: "idle",
    Verdict.BLOCKED: "idle",
    Verdict.INTERNAL: "ours",
}
_OUTRANKS_ALL = (Verdict.INTERNAL, Verdict.FORBIDDEN_CALL)
_PARTLY = {Verdict.PASSED, Verdict.PARTIAL}
_WORST_FIRST = (
    Verdict.CRASHED,
    Verdict.OUT_OF_MEMORY,
    Verdict.TIMED_OUT,
    Verdict.RAISED,
    Verdict.FAILED,
    Verdict.BLOCKED,
    Verdict.NOT_ATTEMPTED,
)
_NOTHING_TO_DO = {Verdict.PASSED, Verdict.INTERNAL, Verdict.BLOCKED}


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    """One question with its tests, public ones first."""

    name: str
    tests: tuple[TestResult, ...]

    @property
    def score(self) -> float:
        """Points earned."""
        return sum(test.score for test in self.tests)

    @property
    def points(self) -> float:
        """Points that could be earned; 0 when only public tests were run."""
        return sum(test.points for test in self.tests)

    @property
    def complete(self) -> bool:
        """False when a mistake of ours kept any test from being judged."""
        return all(test.verdict is not Verdict.INTERNAL for test in self.tests)

    @property
    def share(self) -> float:
        """The part of the points that was earned, 0 to 1; of the tests passed when there are no points."""
        if self.points > 0:
            return min(max(self.score / self.points, 0.0), 1.0)
        return sum(test.verdict is Verdict.PASSED for test in self.tests) / len(self.tests)

    @property
    def verdict(self) -> Verdict:
        """What the tests that carry points came to; what the public ones came to when there are no others."""
        judged = [test.verdict for test in self.tests if not test.public]
        return joint_verdict(judged or [test.verdict for test in self.tests])

    @property
    def mistakes(self) -> tuple[NamedMistake, ...]:
        """The named mistakes of this question, each once."""
        return distinct(test.mistake for test in self.tests if test.mistake is not None)

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints of this question, each once."""
        return distinct(hint for test in self.tests for hint in test.hints)

    @property
    def message(self) -> str:
        """The first thing said about a test that is not right; empty when nothing was."""
        return next((text for test in self.tests for text in messages(test)), "")

    @property
    def blockers(self) -> tuple[str, ...]:
        """The questions that have to be finished first."""
        return distinct(test.blocked_by for test in self.tests if test.blocked_by)


def questions(tests: Iterable[TestResult]) -> tuple[QuestionSummary, ...]:
    """The tests grouped by question, in the order in which the questions first appear."""
    groups: dict[str, list[TestResult]] = {}
    for test in tests:
        groups.setdefault(test.question, []).append(test)
    return tuple(
        QuestionSummary(name, tuple(sorted(group, key=lambda test: not test.public))) for name, group in groups.items()
    )


def joint_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict for several tests: theirs when they agree, PARTIAL when some are right, else the worst."""
    found = set(verdicts)
    if len(found) == 1:
        return verdicts[0]
    for verdict in _OUTRANKS_ALL:
        if verdict in found:
            return verdict
    if found & _PARTLY:
        return Verdict.PARTIAL
    return next(verdict for verdict in _WORST_FIRST if verdict in found)


def next_step(summaries: Iterable[QuestionSummary]) -> QuestionSummary | None:
    """The first question that the student can do something about; None when there is none."""
    for summary in summaries:
        if any(test.verdict not in _NOTHING_TO_DO for test in summary.tests):
            return summary
    return None


def messages(test: TestResult) -> tuple[str, ...]:
    """What is said about a test that is not right: its message and those of its wrong cases, each once.

    That it is blocked, and by what, is told once for the question and not here.
    """
    if test.verdict is Verdict.PASSED:
        return ()
    own = "" if test.verdict is Verdict.BLOCKED else test.message
    of_cases = (case.message for case in test.cases if case.verdict is not Verdict.PASSED)
    return distinct(text for text in (own, *of_cases) if text)


def common_fault(tests: Sequence[TestResult], notices: Iterable[str]) -> str:
    """The notice that is the reason of every test, such as a file that could not be loaded; empty without one."""
    reasons = {test.message for test in tests}
    return next((notice for notice in notices if notice and reasons == {notice}), "")


def own_name(test: TestResult, case: CaseResult) -> str:
    """What tells a case from the others of its test: its name without the test's; empty for an only case."""
    return case.name.removeprefix(test.name).strip("[]")


def first_failing(test: TestResult) -> CaseResult | None:
    """The first case of a test that is not right."""
    return next((case for case in test.cases if case.verdict is not Verdict.PASSED), None)


def symbol(verdict: Verdict) -> str:
    """A sign that tells the verdict without colour."""
    return _SYMBOLS.get(verdict, "✗")


def tone(verdict: Verdict) -> str:
    """The class of a verdict for styling: good, part, bad, idle or ours."""
    return _TONES.get(verdict, "bad")


def distinct(items: Iterable[T]) -> tuple[T, ...]:
    """The items in order, each once."""
    return tuple(dict.fromkeys(items))
