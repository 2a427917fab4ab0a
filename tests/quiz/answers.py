"""A right answer and wrong ones to any question, in our form and in that of QTI."""

from __future__ import annotations

from typing import Any

from quiz.parts import divided, parts

from convclass.lms.formats import Format
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Gap,
    Matching,
    MultipleChoice,
    Numeric,
    Option,
    Ordering,
    ShortText,
    SpotTheError,
    TrueFalse,
    WrongNumber,
)
from convclass.quiz.scoring import score
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


def given(question: AnyQuestion) -> list[Any]:
    """A right answer and the wrong ones."""
    return [right(question), *wrongs(question)]


def shares(question: AnyQuestion) -> list[float]:
    """Our verdicts on them; the right one has everything, the wrong ones have less."""
    ours = [score(question, answer).fraction for answer in given(question)]
    assert ours[0] == 1 > max(ours[1:]), question.title
    return ours


def in_parts(format_: Format, question: AnyQuestion) -> list[tuple[float, list[tuple[AnyQuestion, Any]]]]:
    """Our verdict on each answer that the format offers, and the answer to each question it has in place of ours."""
    among = parts(format_, question)
    found = [(share, divided(question, among, a)) for share, a in zip(shares(question), given(question), strict=True)]
    offered = [(share, list(zip(among, answers, strict=True))) for share, answers in found if answers is not None]
    assert offered[0][0] == 1
    return offered


def spoiled(question: AnyQuestion) -> AnyQuestion:
    """The question with the same texts and another key. An order has no other key with the same places."""
    changed: dict[str, Any] = {}
    if isinstance(question, Choice):
        changed["options"] = _rotated(question.options)
    elif isinstance(question, TrueFalse):
        changed["answer"] = not question.answer
    elif isinstance(question, Numeric):
        changed = _other_number(question)
    elif isinstance(question, Matching):
        (first, second, *rest) = question.pairs
        swapped = (first.model_copy(update={"right": second.right}), second.model_copy(update={"right": first.right}))
        changed["pairs"] = (*swapped, *rest)
    elif isinstance(question, Cloze):
        changed["gaps"] = (_other_gap(question.gaps[0]), *question.gaps[1:])
    elif isinstance(question, SpotTheError):
        changed["wrong_line"] = (question.wrong_line + 1) % len(question.lines)
    elif isinstance(question, ShortText):
        changed["answers"] = ("another word",)
    return question.model_copy(update=changed)


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


def _rotated(options: tuple[Option, ...]) -> tuple[Option, ...]:
    flags = [option.right for option in options]
    turned = zip(options, [flags[-1], *flags[:-1]], strict=True)
    return tuple(option.model_copy(update={"right": flag}) for option, flag in turned)


def _other_number(question: Numeric) -> dict[str, Any]:
    if not question.wrong:
        return {"answer": question.answer + 2 * question.tolerance + 1}
    first, *rest = question.wrong
    return {"answer": first.value, "wrong": (WrongNumber(value=question.answer, feedback="no"), *rest)}


def _other_gap(gap: Gap) -> Gap:
    if gap.number is not None:
        return gap.model_copy(update={"number": gap.number + 2 * gap.tolerance + 1})
    if gap.words:
        return gap.model_copy(update={"words": ("another word",)})
    return gap.model_copy(update={"options": _rotated(gap.options)})


def _gap(gap: Gap) -> Any:
    if gap.number is not None:
        return gap.number
    return gap.words[-1] if gap.words else [option.right for option in gap.options].index(True)


def _not(gap: Gap) -> Any:
    if gap.number is not None:
        return gap.number + 2 * gap.tolerance + 1
    return "certainly not this" if gap.words else [option.right for option in gap.options].index(False)
