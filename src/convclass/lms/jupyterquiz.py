"""The JSON of the Python package jupyterquiz, for quizzes in notebooks."""

from __future__ import annotations

import json
import math
from typing import Any

from convclass.lms import texts
from convclass.lms.simpler import gaps_as_questions, lines_as_choice, order_as_choice, pairs_as_choices
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

SUFFIX = ".json"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: native("choice between true and false"),
    Kind.NUMERIC: native("the unit stands behind the prompt"),
    Kind.MATCHING: degraded("one choice for each pair"),
    Kind.ORDERING: degraded("choice among up to four orders"),
    Kind.CLOZE: degraded("one question for each gap"),
    Kind.SHORT_TEXT: NATIVE,
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: native("data URIs in the HTML"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: NATIVE,
    Kind.EXPLANATION: degraded("added to the feedback of right answers"),
    Kind.POINTS: refused("the format has none"),
    Kind.PARTIAL_CREDIT: refused("the format has none; a student tries until it is right"),
}
_OWN_MEANING = str.maketrans({"$": "&#36;", "[": "&#91;", "]": "&#93;"})


def export(quiz: Quiz) -> Exported:
    """The quiz as a list of questions for `display_quiz`."""
    kept, left_out = split(quiz, {})
    questions = [_question(part) for question in kept for part in simpler(question)]
    return Exported((json.dumps(questions, ensure_ascii=True, indent=1) + "\n").encode(), left_out)


def simpler(question: AnyQuestion) -> tuple[AnyQuestion, ...]:
    """The questions that the notebook shows in the place of one."""
    if isinstance(question, SpotTheError):
        return (lines_as_choice(question),)
    if isinstance(question, Matching):
        return pairs_as_choices(question)
    if isinstance(question, Ordering):
        return (order_as_choice(question),)
    if isinstance(question, Cloze):
        return gaps_as_questions(question)
    return (question,)


def _question(question: AnyQuestion) -> dict[str, Any]:
    unit = f" ({question.unit})" if isinstance(question, Numeric) and question.unit else ""
    kind, answers = _answers(question)
    return {"question": _html(question.prompt + unit, question), "type": kind, "answers": answers}


def _answers(question: AnyQuestion) -> tuple[str, list[dict[str, Any]]]:
    if isinstance(question, Choice):
        several = isinstance(question, MultipleChoice)
        options = [
            _answer(question, o.right, o.feedback, answer=_html(o.text, question, inline=True))
            for o in question.options
        ]
        return "many_choice" if several else "multiple_choice", options
    if isinstance(question, TrueFalse):
        values = [
            _answer(question, v == question.answer, "" if v == question.answer else question.feedback, answer=str(v))
            for v in (True, False)
        ]
        return "multiple_choice", values
    if isinstance(question, Numeric):
        return "numeric", _numbers(question)
    assert isinstance(question, ShortText)
    words = [
        _answer(question, True, "", answer=texts.clean(word), match_case=question.case_sensitive)
        for word in question.answers
    ]
    default = {"type": "default", "feedback": _html(question.feedback, question)} if question.feedback else None
    return "string", [*words, *([default] if default else [])]


def _numbers(question: Numeric) -> list[dict[str, Any]]:
    """A range holds its lower end and not its upper one, so that the upper is one step further."""
    low = texts.shifted(question.answer, -question.tolerance)
    high = texts.shifted(question.answer, question.tolerance)
    span = [low, math.nextafter(high, math.inf)]
    right = {"type": "range", "range": span} if question.tolerance else {"type": "value", "value": question.answer}
    wrong = [_answer(question, False, w.feedback, type="value", value=w.value) for w in question.wrong]
    return [_answer(question, True, "", **right), *wrong]


def _answer(question: Question, right: bool, feedback: str, **more: Any) -> dict[str, Any]:
    said = [_html(text, question) for text in (feedback, question.explanation if right else "") if text]
    words = "\n".join(said) or ("Correct." if right else "Not right; try again.")
    return {**more, "correct": right, "feedback": words}


def _html(text: str, question: Question, inline: bool = False) -> str:
    """HTML in which nothing looks like the links and formulas of jupyterquiz; it reads `$`, `[` and `]` in texts."""
    make = texts.inline_html if inline else texts.as_html
    return make(text, question.figures).translate(_OWN_MEANING)
