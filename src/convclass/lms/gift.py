"""GIFT, Moodle's text format for questions, as qformat_gift of Moodle and gift-pegjs read it."""

from __future__ import annotations

import re

from convclass.lms import texts
from convclass.lms.simpler import gaps_as_questions, lines_as_choice, order_as_matching
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

SUFFIX = ".gift"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: native("the unit stands behind the prompt"),
    Kind.MATCHING: degraded("right sides become plain text; distractors get an empty left side"),
    Kind.ORDERING: degraded("matching of the items with their places"),
    Kind.CLOZE: degraded("one question for each gap"),
    Kind.SHORT_TEXT: degraded("case never counts; an answer with -> or &&, or beginning with % or [html], is refused"),
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: native("data URIs in the HTML"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: NATIVE,
    Kind.EXPLANATION: native("general feedback"),
    Kind.POINTS: refused("the format has no points; Moodle gives 1 to each question"),
    Kind.PARTIAL_CREDIT: native("multiple choice: right minus wrong; matching: per pair"),
}
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\~=#{}:"} | {"\n": r"\n"})
_UNSAYABLE = re.compile(r"->|&&|^\s*(%|\[(html|moodle|plain|markdown)\])")


def export(quiz: Quiz) -> Exported:
    """The quiz as GIFT, UTF-8, with a blank line between questions."""
    questions, left_out = split(quiz, {q.id: cause for q in quiz.questions if (cause := _refusal(q))})
    category = " ".join(texts.clean(quiz.title).replace("/", "//").split())
    blocks = [f"$CATEGORY: $course$/top/{category}", *(block for q in questions for block in _blocks(q))]
    return Exported(("\n\n".join(blocks) + "\n").encode(), left_out)


def _refusal(question: AnyQuestion) -> str:
    words: tuple[str, ...] = ()
    if isinstance(question, ShortText):
        words = question.answers
    elif isinstance(question, Cloze):
        words = tuple(word for gap in question.gaps for word in gap.words)
    cause = "an answer holds -> or &&, or begins with % or [html], which GIFT reads as its own"
    return cause if any(map(_UNSAYABLE.search, words)) else ""


def _blocks(question: AnyQuestion) -> list[str]:
    if isinstance(question, Cloze):
        return [block for part in gaps_as_questions(question) for block in _blocks(part)]
    if isinstance(question, Ordering):
        return [_block(question, _matching(order_as_matching(question)))]
    if isinstance(question, SpotTheError):
        choice = lines_as_choice(question)
        return [_block(question, _choice(choice), prompt=choice.prompt)]
    return [_block(question, _answers(question), unit=question.unit if isinstance(question, Numeric) else "")]


def _answers(question: AnyQuestion) -> list[str]:
    if isinstance(question, Choice):
        return _choice(question)
    if isinstance(question, TrueFalse):
        return ["TRUE" if question.answer else "FALSE", *_feedback(question.feedback, question)]
    if isinstance(question, Numeric):
        return _numeric(question)
    if isinstance(question, Matching):
        return _matching(question)
    assert isinstance(question, ShortText)
    return [f"={_escaped(texts.clean(answer).replace('*', chr(92) + '*'))}" for answer in question.answers] + (
        [f"=%0%*{_feedback(question.feedback, question)[0]}"] if question.feedback else []
    )


def _block(question: Question, answers: list[str], prompt: str = "", unit: str = "") -> str:
    asked = (prompt or question.prompt) + (f" ({unit})" if unit else "")
    head = f"// [id:{question.id}]\n::{_escaped(_line(question.title))}::{_rich(asked, question)}"
    last = [f"####{_rich(question.explanation, question)}"] if question.explanation else []
    return "\n".join([head + " {", *(f"\t{line}" for line in [*answers, *last]), "}"])


def _choice(question: Choice) -> list[str]:
    rights = sum(option.right for option in question.options)
    lines = []
    for option in question.options:
        sign = "=" if option.right else "~"
        if isinstance(question, MultipleChoice):
            sign = f"~%{texts.share(1 if option.right else -1, rights)}%"
        lines.append(sign + _rich(option.text, question, inline=True) + "".join(_feedback(option.feedback, question)))
    return lines


def _numeric(question: Numeric) -> list[str]:
    right = f"={texts.number(question.answer)}:{texts.number(question.tolerance)}"
    wrong = [f"=%0%{texts.number(w.value)}:0{''.join(_feedback(w.feedback, question))}" for w in question.wrong]
    return ["#", right, *wrong]


def _matching(question: Matching) -> list[str]:
    pairs = [(_rich(pair.left, question, inline=True), pair.right) for pair in question.pairs]
    return [
        f"={left} -> {_escaped(texts.as_plain(right, question.figures))}"
        for left, right in [*pairs, *(("", distractor) for distractor in question.distractors)]
    ]


def _feedback(text: str, question: Question) -> list[str]:
    return ["#" + _rich(text, question)] if text else []


def _rich(text: str, question: Question, inline: bool = False) -> str:
    made = texts.inline_html if inline else texts.as_html
    return "[html]" + _escaped(made(text, question.figures))


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL)


def _line(text: str) -> str:
    return " ".join(texts.clean(text).split())
