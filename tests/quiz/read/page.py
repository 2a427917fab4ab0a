"""The practice page and the printed sheet, read as HTML with lxml; the page's key is the JSON in it."""

from __future__ import annotations

import json
from typing import Any

from lxml import html
from quiz.read.expect import expected
from quiz.read.found import GAP, Found, bare, said, seen, span, told

from convclass.lms import texts
from convclass.lms.formats import Format
from convclass.quiz.models import AnyQuestion, Numeric, SpotTheError


def practice(content: bytes) -> list[Found]:
    """All questions of a practice page."""
    root = html.document_fromstring(content)
    keys = json.loads(root.get_element_by_id("key").text or "")
    return [_question(section, keys[section.get("id")]) for section in root.iter("section")]


def _question(section: html.HtmlElement, key: dict[str, Any]) -> Found:
    prompt, kind = said(section.find_class("prompt")[0]), section.get("data-kind")
    if kind == "matching":
        return _matching(section, prompt, key)
    if kind == "ordering":
        items = [said(item.find_class("text")[0]) for item in section.find_class("order")[0]]
        return Found("order", prompt, tuple(items[place] for place in key["right"]))
    if kind == "cloze":
        return Found("gaps", prompt, gaps=tuple(_gap(gap, key["gaps"]) for gap in section.find_class("gap")))
    if kind == "numeric":
        more = tuple(said(unit) for unit in section.find_class("unit"))
        ends = span(key["right"] - key["tolerance"], key["right"] + key["tolerance"])
        return Found("number", prompt, more=more, span=ends)
    if kind == "short_text":
        return Found("words", prompt, tuple(sorted(bare(word) for word in key["words"])))
    options = tuple(said(option.find_class("text")[0]) for option in section.find_class("option"))
    right = key["right"]
    rights = right if isinstance(right, list) else [int(not right)] if isinstance(right, bool) else [right]
    worth = tuple(float(place in rights) for place in range(len(options)))
    feedback = told(map(seen, key["feedback"])) if isinstance(key["feedback"], list) else ()
    kind = "choices" if kind == "multiple_choice" else "choice"
    return Found(kind, prompt, options, worth, feedback=feedback)


def _matching(section: html.HtmlElement, prompt: str, key: dict[str, Any]) -> Found:
    lefts = [said(pair.find("label")).removeprefix("Belongsto") for pair in section.find_class("pair")]
    shown = [list(sides) for sides in section.find_class("sides")] or [
        next(section.iter("select")).findall("option")[1:]
    ]
    rights = [said(side) for side in shown[0]]
    more = sorted(side for place, side in enumerate(rights) if place not in key["right"])
    return Found("match", prompt, tuple(lefts), (), tuple(rights[place] for place in key["right"]), tuple(more))


def _gap(gap: html.HtmlElement, keys: dict[str, Any]) -> Found:
    key = keys[gap.get("data-gap")]
    if gap.tag == "select":
        options = tuple(bare(option.text_content()) for option in gap.findall("option")[1:])
        return Found("choice", "", options, tuple(float(place == key["place"]) for place in range(len(options))))
    if "words" in key:
        return Found("words", "", tuple(sorted(bare(word) for word in key["words"])))
    return Found("number", "", span=span(key["right"] - key["tolerance"], key["right"] + key["tolerance"]))


def sheet(content: bytes) -> list[tuple[str, ...]]:
    """The prompt of each question of a printed sheet, and after it everything to choose, match or order, sorted."""
    found = []
    for section in html.document_fromstring(content).iter("section"):
        parts = [said(e) for e in section.find_class("text")]
        parts += [said(e) for kind in ("lefts", "rights") for sides in section.find_class(kind) for e in sides]
        found.append((said(section.find_class("prompt")[0]), *sorted(parts)))
    return found


def expected_sheet(question: AnyQuestion) -> tuple[str, ...]:
    """What `sheet` should find of a question."""
    found = expected(question, Format.PAPER)
    text, *rest = found.prompt.split(GAP)
    listed = [f"({'/'.join(gap.options)})" if gap.kind == "choice" else "" for gap in found.gaps]
    prompt = text + "".join(GAP + options + after for options, after in zip(listed, rest, strict=True))
    parts = list(found.options) if found.kind not in ("words", "number") else []
    if found.kind == "match":
        parts = [GAP + left for left in parts] + list({*found.rights, *found.more})
    return prompt, *sorted(parts)


def key_of_sheet(content: bytes) -> list[str]:
    """What the key of a printed sheet says of each question."""
    return [said(section) for section in html.document_fromstring(content).iter("section")]


def expected_in_key(question: AnyQuestion) -> list[str]:
    """Texts that have to stand in the key of a question."""
    found = expected(question, Format.PAPER)
    if found.kind == "number":
        assert isinstance(question, Numeric)
        return [texts.number(question.answer), *found.more]
    if found.kind == "gaps":
        return [option for gap in found.gaps for option, right in zip(gap.options, gap.worth, strict=False) if right]
    if found.kind in ("choice", "choices") and not isinstance(question, SpotTheError):
        return [option for option, right in zip(found.options, found.worth, strict=True) if right]
    if isinstance(question, SpotTheError):
        return [f"Line{question.wrong_line + 1}."]
    return [*found.options[:3], *found.rights]
