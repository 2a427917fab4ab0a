"""A right answer and wrong ones to any question, in our form and in that of QTI."""

from __future__ import annotations

from typing import Any

from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Gap,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.shown import mixed, right_sides


def right(question: AnyQuestion) -> Any:
    """Found without the code under test."""
    if isinstance(question, MultipleChoice):
        return [i for i, option in enumerate(question.options) if option.right]
    if isinstance(question, Choice):
        return [option.right for option in question.options].index(True)
    if isinstance(question, TrueFalse | Numeric):
        return question.answer
    if isinstance(question, Matching):
        return [right_sides(question).index(pair.right) for pair in question.pairs]
    if isinstance(question, Ordering):
        return [mixed(question).index(i) for i in range(len(question.items))]
    if isinstance(question, Cloze):
        return {gap.name: _gap(gap) for gap in question.gaps}
    if isinstance(question, SpotTheError):
        return question.wrong_line
    return question.answers[-1]


def wrongs(question: AnyQuestion) -> list[Any]:
    """Some answers that are not wholly right."""
    if isinstance(question, MultipleChoice):
        good, bad = right(question), [i for i, option in enumerate(question.options) if not option.right]
        return [bad[:1], good[:1] + bad[:1], *([good[:1]] if len(good) > 1 else []), good + bad]
    if isinstance(question, Choice):
        return [i for i, option in enumerate(question.options) if not option.right][:2]
    if isinstance(question, TrueFalse):
        return [not question.answer]
    if isinstance(question, Numeric):
        return [question.answer + 2 * question.tolerance + 1, *(w.value for w in question.wrong[:1])]
    if isinstance(question, Matching):
        good = right(question)
        first = next(i for i in range(len(right_sides(question))) if i != good[0])
        return [[first, *good[1:]], [first, *[None] * (len(good) - 1)]]
    if isinstance(question, Ordering):
        good = right(question)
        return [[good[1], good[0], *good[2:]]]
    if isinstance(question, Cloze):
        return [right(question) | {question.gaps[0].name: _not(question.gaps[0])}]
    if isinstance(question, SpotTheError):
        return [0 if question.wrong_line else 1]
    return ["certainly not this"]


def for_qti(question: AnyQuestion, answer: Any) -> dict[str, Any]:
    """The response variables of our items."""
    if isinstance(question, MultipleChoice):
        return {"RESPONSE": [f"option_{place}" for place in answer]}
    if isinstance(question, Choice | SpotTheError):
        return {"RESPONSE": f"option_{answer}"}
    if isinstance(question, TrueFalse):
        return {"RESPONSE": str(answer).lower()}
    if isinstance(question, Matching):
        return {"RESPONSE": [f"left_{i} right_{place}" for i, place in enumerate(answer) if place is not None]}
    if isinstance(question, Ordering):
        return {"RESPONSE": [f"item_{mixed(question)[place]}" for place in answer]}
    if isinstance(question, Cloze):
        return {
            f"RESPONSE_{gap.name}": f"option_{answer[gap.name]}" if gap.options else answer[gap.name]
            for gap in question.gaps
        }
    return {"RESPONSE": answer}


def _gap(gap: Gap) -> Any:
    if gap.number is not None:
        return gap.number
    return gap.words[-1] if gap.words else [option.right for option in gap.options].index(True)


def _not(gap: Gap) -> Any:
    if gap.number is not None:
        return gap.number + 2 * gap.tolerance + 1
    return "certainly not this" if gap.words else [option.right for option in gap.options].index(False)
