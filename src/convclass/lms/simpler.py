"""A question said with simpler ones, for formats that lack its kind. The results are ordinary questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convclass.lms.texts import number, shifted
from convclass.quiz.models import (
    AnyQuestion,
    Cloze,
    Gap,
    Matching,
    Numeric,
    Option,
    Ordering,
    Pair,
    Question,
    ShortText,
    SingleChoice,
    SpotTheError,
)
from convclass.quiz.shown import right_sides

_LONGEST_TITLE = 120
ASKED, OTHER = "[?]", "[…]"


def lines_as_choice(question: SpotTheError) -> SingleChoice:
    """The lines as options; a listing of code goes to the prompt, so that its indentation is seen."""
    prompt = f"{question.prompt}\n\n{_listing(question.lines)}" if question.code else question.prompt
    options = [
        Option(
            text=_line(question, i),
            right=i == question.wrong_line,
            feedback=question.correction if i == question.wrong_line else "",
        )
        for i in range(len(question.lines))
    ]
    # Twenty lines may be shown, ten options may stand in a question: the checks of models.py are for authors.
    return SingleChoice.model_construct(**_common(question, prompt=prompt), options=tuple(options))


def number_as_choice(question: Numeric) -> SingleChoice | None:
    """The right number among those that known mistakes give, in order; None where no mistake is known."""
    if not question.wrong:
        return None
    unit = f" {question.unit}" if question.unit else ""
    values = {w.value: Option(text=number(w.value) + unit, feedback=w.feedback) for w in question.wrong[:9]}
    values[question.answer] = Option(text=number(question.answer) + unit, right=True)
    return SingleChoice(**_common(question), options=tuple(values[value] for value in sorted(values)))


def number_as_text(question: Numeric) -> ShortText:
    """An exact number to write, in any of its spellings; the unit stands behind the prompt."""
    unit = f" ({question.unit})" if question.unit else ""
    return ShortText(
        **_common(question, prompt=question.prompt + unit), answers=_spellings(question.answer, question.tolerance)
    )


def pairs_as_choices(question: Matching) -> tuple[SingleChoice, ...]:
    """One choice for each left side, among all right sides; the points are divided."""
    rights = right_sides(question)  # there may be more of them than an author may give options
    return tuple(
        SingleChoice.model_construct(
            **_part(question, i, len(question.pairs), f"{question.prompt}\n\n{pair.left}"),
            options=tuple(
                Option(text=right, right=right == pair.right, feedback="" if right == pair.right else question.feedback)
                for right in rights
            ),
        )
        for i, pair in enumerate(question.pairs)
    )


def order_as_choice(question: Ordering) -> SingleChoice:
    """The right order among up to three wrong ones: reversed, and the first or the last two exchanged."""
    items = list(question.items)
    orders = [
        items[::-1],
        [items[1], items[0], *items[2:]],
        items,
        [*items[:-2], items[-1], items[-2]],
    ]
    different = [order for i, order in enumerate(orders) if order not in orders[:i]]
    options = [
        Option(text=_numbered(order), right=order == items, feedback="" if order == items else question.feedback)
        for order in different
    ]
    return SingleChoice(**_common(question), options=tuple(options))


def order_as_matching(question: Ordering) -> Matching:
    """Each item is matched with its place."""
    pairs = tuple(Pair(left=item, right=str(i + 1)) for i, item in enumerate(question.items))
    return Matching(**_common(question), pairs=pairs, feedback=question.feedback)


def gaps_as_questions(question: Cloze) -> tuple[AnyQuestion, ...]:
    """One question for each gap; it is shown as `[?]`, the others as `[…]`; the points are divided."""
    return tuple(_gap_question(question, i, gap) for i, gap in enumerate(question.gaps))


def interval(value: float, tolerance: float) -> tuple[float, float]:
    """The least and the greatest right number."""
    return shifted(value, -tolerance), shifted(value, tolerance)


def _spellings(value: float, tolerance: float) -> tuple[str, ...]:
    """The ways to write a number that is asked for exactly; none where a tolerance makes them endless."""
    if tolerance:
        return ()
    plain = number(value)
    ways = [plain, f"{plain}.0" if "." not in plain else plain.replace(".", ",")]
    if abs(value) >= 1000 and "." not in plain:
        ways += [f"{int(value):,}", f"{int(value):,}".replace(",", " ")]
    return tuple(dict.fromkeys(ways))


def _gap_question(question: Cloze, index: int, gap: Gap) -> AnyQuestion:
    prompt = question.prompt
    for other in question.gaps:
        prompt = prompt.replace("{{" + other.name + "}}", ASKED if other.name == gap.name else OTHER)
    common = _part(question, index, len(question.gaps), prompt)
    if gap.number is not None:
        return Numeric(**common, answer=gap.number, tolerance=gap.tolerance)
    if gap.options:
        return SingleChoice(**common, options=gap.options)
    return ShortText(**common, answers=gap.words, feedback=question.feedback)


def _common(question: Question, **changed: Any) -> dict[str, Any]:
    names = Question.model_fields
    return {name: getattr(question, name) for name in names} | changed


def _part(question: Question, index: int, parts: int, prompt: str) -> dict[str, Any]:
    suffix = f" ({index + 1} of {parts})"
    title = question.title[: _LONGEST_TITLE - len(suffix)] + suffix
    return _common(question, prompt=prompt, title=title, points=question.points / parts)


def _listing(lines: Sequence[str]) -> str:
    width = len(str(len(lines)))
    listing = "\n".join(f"{i + 1:>{width}}  {line}" for i, line in enumerate(lines))
    fence = "`" * max(3, 1 + _longest_run(listing))
    return f"{fence}\n{listing}\n{fence}"


def _line(question: SpotTheError, index: int) -> str:
    line = " ".join(question.lines[index].split())
    if not question.code:
        return f"{index + 1}\\. {question.lines[index]}"
    return f"Line {index + 1}: {_code(line)}" if line else f"Line {index + 1}"


def _code(text: str) -> str:
    ticks = "`" * (1 + _longest_run(text))
    return f"{ticks} {text} {ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _numbered(items: Sequence[str]) -> str:
    return "\n".join(f"{i + 1}. " + item.replace("\n", "\n   ") for i, item in enumerate(items))
