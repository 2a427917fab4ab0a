"""The questions that a format has in the place of one of ours, and our answers to it as answers to them."""

from __future__ import annotations

from typing import Any

from convclass.lms.formats import Format
from convclass.lms.simpler import (
    gaps_as_questions,
    interval,
    lines_as_choice,
    number_as_choice,
    number_as_text,
    order_as_choice,
    order_as_matching,
    pairs_as_choices,
)
from convclass.quiz.models import (
    AnyQuestion,
    Cloze,
    Matching,
    Numeric,
    Ordering,
    ShortText,
    SingleChoice,
    SpotTheError,
)
from convclass.quiz.shown import mixed, right_sides

F = Format
_PAGES = (F.HTML, F.PAPER)
_WHOLE_CLOZE = (F.MOODLE, F.QTI21, F.QTI3, *_PAGES)
_ORDER = (F.MOODLE, F.QTI21, F.QTI3, F.BLACKBOARD, F.BRIGHTSPACE, *_PAGES)
_NUMBER = (F.MOODLE, F.GIFT, F.QTI21, F.QTI3, F.BLACKBOARD, F.JUPYTERQUIZ, *_PAGES)


def parts(format_: Format, question: AnyQuestion) -> tuple[AnyQuestion, ...]:
    """By the rules of the formats' tables; none for a number that is refused."""
    if isinstance(question, SpotTheError) and format_ not in _PAGES:
        return (lines_as_choice(question),)
    if isinstance(question, Ordering) and format_ not in _ORDER:
        in_places = format_ in (F.GIFT, F.QTI12)
        return (order_as_matching(question) if in_places else order_as_choice(question),)
    if isinstance(question, Matching) and not _is_matched(format_, question):
        return pairs_as_choices(question)
    if isinstance(question, Cloze) and not _is_whole(format_, question):
        return tuple(part for gap in gaps_as_questions(question) for part in parts(format_, gap))
    if isinstance(question, Numeric) and not _is_number(format_, question):
        choice = number_as_choice(question)
        refused = format_ is F.QTI12 or question.tolerance
        return (choice,) if choice else () if refused else (number_as_text(question),)
    return (question,)


def divided(question: AnyQuestion, among: tuple[AnyQuestion, ...], answer: Any) -> list[Any] | None:
    """An answer to the question as answers to its parts; None where the parts do not offer it."""
    if isinstance(question, Cloze) and among != (question,):
        gaps = zip(question.gaps, among, strict=True)
        given = [_as_part(part, answer[gap.name]) for gap, part in gaps]
        return None if None in given else given
    if isinstance(question, Ordering) and among != (question,):
        return [_order(question, among[0], [mixed(question)[place] for place in answer])]
    if isinstance(question, Matching) and among != (question,):
        return list(answer)
    given = [_as_part(among[0], answer) if isinstance(question, Numeric) else answer]
    return None if None in given else given


def _is_matched(format_: Format, question: Matching) -> bool:
    if format_ is F.BLACKBOARD:
        return not question.distractors and len({p.right for p in question.pairs}) == len(question.pairs)
    return format_ not in (F.CC, F.JUPYTERQUIZ)


def _is_whole(format_: Format, question: Cloze) -> bool:
    if format_ is F.BLACKBOARD:
        return all(gap.words for gap in question.gaps)
    if format_ is F.QTI12:
        return all(gap.words for gap in question.gaps) or all(gap.options for gap in question.gaps)
    return format_ in _WHOLE_CLOZE


def _is_number(format_: Format, question: Numeric) -> bool:
    if format_ is F.QTI12:
        numbers = (question.answer, *interval(question.answer, question.tolerance))
        return all(abs(round(number, 4) - number) <= question.tolerance / 100 for number in numbers)
    return format_ in _NUMBER


def _as_part(part: AnyQuestion, answer: Any) -> Any:
    """A number among the options of a choice, or written."""
    if isinstance(answer, str | bool) or isinstance(part, Numeric):
        return answer
    if isinstance(part, ShortText):
        return f"{answer:g}"
    if isinstance(answer, float) and isinstance(part, SingleChoice):
        values = [float(option.text.split(" ")[0]) for option in part.options]
        return values.index(answer) if answer in values else None
    return answer


def _order(question: Ordering, part: AnyQuestion, items: list[int]) -> Any:
    """The items, by their places in the right order, as a choice among orders or as places of the items."""
    if isinstance(part, Matching):
        return [right_sides(part).index(str(items.index(i) + 1)) for i in range(len(items))]
    said = "\n".join(f"{i}. " + question.items[item].replace("\n", "\n   ") for i, item in enumerate(items, start=1))
    return [option.text for option in part.options].index(said)
