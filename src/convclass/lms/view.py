"""Questions as the practice page and the printed sheet show them: HTML in the order of `convclass.quiz.shown`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from convclass.lms import texts
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Gap,
    Matching,
    Numeric,
    Ordering,
    Question,
    Quiz,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.shown import LETTERS, mixed, right_sides


@dataclass(frozen=True, slots=True)
class View:
    """What a template needs of a question.

    options: of a choice, the lines of an error to spot, the items to order, or the right sides of a matching.
    simple: the right sides as plain text, where they can stand in a list box as they are.
    """

    number: int
    question: AnyQuestion
    prompt: Markup
    options: tuple[Markup, ...] = ()
    lefts: tuple[Markup, ...] = ()
    simple: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """An id for HTML."""
        return f"q{self.question.id}"

    @property
    def points(self) -> str:
        """Such as `1.5 points`."""
        worth = texts.number(round(self.question.points, 2))
        return f"{worth} point" + ("" if worth == "1" else "s")


def views(quiz: Quiz, fill: Callable[[Question, Gap, int], Markup]) -> tuple[View, ...]:
    """All questions; `fill` makes what stands in the place of a cloze's gap."""
    return tuple(_view(number, question, fill) for number, question in enumerate(quiz.questions, start=1))


def rich(text: str, question: Question, inline: bool = False) -> Markup:
    """Markdown of a question as HTML, with MathML, and its figures as data URIs."""
    make = texts.inline_html if inline else texts.as_html
    return Markup(make(text, question.figures, math="mathml"))


def answer(question: AnyQuestion) -> Markup:
    """The right answer in one line of HTML."""
    if isinstance(question, Choice):
        right = [i for i, option in enumerate(question.options) if option.right]
        return _listed(f"{LETTERS[i]}) {rich(question.options[i].text, question, inline=True)}" for i in right)
    if isinstance(question, TrueFalse):
        return Markup("True" if question.answer else "False")
    if isinstance(question, Numeric):
        return _number(question.answer, question.tolerance, question.unit)
    if isinstance(question, Matching):
        return _listed(f"{_in(p.left, question)} → {_in(p.right, question)}" for p in question.pairs)
    if isinstance(question, Ordering):
        return _listed((f"{i}. {_in(item, question)}" for i, item in enumerate(question.items, start=1)), "; ")
    if isinstance(question, Cloze):
        return _listed(_gap_answer(gap, question) for gap in question.gaps)
    if isinstance(question, SpotTheError):
        said = rich(question.correction, question, inline=True)
        return Markup("Line {}. {}").format(question.wrong_line + 1, said)
    return _listed(str(escape(texts.clean(words))) for words in question.answers[:3])


def render(template: str, **values: Any) -> str:
    """The template filled in; strings are escaped, `Markup` is not."""
    return _environment().get_template(template).render(**values)


def source(name: str) -> str:
    """A file among the templates, as it is."""
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def digest(text: str) -> str:
    """How a Content-Security-Policy names a text that it allows."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _view(number: int, question: AnyQuestion, fill: Callable[[Question, Gap, int], Markup]) -> View:
    if isinstance(question, Cloze):
        return View(number, question, _filled(question, fill))
    prompt = rich(question.prompt, question)
    if isinstance(question, Choice):
        return View(number, question, prompt, tuple(rich(o.text, question, inline=True) for o in question.options))
    if isinstance(question, SpotTheError):
        return View(number, question, prompt, tuple(_line(question, line) for line in question.lines))
    if isinstance(question, Ordering):
        return View(number, question, prompt, tuple(_in(question.items[i], question) for i in mixed(question)))
    if isinstance(question, Matching):
        rights = right_sides(question)
        options = tuple(_in(right, question) for right in rights)
        plain = tuple(texts.in_a_list(right, question.figures) for right in rights)
        simple = plain if not any("<" in option for option in options) else ()
        lefts = tuple(_in(pair.left, question) for pair in question.pairs)
        return View(number, question, prompt, options, lefts, simple)
    return View(number, question, prompt)


def _filled(question: Cloze, fill: Callable[[Question, Gap, int], Markup]) -> Markup:
    gaps = {gap.name: (i, gap) for i, gap in enumerate(question.gaps, start=1)}
    marked = texts.marked_html(question, math="mathml")
    return Markup(texts.fill_gaps(marked, lambda name: str(fill(question, gaps[name][1], gaps[name][0]))))


def _in(text: str, question: Question) -> Markup:
    return rich(text, question, inline=True)


def _line(question: SpotTheError, line: str) -> Markup:
    return Markup("<code>{}</code>").format(texts.clean(line)) if question.code else _in(line, question)


def _number(value: float, tolerance: float, unit: str = "") -> Markup:
    around = f" ± {texts.number(tolerance)}" if tolerance else ""
    return escape(f"{texts.number(value)}{around}" + (f" {texts.clean(unit)}" if unit else ""))


def _gap_answer(gap: Gap, question: Question) -> str:
    if gap.number is not None:
        return str(_number(gap.number, gap.tolerance))
    if gap.options:
        return str(rich(next(option.text for option in gap.options if option.right), question, inline=True))
    return str(escape(texts.clean(gap.words[0])))


def _listed(parts: Iterable[Any], between: str = "; ") -> Markup:
    return Markup(between.join(str(part) for part in parts))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("convclass.lms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(letters=LETTERS, answer=answer, rich=rich)
    return environment
