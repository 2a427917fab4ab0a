"""QTI 1.2, of Canvas and of Common Cartridge, read with lxml; its rules are run, not looked at."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from lxml import etree
from quiz.read.found import GAP, Found, bare, seen, span, told
from quiz.traps import QTI12 as Q

_MATERIAL = f"{Q}material/{Q}mattext"
Given = Mapping[str, list[str]]
"""Answers by the identifier of the response."""


def read(content: bytes) -> list[Found]:
    """All items of the package."""
    return [_item(item) for item in items(content)]


def items(content: bytes) -> list[etree._Element]:
    """The items of a package for Canvas or of a cartridge."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        path = next(n for n in archive.namelist() if re.fullmatch(r"(\w+)/(\1|assessment)\.xml", n))
        return list(etree.fromstring(archive.read(path)).iter(f"{Q}item"))


def percent(item: etree._Element, given: Given) -> float:
    """What the rules of the item give for the answers, 0 to 100."""
    score = 0.0
    for rule in item.iter(f"{Q}respcondition"):
        condition = rule.find(f"{Q}conditionvar")
        assert condition is not None
        spellings = all(part.tag == f"{Q}varequal" for part in condition)  # Canvas and text2qti take any of them
        if (any if spellings else all)(_holds(part, given) for part in condition):
            for change in rule.iterfind(f"{Q}setvar"):
                score = float(change.text or "nan") + (score if change.get("action") == "Add" else 0)
            if rule.get("continue") == "No":
                break
    return score


def _holds(part: etree._Element, given: Given) -> bool:
    name, inner = etree.QName(part).localname, [_holds(child, given) for child in part]
    if name in ("and", "or", "not"):
        return {"and": all(inner), "or": any(inner), "not": not any(inner)}[name]
    if name == "other":
        return True
    wanted = part.text or ""
    values = given.get(part.get("respident") or "", [])
    if name in ("vargte", "varlte"):
        return any(float(v) >= float(wanted) if name == "vargte" else float(v) <= float(wanted) for v in values)
    assert name == "varequal", name
    if part.get("case") == "Yes":
        return wanted in values
    return wanted.lower() in [value.lower() for value in values]


def _item(item: etree._Element) -> Found:
    shown = item.find(f"{Q}presentation")
    assert shown is not None
    markup = shown.findtext(_MATERIAL) or ""
    responses = shown.findall(f"{Q}response_lid")
    if not responses:
        return _entry(item, seen(markup))
    kinds = {f[0].text: f[1].text or "" for f in item.iter(f"{Q}qtimetadatafield")}
    kind = kinds.get("question_type", "")
    if kind == "matching_question":
        return _matching(item, seen(markup), responses)
    if kind in ("multiple_dropdowns_question", "fill_in_multiple_blanks_question"):
        responses.sort(key=lambda response: markup.index(f"[{response.findtext(_MATERIAL)}]"))
        for response in responses:
            markup = markup.replace(f"[{response.findtext(_MATERIAL)}]", GAP)
        return Found("gaps", seen(markup), gaps=tuple(_gap(item, r, "dropdowns" in kind) for r in responses))
    return _choice(item, seen(markup), responses[0])


def _labels(response: etree._Element) -> dict[str, str]:
    return {label.get("ident") or "": label.findtext(_MATERIAL) or "" for label in response.iter(f"{Q}response_label")}


def _choice(item: etree._Element, prompt: str, response: etree._Element) -> Found:
    ident, labels = response.get("ident") or "", _labels(response)
    several = response.get("rcardinality") == "Multiple"
    feedback = told(_feedback(item, f"{label}_fb") for label in labels)
    if not several:
        worth = tuple(percent(item, {ident: [label]}) / 100 for label in labels)
        return Found("choice", prompt, tuple(map(seen, labels.values())), worth, feedback=feedback)
    # the one set of labels that gets everything: each label must be rightly chosen or left
    chosen = [e.text or "" for e in item.iterfind(f".//{Q}and/{Q}varequal")]
    assert percent(item, {ident: chosen}) == 100
    for label in labels:
        other = [c for c in chosen if c != label] if label in chosen else [*chosen, label]
        assert percent(item, {ident: other}) < 100
    worth = tuple(float(label in chosen) for label in labels)
    return Found("choices", prompt, tuple(map(seen, labels.values())), worth, feedback=feedback)


def _feedback(item: etree._Element, ident: str) -> str:
    element = item.find(f"{Q}itemfeedback[@ident='{ident}']")
    return "" if element is None else seen(element.findtext(f".//{Q}mattext") or "")


def _matching(item: etree._Element, prompt: str, responses: list[etree._Element]) -> Found:
    lefts = tuple(seen(r.findtext(_MATERIAL) or "") for r in responses)
    rights = tuple(seen(_labels(r)[_right(item, r)[0]]) for r in responses)
    all_ = {seen(text) for text in _labels(responses[0]).values()}
    return Found("match", prompt, lefts, (), rights, tuple(sorted(all_ - set(rights))))


def _right(item: etree._Element, response: etree._Element) -> list[str]:
    ident = response.get("ident") or ""
    return [label for label in _labels(response) if percent(item, {ident: [label]}) > 0]


def _gap(item: etree._Element, response: etree._Element, options: bool) -> Found:
    labels, right = _labels(response), _right(item, response)
    if options:
        return Found("choice", "", tuple(map(seen, labels.values())), tuple(float(label in right) for label in labels))
    return Found("words", "", tuple(sorted(seen(labels[label]) for label in right)))


def _entry(item: etree._Element, prompt: str) -> Found:
    ident = _response(item)
    low, high = item.find(f".//{Q}vargte"), item.find(f".//{Q}varlte")
    if low is None or high is None:
        words = [e.text or "" for e in item.iter(f"{Q}varequal")]
        assert all(percent(item, {ident: [word]}) == 100 for word in words)
        return Found("words", prompt, tuple(sorted(map(bare, words))))
    ends = float(low.text or ""), float(high.text or "")
    beyond = (ends[0] - 1e-3, ends[1] + 1e-3)
    assert [percent(item, {ident: [str(end)]}) for end in (*ends, *beyond)] == [100, 100, 0, 0]
    return Found("number", prompt, span=span(*ends))


def _response(item: etree._Element) -> str:
    response = item.find(f".//{Q}response_str")
    assert response is not None
    return response.get("ident") or ""
