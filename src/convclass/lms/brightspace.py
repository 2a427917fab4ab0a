"""Brightspace's question import: a CSV file with one line for each field of a question, UTF-8 with a mark.

Source: Brightspace Knowledge Base, "Import questions into the Question Library", and its sample file.
"""

from __future__ import annotations

import csv
import io

from convclass.lms import texts
from convclass.lms.blackboard import would_run
from convclass.lms.simpler import gaps_as_questions, lines_as_choice, number_as_choice, number_as_text
from convclass.lms.support import NATIVE, Exported, Kind, Support, degraded, native, split
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    Quiz,
    ShortText,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.shown import right_sides

SUFFIX = ".csv"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: degraded("choice among known mistakes, else the spellings of an exact number, else refused"),
    Kind.MATCHING: NATIVE,
    Kind.ORDERING: NATIVE,
    Kind.CLOZE: degraded("one question for each gap"),
    Kind.SHORT_TEXT: degraded("case never counts; an answer that a spreadsheet would run is refused"),
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: native("data URIs in the HTML"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: degraded("plain text, for options and for the whole question"),
    Kind.EXPLANATION: native("feedback of the question"),
    Kind.POINTS: NATIVE,
    Kind.PARTIAL_CREDIT: degraded("multiple choice: right minus wrong as Brightspace counts it; matching: per pair"),
}


def export(quiz: Quiz) -> Exported:
    """The quiz as a CSV file."""
    questions, left_out = split(quiz, {q.id: cause for q in quiz.questions if (cause := _refusal(q))})
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for question in questions:
        for part in _simpler(question):
            writer.writerows(_rows(part))
    return Exported(b"\xef\xbb\xbf" + buffer.getvalue().encode(), left_out)


def _refusal(question: AnyQuestion) -> str:
    if isinstance(question, Cloze):
        return next((cause for part in gaps_as_questions(question) if (cause := _refusal(part))), "")
    if isinstance(question, ShortText) and any(map(would_run, question.answers)):
        return "an answer begins like a formula, which a spreadsheet would run"
    endless = isinstance(question, Numeric) and not question.wrong and question.tolerance
    return "a number with a tolerance, and no known mistake offers numbers to choose from" if endless else ""


def _simpler(question: AnyQuestion) -> tuple[AnyQuestion, ...]:
    if isinstance(question, Cloze):
        return tuple(part for gap in gaps_as_questions(question) for part in _simpler(gap))
    if isinstance(question, SpotTheError):
        return (lines_as_choice(question),)
    if isinstance(question, Numeric):
        return (number_as_choice(question) or number_as_text(question),)
    return (question,)


def _rows(question: AnyQuestion) -> list[list[str]]:
    if isinstance(question, MultipleChoice):
        return _question("MS", question, [["Scoring", "RightMinusWrong"], *_options(question, "1")])
    if isinstance(question, Choice):
        return _question("MC", question, _options(question, "100"))
    if isinstance(question, TrueFalse):
        return _question("TF", question, [_truth(question, True), _truth(question, False)])
    if isinstance(question, Matching):
        return _question("M", question, [["Scoring", "EquallyWeighted"], *_pairs(question)], question.feedback)
    if isinstance(question, Ordering):
        items = [["Item", _html(item, question), "HTML", ""] for item in question.items]
        return _question("O", question, [["Scoring", "AllOrNothing"], *items], question.feedback)
    assert isinstance(question, ShortText)
    answers = [["Answer", "100", " ".join(texts.clean(answer).split()), ""] for answer in question.answers]
    return _question("SA", question, [["InputBox", "1", "40"], *answers], question.feedback)


def _question(kind: str, question: Question, rows: list[list[str]], wrong: str = "") -> list[list[str]]:
    said = "\n".join(_html(text, question) for text in (wrong, question.explanation) if text)
    return [
        ["NewQuestion", kind],
        ["ID", f"convclass-{question.id}"],
        ["Title", _safe(" ".join(texts.clean(question.title).split()))],
        ["QuestionText", _html(question.prompt, question), "HTML"],
        ["Points", texts.number(question.points)],
        ["Difficulty", "1"],
        *rows,
        *([["Feedback", said, "HTML"]] if said else []),
        [],
    ]


def _options(question: Choice, worth: str) -> list[list[str]]:
    return [
        ["Option", worth if o.right else "0", _html(o.text, question), "HTML", _words(o.feedback, question)]
        for o in question.options
    ]


def _truth(question: TrueFalse, value: bool) -> list[str]:
    right = value == question.answer
    return [str(value).upper(), "100" if right else "0", "" if right else _words(question.feedback, question)]


def _pairs(question: Matching) -> list[list[str]]:
    rights = right_sides(question)
    lefts = [
        ["Choice", str(1 + rights.index(pair.right)), _html(pair.left, question), "HTML"] for pair in question.pairs
    ]
    return lefts + [["Match", str(1 + i), _html(right, question), "HTML"] for i, right in enumerate(rights)]


def _html(text: str, question: Question) -> str:
    return texts.as_html(text, question.figures)


def _words(text: str, question: Question) -> str:
    return _safe(texts.as_plain(text, question.figures)) if text else ""


def _safe(text: str) -> str:
    """A space before what a spreadsheet would take for a formula."""
    return f" {text}" if would_run(text) else text
