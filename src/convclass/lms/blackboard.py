"""Blackboard's upload file: one question a line, fields between tabs, HTML in them.

Source: Blackboard Help, "Upload Questions" (Original) and "Upload Questions" (Ultra).
"""

from __future__ import annotations

import re

from convclass.lms import texts
from convclass.lms.simpler import gaps_as_questions, lines_as_choice, pairs_as_choices
from convclass.lms.support import NATIVE, Exported, Kind, Support, degraded, native, refused, split
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

SUFFIX = ".txt"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: native("the unit stands behind the prompt"),
    Kind.MATCHING: degraded("one choice for each pair where right sides repeat or belong to nothing; else native"),
    Kind.ORDERING: NATIVE,
    Kind.CLOZE: degraded("blanks when all gaps are words; else one question for each gap"),
    Kind.SHORT_TEXT: degraded("case never counts; an answer that a spreadsheet would run is refused"),
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: degraded("the description stands for the figure"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: refused("the format has none"),
    Kind.EXPLANATION: refused("the format has none"),
    Kind.POINTS: refused("the format has none; Blackboard gives its default"),
    Kind.PARTIAL_CREDIT: refused("the format has none; it is set in Blackboard"),
}
_PRE = re.compile("<pre>(.*?)</pre>", re.DOTALL)
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def export(quiz: Quiz) -> Exported:
    """The quiz as a tab-separated text, UTF-8, without a header, as Blackboard wants it."""
    questions, left_out = split(quiz, {q.id: cause for q in quiz.questions if (cause := _refusal(q))})
    rows = [row for question in questions for row in _rows(question)]
    return Exported("".join("\t".join(row) + "\r\n" for row in rows).encode(), left_out)


def would_run(answer: str) -> bool:
    """A spreadsheet would take the answer for a formula."""
    return bool(_FORMULA.match(answer)) and not _PLAIN_NUMBER.fullmatch(answer)


def _refusal(question: AnyQuestion) -> str:
    words: tuple[str, ...] = ()
    if isinstance(question, ShortText):
        words = question.answers
    if isinstance(question, Cloze):
        words = tuple(word for gap in question.gaps for word in gap.words)
    return "an answer begins like a formula, which a spreadsheet would run" if any(map(would_run, words)) else ""


def _rows(question: AnyQuestion) -> list[list[str]]:
    if isinstance(question, SpotTheError):
        choice = lines_as_choice(question)
        return [["MC", _html(choice.prompt, choice), *_options(choice)]]
    if isinstance(question, Choice):
        kind = "MA" if isinstance(question, MultipleChoice) else "MC"
        return [[kind, _html(question.prompt, question), *_options(question)]]
    if isinstance(question, Cloze) and not all(gap.words for gap in question.gaps):
        return [row for part in gaps_as_questions(question) for row in _rows(part)]
    if isinstance(question, Matching) and not _one_to_one(question):
        return [row for part in pairs_as_choices(question) for row in _rows(part)]
    prompt = _html(question.prompt, question)
    if isinstance(question, TrueFalse):
        return [["TF", prompt, "true" if question.answer else "false"]]
    if isinstance(question, Numeric):
        unit = f" ({question.unit})" if question.unit else ""
        asked = _html(question.prompt + unit, question)
        return [["NUM", asked, texts.number(question.answer), texts.number(question.tolerance)]]
    if isinstance(question, Matching):
        sides = [_html(side, question) for pair in question.pairs for side in (pair.left, pair.right)]
        return [["MAT", prompt, *sides]]
    if isinstance(question, Ordering):
        return [["ORD", prompt, *(_html(item, question) for item in question.items)]]
    if isinstance(question, Cloze):
        return [_blanks(question)]
    return [["FIB", prompt, *map(_plain, question.answers)]]


def _one_to_one(question: Matching) -> bool:
    """Each right side belongs to one left side: Blackboard cannot tell others apart."""
    return not question.distractors and len({pair.right for pair in question.pairs}) == len(question.pairs)


def _options(question: Choice) -> list[str]:
    cells = [(_html(o.text, question), "correct" if o.right else "incorrect") for o in question.options]
    return [cell for pair in cells for cell in pair]


def _blanks(question: Cloze) -> list[str]:
    marked = texts.marked_html(question, texts.figure_in_words)
    names = {gap.name: texts.free_name(gap.name, question.prompt) for gap in question.gaps}
    row = ["FIB_PLUS", _line(texts.fill_gaps(marked, lambda name: f"[{names[name]}]"))]
    for i, gap in enumerate(question.gaps):
        row += ([""] if i else []) + [names[gap.name], *map(_plain, gap.words)]
    return row


def _html(text: str, question: Question) -> str:
    return _line(texts.as_html(text, question.figures, texts.figure_in_words))


def _line(markup: str) -> str:
    """HTML without tabs and line ends: those of code become `<br />`, the others spaces."""
    shown = _PRE.sub(lambda match: match[0].replace("\n", "<br />").replace("\t", "    "), markup)
    return " ".join(re.split(r"[\n\t]", shown))


def _plain(text: str) -> str:
    return " ".join(texts.clean(text).split())
