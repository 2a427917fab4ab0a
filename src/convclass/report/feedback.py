"""The feedback page of one submission, and the same feedback as a fragment for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from convclass.exam.results import CaseResult, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.report.heatmap import Grid, grids
from convclass.report.summary import QuestionSummary, common_fault, distinct, messages, next_step, own_name, questions
from convclass.report.templating import NO_MATH, macro, page_style, part_style, render

_MOST_EXAMPLES = 3
_MOST_MESSAGES = 3
_MOST_KEPT = 512

Anchors = tuple[tuple[str, str], ...]
"""Where on the page each question stands."""


@dataclass(frozen=True, slots=True)
class Example:
    """A public case to look at: what was given, and how the answer differs; and which test it belongs to."""

    title: str
    name: str
    case: CaseResult
    given: tuple[Grid, ...]
    answers: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class TestLine:
    """One test with what is to be said about it and was not said about the tests before."""

    __test__ = False  # not a test for pytest to collect

    test: TestResult
    tally: str
    messages: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """One question of the page."""

    summary: QuestionSummary
    anchor: str
    examples: tuple[Example, ...]
    lines: tuple[TestLine, ...]


def feedback_page(result: SubmissionResult, *, title: str) -> str:
    """One self-contained HTML page for the student of `result`; hidden cases show no values."""
    style, policy = page_style()
    common = _common(result.tests, result.notices, "q")
    return render("feedback.html", result=result, title=title, style=style, policy=policy, **common)


def feedback_parts(result: SubmissionResult) -> Markup:
    """What stands below the score on that page, for a page that has its CSS (`templating.page_css`) already."""
    common = _common(result.tests, result.notices, "q")
    return Markup(render("feedback_parts.html", result=result, **common))


def notebook_html(tests: Sequence[TestResult], notices: Sequence[str] = ()) -> str:
    """The feedback on `tests` as an HTML fragment with scoped CSS, for `_repr_html_`."""
    return render("notebook.html", style=part_style(), no_math=NO_MATH, **_common(tests, notices, "convclass-q"))


def _common(tests: Sequence[TestResult], notices: Sequence[str], anchor: str) -> dict[str, object]:
    summaries = questions(tests)
    fault = common_fault(tests, notices)
    anchors = {summary.name: f"{anchor}{number}" for number, summary in enumerate(summaries, start=1)}
    return {
        "summaries": summaries,
        "questions": [_question(summary, fault, tuple(anchors.items())) for summary in summaries],
        "anchors": anchors,
        "right": sum(summary.verdict is Verdict.PASSED for summary in summaries),
        "open": any(summary.verdict is not Verdict.PASSED for summary in summaries),
        "fault": fault,
        "notices": tuple(notice for notice in notices if notice != fault),
        "step": next_step(summaries),
        "untouched": all(test.verdict is Verdict.NOT_ATTEMPTED for test in tests),
    }


def _question(summary: QuestionSummary, fault: str, anchors: Anchors) -> Markup:
    """The section of one question; most look the same on many pages of a class."""
    pictures = any(case.pictures for test in summary.tests for case in test.cases)
    return (_question_html if pictures else _kept_question_html)(summary, fault, anchors)


def _question_html(summary: QuestionSummary, fault: str, anchors: Anchors) -> Markup:
    known = dict(anchors)
    return macro("parts.html", "question", question_part(summary, known[summary.name], fault), known)


_kept_question_html = lru_cache(_MOST_KEPT)(_question_html)


def question_part(summary: QuestionSummary, anchor: str, fault: str) -> QuestionPart:
    """What a page says about one question; `fault`, which is said elsewhere, is not repeated."""
    examples = _examples(summary)
    told = [fault, *(example.case.message for example in examples)]
    lines = []
    for test in summary.tests:
        lines.append(_line(test, told))
        told += messages(test)
    return QuestionPart(summary, anchor, examples, tuple(lines))


def _line(test: TestResult, told: Sequence[str]) -> TestLine:
    right = sum(case.verdict is Verdict.PASSED for case in test.cases)
    return TestLine(
        test,
        tally=f"{right} of {len(test.cases)} cases right" if 0 < right < len(test.cases) else "",
        messages=_at_most([text for text in messages(test) if text not in told]),
        notes=distinct(note for case in test.cases for note in case.notes),
    )


def _at_most(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) <= _MOST_MESSAGES:
        return tuple(texts)
    return (*texts[:_MOST_MESSAGES], f"… and {len(texts) - _MOST_MESSAGES} more messages like these")


def _examples(summary: QuestionSummary) -> tuple[Example, ...]:
    """The first public cases of a question that are not right and have pictures."""
    found = (
        _example(test, case)
        for test in summary.tests
        if test.public
        for case in test.cases
        if case.pictures and case.verdict is not Verdict.PASSED
    )
    return tuple(found)[:_MOST_EXAMPLES]


def _example(test: TestResult, case: CaseResult) -> Example:
    drawn = grids(case.pictures)
    given = tuple(grid for grid in drawn if not grid.about_answer)
    answers = tuple(grid for grid in drawn if grid.about_answer)
    return Example(test.title or test.name, own_name(test, case), case, given, answers)
