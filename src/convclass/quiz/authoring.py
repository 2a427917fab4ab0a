"""What authors write questions with: options that are shuffled, mistakes that are checked, code that is run.

The functions leave the name of a question open; the bank fills it in (`convclass.quiz.bank`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from convclass.quiz.draw import Again, Draw
from convclass.quiz.models import (
    Cloze,
    Figure,
    Gap,
    Level,
    Matching,
    MultipleChoice,
    Numeric,
    Option,
    Ordering,
    Pair,
    Question,
    ShortText,
    SingleChoice,
    SpotTheError,
    TrueFalse,
    WrongNumber,
)

RECALL, COMPUTE, PREDICT, READ, REFUTE = Level

UNNAMED = "unnamed"

Q = TypeVar("Q", bound=Question)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What the misconception called `name` answers, and what to tell who answers so."""

    name: str
    answer: Any
    feedback: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence to tick or not; `mistake` and `feedback` are for those who tick it although it is not right."""

    text: str
    right: bool
    mistake: str
    feedback: str


def single(
    draw: Draw | None, right: Any, wrong: Sequence[Mistake], *, show: Callable[[Any], str] = str, **about: Any
) -> SingleChoice:
    """One right answer among those of several mistakes, in any order; `show` writes an answer as Markdown.

    Raises Again when two answers look the same.
    """
    return _question(SingleChoice, options=_options(draw, right, wrong, show), **about)


def multiple(draw: Draw | None, statements: Sequence[Statement], **about: Any) -> MultipleChoice:
    """Several statements, in any order, of which some are right. Raises Again unless some are and some are not."""
    if len({statement.right for statement in statements}) != 2 or not _differ(s.text for s in statements):
        raise Again
    options = [
        Option(text=s.text, right=True) if s.right else Option(text=s.text, mistake=s.mistake, feedback=s.feedback)
        for s in statements
    ]
    return _question(MultipleChoice, options=_shuffled(draw, options), **about)


def true_false(answer: bool, feedback: str, **about: Any) -> TrueFalse:
    """A statement that is right or not; `feedback` tells those who err why."""
    return _question(TrueFalse, answer=bool(answer), feedback=feedback, **about)


def numeric(answer: float, wrong: Sequence[Mistake], *, tolerance: float = 0, unit: str = "", **about: Any) -> Numeric:
    """A number to compute. Raises Again when two mistakes agree, or one comes within twice the tolerance of the key."""
    values = [float(mistake.answer) for mistake in wrong]
    if not _differ(values) or any(abs(value - answer) <= 2 * tolerance for value in values):
        raise Again
    numbers = (WrongNumber(value=v, feedback=m.feedback, mistake=m.name) for v, m in zip(values, wrong, strict=True))
    return _question(Numeric, answer=float(answer), tolerance=tolerance, unit=unit, wrong=tuple(numbers), **about)


def matching(
    pairs: Mapping[str, str], *, distractors: Sequence[str] = (), feedback: str = "", **about: Any
) -> Matching:
    """Right sides to find for the left sides. Raises Again when a distractor is right."""
    if set(distractors) & set(pairs.values()) or not _differ(distractors):
        raise Again
    made = tuple(Pair(left=left, right=right) for left, right in pairs.items())
    return _question(Matching, pairs=made, distractors=tuple(distractors), feedback=feedback, **about)


def ordering(items: Sequence[str], *, feedback: str = "", **about: Any) -> Ordering:
    """Items to put into the order in which they are given here. Raises Again when two are the same."""
    if not _differ(items):
        raise Again
    return _question(Ordering, items=tuple(items), feedback=feedback, **about)


def cloze(gaps: Sequence[Gap], *, feedback: str = "", **about: Any) -> Cloze:
    """A text with gaps, which the prompt names as `{{name}}`."""
    return _question(Cloze, gaps=tuple(gaps), feedback=feedback, **about)


def number_gap(name: str, number: float, tolerance: float = 0) -> Gap:
    """A gap for a number."""
    return Gap(name=name, number=float(number), tolerance=tolerance)


def choice_gap(draw: Draw | None, name: str, right: Any, wrong: Sequence[Mistake]) -> Gap:
    """A gap for one of several words. Raises Again when two of them are the same."""
    return Gap(name=name, options=_options(draw, right, wrong, str))


def word_gap(name: str, *words: str) -> Gap:
    """A gap for a word, in any of these spellings."""
    return Gap(name=name, words=words)


def short_text(answers: Sequence[str], feedback: str, **about: Any) -> ShortText:
    """A word or two to write, in any of these spellings."""
    return _question(ShortText, answers=tuple(answers), feedback=feedback, **about)


def spot(lines: Sequence[str], wrong_line: int, correction: str, *, code: bool = True, **about: Any) -> SpotTheError:
    """Lines of which the one at the index `wrong_line` is wrong; `correction` is what should stand there."""
    return _question(SpotTheError, lines=tuple(lines), wrong_line=wrong_line, correction=correction, code=code, **about)


def printed(code: str) -> str:
    """What a program prints, without the last line break."""
    output = io.StringIO()
    names = {"__name__": "__question__", "print": partial(print, file=output)}  # so that no other thread is disturbed
    exec(compile(code, "<question>", "exec"), names)
    return output.getvalue().rstrip("\n")


def python(code: str) -> str:
    """Code as a block of Markdown."""
    return f"```python\n{code.rstrip()}\n```"


def shown(figure: Figure) -> str:
    """The Markdown that shows a figure."""
    return f"![{figure.alternative}](figure:{figure.name})"


def count(number: int) -> str:
    """A whole number, its digits in groups of three that stay on one line."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


def sides(*sizes: int) -> str:
    """A size such as 4 × 6."""
    return " × ".join(map(str, sizes))


def listed(values: Any) -> str:
    """A row or a matrix of whole numbers as Python writes lists, in code."""
    nested = values.tolist() if hasattr(values, "tolist") else values
    return f"`{nested}`"


def _options(draw: Draw | None, right: Any, wrong: Sequence[Mistake], show: Callable[[Any], str]) -> tuple[Option, ...]:
    options = [Option(text=show(right), right=True)]
    options += [Option(text=show(m.answer), mistake=m.name, feedback=m.feedback) for m in wrong]
    if not _differ(" ".join(option.text.split()) for option in options):
        raise Again
    return _shuffled(draw, options)


def _shuffled(draw: Draw | None, options: list[Option]) -> tuple[Option, ...]:
    """The options in another order; for a fixed question in one that only depends on what they say."""
    source = draw or Draw(0, "".join(option.text for option in options))
    return tuple(source.shuffled(options, "order of options"))


def _differ(values: Iterable[Any]) -> bool:
    seen = list(values)
    return len(set(seen)) == len(seen)


def _question(kind: type[Q], **fields: Any) -> Q:
    return kind(family=UNNAMED, title=UNNAMED, **fields)
