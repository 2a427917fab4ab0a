"""Moodle XML, read with lxml; embedded answers are taken apart as Moodle does: first split, then decoded once."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree
from quiz.read.found import GAP, Found, bare, seen, span, told

_EMBEDDED = re.compile(r"\{1:([A-Z_]+):(.*?)\}", re.DOTALL)


def read(content: bytes) -> list[Found]:
    """All questions of the file."""
    return [_question(q) for q in etree.fromstring(content).findall("question") if q.get("type") != "category"]


def _question(question: etree._Element) -> Found:
    kind, markup = question.get("type"), question.findtext("questiontext/text") or ""
    prompt, answers = seen(markup), question.findall("answer")
    said = [a.findtext("text") or "" for a in answers]
    worth = tuple(round(float(a.get("fraction") or 0) / 100, 4) for a in answers)
    feedback = told(seen(a.findtext("feedback/text") or "") for a in answers)
    if kind == "multichoice":
        several = question.findtext("single") == "false"
        return Found("choices" if several else "choice", prompt, tuple(map(seen, said)), worth, feedback=feedback)
    if kind == "truefalse":
        return Found("choice", prompt, tuple(text.capitalize() for text in said), worth, feedback=feedback)
    if kind == "numerical":
        right = next(a for a in answers if a.get("fraction") == "100")
        value, tolerance = float(right.findtext("text") or ""), float(right.findtext("tolerance") or "")
        return Found("number", prompt, span=span(value - tolerance, value + tolerance))
    if kind == "matching":
        return _matching(prompt, question)
    if kind == "ordering":
        ordered = sorted(answers, key=lambda a: float(a.get("fraction") or 0))
        return Found("order", prompt, tuple(seen(a.findtext("text") or "") for a in ordered))
    if kind == "cloze":
        gaps = tuple(_gap(match[1], match[2]) for match in _EMBEDDED.finditer(markup))
        return Found("gaps", seen(_EMBEDDED.sub(GAP, markup)), gaps=gaps)
    words = [text.replace(r"\*", "*") for text, share in zip(said, worth, strict=True) if share == 1]
    return Found("words", prompt, tuple(sorted(map(bare, words))))


def _matching(prompt: str, question: etree._Element) -> Found:
    pairs = [(s.findtext("text") or "", bare(s.findtext("answer/text") or "")) for s in question.findall("subquestion")]
    lefts = tuple(seen(left) for left, _ in pairs if left)
    more = tuple(sorted(right for left, right in pairs if not left))
    return Found("match", prompt, lefts, (), tuple(right for left, right in pairs if left), more)


def _gap(kind: str, inside: str) -> Found:
    parts = inside.split("~")
    if kind == "NUMERICAL":
        value, tolerance = (float(number) for number in parts[0].removeprefix("=").split(":"))
        return Found("number", "", span=span(value - tolerance, value + tolerance))
    # a `#` of an entity such as `&#126;` begins no feedback
    shown = [unescape(re.split(r"(?<!&)#", part.removeprefix("="))[0]) for part in parts]
    if kind == "SHORTANSWER":
        return Found("words", "", tuple(sorted(bare(text.replace(r"\*", "*")) for text in shown)))
    return Found("choice", "", tuple(map(seen, shown)), tuple(float(part.startswith("=")) for part in parts))
