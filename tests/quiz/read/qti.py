"""Packages of QTI 2.1 and 3.0, read with lxml; names are compared without the dress of their version."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

from lxml import etree
from quiz.read.found import Found, bare, said, span, told


def read(content: bytes) -> list[Found]:
    """The items of the package, in the order of its test."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        test = etree.fromstring(archive.read("test.xml"))
        return [_item(etree.fromstring(archive.read(r.get("href") or ""))) for r in _all(test, "assessmentItemRef")]


def _all(element: etree._Element, *names: str) -> list[etree._Element]:
    wanted = {name.lower() for name in names}
    return [e for e in element.iter() if isinstance(e.tag, str) and _name(e) in wanted]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname.removeprefix("qti-").replace("-", "").lower()


def _get(element: etree._Element, name: str) -> str:
    """An attribute: `responseIdentifier` is `response-identifier` in 3.0."""
    return {key.replace("-", "").lower(): str(value) for key, value in element.attrib.items()}[name.lower()]


def _item(item: etree._Element) -> Found:
    (body,) = _all(item, "itemBody")
    keys = {
        _get(declared, "identifier"): [v.text or "" for v in _all(_all(declared, "correctResponse")[0], "value")]
        for declared in _all(item, "responseDeclaration")
    }
    prompt = said(body[0])
    (gaps, (asked, *_)) = _all(body[0], "textEntryInteraction", "inlineChoiceInteraction"), body[1:] or [None]
    if asked is None:
        return Found(
            "gaps", prompt, gaps=tuple(_entry(item, gap, keys[_get(gap, "responseIdentifier")]) for gap in gaps)
        )
    if _name(asked) == "p":
        (entry,) = _all(asked, "textEntryInteraction")
        more = (bare(entry.tail),) if bare(entry.tail or "") else ()
        found = _entry(item, entry, keys["RESPONSE"])
        return Found(found.kind, prompt, found.options, more=more, span=found.span)
    feedback = {_get(modal, "identifier"): said(modal) for modal in _all(item, "modalFeedback")}
    return _choices(prompt, asked, keys["RESPONSE"], feedback)


def _choices(prompt: str, asked: etree._Element, key: list[str], feedback: Mapping[str, str]) -> Found:
    if _name(asked) == "matchinteraction":
        lefts, rights = (
            {_get(c, "identifier"): said(c) for c in _all(sides, "simpleAssociableChoice")}
            for sides in _all(asked, "simpleMatchSet")
        )
        pairs = dict(pair.split(" ") for pair in key)
        more = tuple(sorted(text for ident, text in rights.items() if ident not in pairs.values()))
        return Found("match", prompt, tuple(lefts.values()), (), tuple(rights[pairs[left]] for left in lefts), more)
    options = {_get(c, "identifier"): said(c) for c in _all(asked, "simpleChoice")}
    if _name(asked) == "orderinteraction":
        return Found("order", prompt, tuple(options[ident] for ident in key))
    kind = "choice" if _get(asked, "maxChoices") == "1" else "choices"
    worth = tuple(float(ident in key) for ident in options)
    said_of = told(feedback.get(ident.replace("option", "feedback"), "") for ident in options)
    return Found(kind, prompt, tuple(options.values()), worth, feedback=said_of)


def _entry(item: etree._Element, gap: etree._Element, key: list[str]) -> Found:
    if _name(gap) == "inlinechoiceinteraction":
        options = {_get(c, "identifier"): said(c) for c in _all(gap, "inlineChoice")}
        return Found("choice", "", tuple(options.values()), tuple(float(ident in key) for ident in options))
    ident = _get(gap, "responseIdentifier")
    for rule in _rules(item, ident, "equal"):
        tolerances = [float(t) for t in rule.get("tolerance", "0 0").split(" ")]
        return Found("number", "", span=span(float(key[0]) - tolerances[0], float(key[0]) + tolerances[1]))
    words = [value.text or "" for rule in _rules(item, ident, "stringMatch") for value in _all(rule, "baseValue")]
    return Found("words", "", tuple(sorted(map(bare, words))))


def _rules(item: etree._Element, ident: str, name: str) -> Iterable[etree._Element]:
    """The comparisons of a response that set the score, not those that only show something."""
    (processing,) = _all(item, "responseProcessing")
    for rule in _all(processing, name):
        compares = any(_get(v, "identifier") == ident for v in _all(rule, "variable"))
        if compares and (name == "stringMatch" or _all(rule, "correct")):
            yield rule
