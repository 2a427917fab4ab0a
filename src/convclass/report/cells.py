"""What a graded nbgrader notebook shows: an overview on top, and a diagnosis in the check cell of every question."""

from __future__ import annotations

from collections.abc import Sequence

from convclass.exam.results import SubmissionResult
from convclass.exam.verdict import Verdict
from convclass.nbgrader_course import check_cell
from convclass.report.feedback import question_part
from convclass.report.summary import QuestionSummary, common_fault, messages, next_step, questions
from convclass.report.templating import NO_MATH, cell_style, render
from convclass.report.text import points, terminal


def overview_html(result: SubmissionResult, changes: Sequence[str]) -> str:
    """The points, where to start and all questions at a glance; `changes` say what was restored in the notebook."""
    summaries = questions(result.tests)
    fault = common_fault(result.tests, result.notices)
    return render(
        "overview.html",
        style=cell_style(),
        no_math=NO_MATH,
        result=result,
        summaries=summaries,
        anchors={summary.name: check_cell(summary.name) for summary in summaries},
        step=next_step(summaries),
        open=any(summary.verdict is not Verdict.PASSED for summary in summaries),
        fault=fault,
        notices=(*(notice for notice in result.notices if notice != fault), *changes),
    )


def overview_text(result: SubmissionResult, changes: Sequence[str]) -> str:
    """The overview where HTML is not shown."""
    told = [f"{points(result.score)} of {points(result.max_score)} points", *result.notices, *changes]
    lines = [f"{summary.name}: {summary.verdict.words}" for summary in questions(result.tests)]
    return terminal("\n".join([*told, *lines]))


def question_html(summary: QuestionSummary, result: SubmissionResult) -> str:
    """The diagnosis of one question; links go to nbgrader's own anchors of the check cells."""
    fault = common_fault(result.tests, result.notices)
    anchors = {test.question: check_cell(test.question) for test in result.tests}
    part = question_part(summary, f"diagnosis_{summary.name}", fault)
    return render("question.html", style=cell_style(), no_math=NO_MATH, part=part, anchors=anchors, fault=fault)


def question_text(summary: QuestionSummary) -> str:
    """The diagnosis where HTML is not shown."""
    lines = [f"{summary.name}: {summary.verdict.words}"]
    lines += [f"{mistake.name}: {mistake.sentence}" for mistake in summary.mistakes]
    lines += dict.fromkeys(text for test in summary.tests for text in messages(test))
    return terminal("\n".join(lines))


def score_html(summary: QuestionSummary) -> str:
    """The points of one question, as nbgrader takes them."""
    return f"<strong>{points(summary.score)}</strong> of {points(summary.points)} points"
