"""The XML of QTI 1.2 items (IMS QTI ASI 1.2.1), as Canvas and Common Cartridge share it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from convclass.lms import texts
from convclass.quiz.models import Question

NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class Label:
    """An answer to choose: its identifier, its HTML, whether it is right, and the HTML of its feedback."""

    ident: str
    markup: str
    right: bool = False
    feedback: str = ""


def numeric_ids(question: Question, count: int, salt: str = "") -> list[str]:
    """Identifiers that are whole numbers, because Canvas makes up others; different within a question."""
    digest = hashlib.sha256(f"{question.id}{salt}".encode()).hexdigest()
    start = 100_000 + int(digest, 16) % 89_999_000
    return [str(start + i) for i in range(count)]


def assessment(ident: str, title: str, metadata: Mapping[str, str]) -> tuple[etree._Element, etree._Element]:
    """A document with one assessment, and the section that the items go to."""
    root = etree.Element(
        f"{{{NAMESPACE}}}questestinterop",
        {f"{{{XSI}}}schemaLocation": f"{NAMESPACE} http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"},
        nsmap=_prefixes(),
    )
    element = sub(root, "assessment", ident=ident, title=title)
    fields(sub(element, "qtimetadata"), metadata)
    return root, sub(element, "section", ident="root_section")


def item(section: etree._Element, ident: str, title: str, metadata: Mapping[str, str]) -> etree._Element:
    """A new item with its metadata."""
    element = sub(section, "item", ident=ident, title=" ".join(texts.clean(title).split()))
    fields(sub(sub(element, "itemmetadata"), "qtimetadata"), metadata)
    return element


def fields(parent: etree._Element, metadata: Mapping[str, str]) -> None:
    """Labels and entries, with no space around them, which Canvas would keep."""
    for label, entry in metadata.items():
        field = sub(parent, "qtimetadatafield")
        sub(field, "fieldlabel").text = label
        sub(field, "fieldentry").text = entry


def presentation(element: etree._Element, markup: str) -> etree._Element:
    """What is asked: one material with one mattext, because of several Canvas takes one."""
    made = sub(element, "presentation")
    material(made, markup)
    return made


def material(parent: etree._Element, markup: str) -> None:
    """HTML; text/plain is not used, because importers read that as HTML as well."""
    sub(sub(parent, "material"), "mattext", texttype="text/html").text = markup


def choices(parent: etree._Element, ident: str, labels: Iterable[Label], several: bool = False) -> etree._Element:
    """A list to choose from."""
    response = sub(parent, "response_lid", ident=ident, rcardinality="Multiple" if several else "Single")
    render = sub(response, "render_choice")
    for label in labels:
        material(sub(render, "response_label", ident=label.ident), label.markup)
    return response


def entry(parent: etree._Element, ident: str, **how: str) -> None:
    """A line to write on."""
    response = sub(parent, "response_str", ident=ident, rcardinality="Single")
    sub(sub(response, "render_fib", how), "response_label", ident="answer1", rshuffle="No")


def processing(element: etree._Element) -> etree._Element:
    """The rules: scores go up to 100."""
    made = sub(element, "resprocessing")
    sub(sub(made, "outcomes"), "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    return made


def condition(parent: etree._Element, last: bool) -> tuple[etree._Element, etree._Element]:
    """A rule and its condition, to be filled; after a `last` one no other is looked at."""
    rule = sub(parent, "respcondition", {"continue": "No" if last else "Yes"})
    return rule, sub(rule, "conditionvar")


def equals(parent: etree._Element, ident: str, value: str, **how: str) -> None:
    """The response is the value."""
    sub(parent, "varequal", {"respident": ident} | how).text = value


def score(rule: etree._Element, value: str, action: str = "Set") -> None:
    """Set the score, or add to it, in percent."""
    sub(rule, "setvar", action=action, varname="SCORE").text = value


def shows(parent: etree._Element, linked: str, respident: str = "", value: str = "") -> None:
    """A rule that shows a feedback for a response, or for all."""
    rule, when = condition(parent, last=False)
    if respident:
        equals(when, respident, value)
    else:
        sub(when, "other")
    sub(rule, "displayfeedback", feedbacktype="Response", linkrefid=linked)


def feedback(element: etree._Element, ident: str, markup: str) -> None:
    """The text of a feedback."""
    material(sub(sub(element, "itemfeedback", ident=ident), "flow_mat"), markup)


def sub(parent: etree._Element, tag: str, attributes: Mapping[str, str] | None = None, **more: str) -> etree._Element:
    """A child in the namespace of its parent."""
    namespace = etree.QName(parent).namespace
    return etree.SubElement(parent, f"{{{namespace}}}{tag}", dict(attributes or {}) | more)


def document(root: etree._Element) -> bytes:
    """The XML file, indented where white space means nothing."""
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prefixes() -> Any:
    return {None: NAMESPACE, "xsi": XSI}
