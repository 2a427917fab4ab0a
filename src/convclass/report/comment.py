"""The feedback on one question as a comment for another tool's gradebook: a few lines of Markdown."""

from __future__ import annotations

from convclass.exam.verdict import Verdict
from convclass.report.summary import QuestionSummary
from convclass.report.text import plain, points

_LONGEST = 300


def comment(summary: QuestionSummary) -> str:
    """Points, verdict and what helps, in Markdown that may be rendered anywhere; "" when all is right.

    What a student may have written stands in code spans: nothing in it is a tag, a link or a formula.
    """
    if summary.verdict is Verdict.PASSED:
        return ""
    told = [f"**{summary.verdict.words}**, {points(summary.score)} of {points(summary.points)} points."]
    if not summary.complete:
        told.append("A mistake of ours kept a part from being judged; it costs no points. Please look at it by hand.")
    told += [f"This looks like *{mistake.name}*: {mistake.sentence}" for mistake in summary.mistakes]
    told += [f"Finish {name} first: this question builds on it." for name in map(_code, summary.blockers)]
    if summary.message and not summary.mistakes:
        told.append(_code(summary.message))
    return "\n\n".join(told)


def _code(text: str) -> str:
    """Text as a code span on one line."""
    line = " ".join(plain(text, _LONGEST).split()).replace("`", "'")
    return f"`{line}`"
