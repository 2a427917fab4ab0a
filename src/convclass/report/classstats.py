"""What a class's results come to: marks, success by question, common mistakes, and whom to look at first."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from convclass.exam.results import NamedMistake, SubmissionResult
from convclass.exam.verdict import Verdict
from convclass.report.summary import QuestionSummary, distinct, questions
from convclass.report.text import count

BINS = 10
_SUSPICIOUS = {
    Verdict.FORBIDDEN_CALL: "used a forbidden call in",
    Verdict.CRASHED: "crashed in",
}
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Student:
    """One row of the class: the result with its questions, worked out once."""

    result: SubmissionResult
    questions: Mapping[str, QuestionSummary]

    @property
    def share(self) -> float:
        """The part of the points earned, 0 to 1."""
        most = self.result.max_score
        return min(max(self.result.score / most, 0.0), 1.0) if most else 0.0

    @property
    def attempted(self) -> bool:
        """False when every question is untouched or waits for an untouched one."""
        idle = {Verdict.NOT_ATTEMPTED, Verdict.BLOCKED}
        return any(test.verdict not in idle for test in self.result.tests)


@dataclass(frozen=True, slots=True)
class Attention:
    """A submission to look at before the grades go out, with the reasons."""

    student: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """The class in figures, in points, over the submissions that are completely graded."""

    n: int
    most: float
    mean: float
    lowest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    highest: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of the distribution: how many students have from `low` to `high` per cent."""

    low: int
    high: int
    students: int


@dataclass(frozen=True, slots=True)
class QuestionStats:
    """How a question went: of all students, how many attempted it, got it fully or partly right; the mean share."""

    name: str
    points: float
    students: int
    attempted: int
    full: int
    partial: int
    mean_share: float
    unexplained: int


@dataclass(frozen=True, slots=True)
class CommonMistake:
    """A named mistake of this class, with the questions it showed in and the students who made it."""

    questions: tuple[str, ...]
    mistake: NamedMistake
    students: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How often a verdict was given: hidden tests, and students who have at least one."""

    verdict: Verdict
    tests: int
    students: int


def students(results: Iterable[SubmissionResult]) -> tuple[Student, ...]:
    """The class in order of name."""
    ordered = sorted(results, key=lambda result: (result.student.casefold(), result.student))
    return tuple(Student(result, {q.name: q for q in questions(result.tests)}) for result in ordered)


def incomplete(group: Iterable[Student]) -> tuple[Attention, ...]:
    """The submissions of which a mistake of ours kept some test from being judged."""
    return tuple(
        Attention(student.result.student, tuple(_internal_reasons(student.result)))
        for student in group
        if not student.result.complete
    )


def suspicious(group: Iterable[Student]) -> tuple[Attention, ...]:
    """The submissions with warnings, forbidden calls or crashes, and those with notices that earned nothing.

    Warnings and forbidden calls come first, crashes next.
    """
    found = [(_rank(s.result), Attention(s.result.student, reasons)) for s in group if (reasons := _reasons(s))]
    return tuple(attention for _, attention in sorted(found, key=lambda pair: pair[0]))


def noticed(group: Iterable[Student]) -> tuple[Attention, ...]:
    """The other submissions with notices: nothing to worry about, mostly notebook cells that were left out."""
    return tuple(Attention(s.result.student, s.result.notices) for s in group if s.result.notices and not _reasons(s))


def marks(group: Sequence[Student]) -> Marks | None:
    """Mean, quartiles and extremes; None when no submission is completely graded."""
    scores = [student.result.score for student in group if student.result.complete]
    if not scores:
        return None
    lower, median, upper = statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else 3 * scores
    most = max(student.result.max_score for student in group)
    return Marks(len(scores), most, statistics.fmean(scores), min(scores), lower, median, upper, max(scores))


def distribution(group: Iterable[Student]) -> tuple[Bin, ...]:
    """The completely graded students by per cent of the points, in ten bars."""
    return bins_of(student.share for student in group if student.result.complete)


def bins_of(shares: Iterable[float]) -> tuple[Bin, ...]:
    """The bars for shares of the points from 0 to 1; full marks are in the last one."""
    per_bin = Counter(min(int(share * BINS + _EPSILON), BINS - 1) for share in shares)
    width = 100 // BINS
    return tuple(Bin(i * width, (i + 1) * width, per_bin[i]) for i in range(BINS))


def question_stats(group: Sequence[Student]) -> tuple[QuestionStats, ...]:
    """One row per question, in the order of the exam."""
    names = distinct(name for student in group for name in student.questions)
    return tuple(_stats(name, [s.questions[name] for s in group if name in s.questions]) for name in names)


def common_mistakes(group: Iterable[Student]) -> tuple[CommonMistake, ...]:
    """The named mistakes by the number of students who made them, most frequent first.

    One mistake that shows in several questions, because one builds on the other, is one mistake.
    """
    made: defaultdict[NamedMistake, dict[str, None]] = defaultdict(dict)
    where: defaultdict[NamedMistake, dict[str, None]] = defaultdict(dict)
    for student in group:
        for name, question in student.questions.items():
            for mistake in question.mistakes:
                made[mistake][student.result.student] = None
                where[mistake][name] = None
    ordered = sorted(made, key=lambda mistake: -len(made[mistake]))
    return tuple(CommonMistake(tuple(where[m]), m, tuple(made[m])) for m in ordered)


def verdict_counts(group: Iterable[Student]) -> tuple[VerdictCount, ...]:
    """Every verdict given to a hidden test, in the order of `Verdict`."""
    tests: Counter[Verdict] = Counter()
    having: Counter[Verdict] = Counter()
    for student in group:
        verdicts = [test.verdict for test in student.result.tests if not test.public]
        tests.update(verdicts)
        having.update(set(verdicts))
    return tuple(VerdictCount(v, tests[v], having[v]) for v in Verdict if tests[v])


def _stats(name: str, summaries: Sequence[QuestionSummary]) -> QuestionStats:
    return QuestionStats(
        name=name,
        points=max(summary.points for summary in summaries),
        students=len(summaries),
        attempted=sum(summary.verdict is not Verdict.NOT_ATTEMPTED for summary in summaries),
        full=sum(summary.share >= 1 - _EPSILON for summary in summaries),
        partial=sum(_EPSILON < summary.share < 1 - _EPSILON for summary in summaries),
        mean_share=statistics.fmean(summary.share for summary in summaries),
        unexplained=sum(_unexplained(summary) for summary in summaries),
    )


def _unexplained(summary: QuestionSummary) -> bool:
    wrong = {Verdict.FAILED, Verdict.PARTIAL}
    return not summary.mistakes and any(test.verdict in wrong for test in summary.tests)


def _internal_reasons(result: SubmissionResult) -> list[str]:
    tests = [test for test in result.tests if test.verdict is Verdict.INTERNAL]
    told = distinct(f"{test.question}: {test.title or test.name}" for test in tests)
    more = [f"and {count(len(told) - 3, 'more test')}"] if len(told) > 3 else []
    return [*told[:3], *more]


def _reasons(student: Student) -> tuple[str, ...]:
    result = student.result
    seen = []
    for verdict, words in _SUSPICIOUS.items():
        where = distinct(test.question for test in result.tests if test.verdict is verdict)
        if where:
            seen.append(f"{words} {', '.join(where)}")
    worrying = () if result.score > 0 else result.notices
    return distinct((*result.warnings, *seen, *worrying))


def _rank(result: SubmissionResult) -> int:
    verdicts = {test.verdict for test in result.tests}
    if result.warnings or Verdict.FORBIDDEN_CALL in verdicts:
        return 0
    return 1 if Verdict.CRASHED in verdicts else 2
