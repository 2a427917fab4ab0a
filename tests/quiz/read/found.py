"""What a reader finds of a question in a file, and what an answer is worth by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import html

from convclass.lms import texts
from convclass.quiz.models import AnyQuestion, Cloze, Gap, Matching, Ordering, Question, TrueFalse
from convclass.quiz.shown import mixed, right_sides

GAP = "⟦⟧"
_GAPS = {"textentryinteraction", "inlinechoiceinteraction"}


@dataclass(frozen=True)
class Found:
    """A question in a file; texts are without white space, which formats may change.

    options: to choose from, left sides, items in the right order, or accepted words (sorted).
    worth: of a choice, the share of the points for each option. rights: the right side for each left one.
    more: right sides that belong to nothing (sorted), or a unit. span: the least and the greatest right number.
    feedback: for each option of a choice, if there is any at all.
    """

    kind: str
    prompt: str
    options: tuple[str, ...] = ()
    worth: tuple[float, ...] = ()
    rights: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    span: tuple[float, float] | None = None
    gaps: tuple[Found, ...] = ()
    feedback: tuple[str, ...] = ()


def bare(text: str) -> str:
    """Without white space."""
    return "".join(text.split())


def told(texts_: Iterable[str]) -> tuple[str, ...]:
    """Feedback, or nothing where all of it is empty."""
    found = tuple(texts_)
    return found if any(found) else ()


def seen(markup: str) -> str:
    """What a reader sees of HTML; figures as their description."""
    return said(html.fragment_fromstring(markup, create_parent=True)) if markup.strip() else ""


def said(element: Any) -> str:
    """The same of an element of HTML, or of XML; gaps as a mark."""
    return bare("".join(_words(element)))


def _words(element: Any) -> Iterable[str]:
    name = str(element.tag).rpartition("}")[2].replace("-", "").lower().removeprefix("qti")
    if name == "img":
        yield f"[{element.get('alt')}]"
    elif name in _GAPS or {"gap", "blank"} & set((element.get("class") or "").split()):
        yield GAP
    elif isinstance(element.tag, str):
        yield element.text or ""
        for child in element:
            yield from _words(child)
            yield child.tail or ""


def span(low: float, high: float) -> tuple[float, float]:
    """Bounds as far as they are no matter of rounding."""
    return float(f"{round(low, 12):.9g}"), float(f"{round(high, 12):.9g}")


def worth(found: Found, part: AnyQuestion, answer: Any) -> float:
    """The share of the points that the file gives for an answer to the question."""
    if found.kind == "choice":
        place = int(not answer) if isinstance(part, TrueFalse) else answer
        return 0.0 if place is None else found.worth[place]
    if found.kind == "choices":
        rights = {i for i, share in enumerate(found.worth) if share > 0}
        is_share = any(share < 0 for share in found.worth)
        return max(0.0, sum(found.worth[i] for i in answer)) if is_share else float(set(answer) == rights)
    if found.kind == "number":
        assert found.span is not None
        return float(found.span[0] <= answer <= found.span[1])
    if found.kind == "match":
        assert isinstance(part, Matching)
        sides = [() if place is None else _either(right_sides(part)[place], part) for place in answer]
        return sum(right in side for side, right in zip(sides, found.rights, strict=True)) / len(found.rights)
    if found.kind == "order":
        assert isinstance(part, Ordering)
        items = [_either(part.items[mixed(part)[place]], part) for place in answer]
        return float(all(option in item for option, item in zip(found.options, items, strict=True)))
    if found.kind == "gaps":
        assert isinstance(part, Cloze)
        shares = [worth(inner, part, answer[gap.name]) for inner, gap in zip(found.gaps, in_place(part), strict=True)]
        return sum(shares) / len(shares)
    return float(bare(answer).lower() in [word.lower() for word in found.options])


def in_place(part: Cloze) -> list[Gap]:
    """The gaps in the order in which a reader meets them."""
    return sorted(part.gaps, key=lambda gap: part.prompt.index("{{" + gap.name + "}}"))


def _either(text: str, part: Question) -> tuple[str, str]:
    """As formats with LaTeX show it, and those with MathML."""
    return seen(texts.as_html(text, part.figures)), seen(texts.as_html(text, part.figures, math="mathml"))
