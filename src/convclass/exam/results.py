"""Results of an exam: immutable data that every later part (gradebook, report, lms) reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass

from convclass.exam.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Picture:
    """A small matrix to show as a heat map: `rows` of numbers (or None for a hole) under a `label`."""

    label: str
    rows: tuple[tuple[float | None, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class NamedMistake:
    """The known misconception behind a wrong answer: its name, and the sentence that helps."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case of a test, `name` "" for an only one.

    `message` is safe to show to the student: for a hidden case it holds no values. `credit` is the share of the case
    that a wrong answer earns all the same.
    """

    name: str
    verdict: Verdict
    message: str = ""
    notes: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    credit: float = 0.0


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test over its cases, with the points it earned. A public test carries no points."""

    __test__ = False  # not a test for pytest to collect

    name: str
    title: str
    question: str
    points: float
    score: float
    verdict: Verdict
    message: str = ""
    public: bool = False
    mistake: NamedMistake | None = None
    blocked_by: str = ""
    hints: tuple[str, ...] = ()
    cases: tuple[CaseResult, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """Everything that grading one submission brought to light.

    `notices` are lines about the submission as a whole (a file that could not be read, cells that were skipped),
    `warnings` are for the instructor alone (suspicious source, with the line).
    """

    assignment: str
    student: str
    submission_sha256: str
    exam_version: str
    isolation: str
    device: str
    tests: tuple[TestResult, ...]
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def score(self) -> float:
        """Points earned, rounded to four places so that sums of thirds read well."""
        return round(sum(test.score for test in self.tests), 4)

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return round(sum(test.points for test in self.tests), 4)

    @property
    def complete(self) -> bool:
        """False when a mistake of ours kept any test from being judged."""
        return all(test.verdict is not Verdict.INTERNAL for test in self.tests)
