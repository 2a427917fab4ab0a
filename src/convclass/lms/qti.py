"""Items of QTI 2.1, and the same in the words of QTI 3.0; the packages are qti21.py and qti3.py.

Sources: IMS QTI v2.1 Assessment Test, Section and Item Information Model; 1EdTech QTI 3.0 ASI Information Model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from lxml import etree

from convclass.lms import texts
from convclass.lms.archive import packed
from convclass.lms.simpler import lines_as_choice
from convclass.lms.support import NATIVE, Exported, Kind, Support, native, split
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Figure,
    Gap,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    Quiz,
    ShortText,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.shown import mixed, right_sides

SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: native("choice between true and false"),
    Kind.NUMERIC: NATIVE,
    Kind.MATCHING: NATIVE,
    Kind.ORDERING: NATIVE,
    Kind.CLOZE: native("text entries and inline choices; the options of an inline choice are plain text"),
    Kind.SHORT_TEXT: NATIVE,
    Kind.SPOT_THE_ERROR: native("choice among the lines"),
    Kind.FIGURES: native("files in the package"),
    Kind.MATH: native("MathML"),
    Kind.FEEDBACK: native("modal feedback"),
    Kind.EXPLANATION: native("modal feedback"),
    Kind.POINTS: native("SCORE goes up to the points"),
    Kind.PARTIAL_CREDIT: native("multiple choice: right minus wrong; matching and cloze: per part; ordering: none"),
}

QTI21 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
QTI3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_CAMEL = re.compile("(?<=[a-z])([A-Z])")
_NOT_IN_21 = ("style", "start")
_BLOCKS = {"blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_INLINE = {"a", "b", "br", "code", "em", "i", "img", "span", "strong"}
_HTML = _BLOCKS | _INLINE | {"table", "tbody", "td", "th", "thead", "tr"}


def package(quiz: Quiz, make_item: Callable[[AnyQuestion], bytes], manifest: ManifestWords) -> Exported:
    """A content package: the manifest, a test of all items, an item for each question, and the figures."""
    questions, left_out = split(quiz, {})
    files: dict[str, bytes] = {"imsmanifest.xml": b"", "test.xml": manifest.test(quiz, questions)}
    for question in questions:
        files[item_path(question)] = make_item(question)
        for figure in question.figures:
            files[f"images/{texts.figure_file(question, figure)}"] = figure.svg.encode()
    files["imsmanifest.xml"] = manifest.manifest(quiz, questions)
    return Exported(packed(files), left_out)


class ManifestWords:
    """The manifest and the test of a package, in the words of one version of QTI."""

    def __init__(
        self, *, namespace: str, schema: str, schema_version: str, kind: str, rename: Callable[[Any], bytes]
    ) -> None:
        """`kind` is what resource types end with; `rename` turns a tree of QTI 2.1 to bytes of this version."""
        self._namespace, self._schema, self._schema_version = namespace, schema, schema_version
        self._kind, self._rename = kind, rename

    def manifest(self, quiz: Quiz, questions: Iterable[AnyQuestion]) -> bytes:
        """imsmanifest.xml: every file of the package, and which items the test needs."""
        ns = self._namespace
        root = etree.Element(f"{{{ns}}}manifest", {"identifier": f"m{texts.quiz_id(quiz)}"}, nsmap=_default(ns))
        metadata = _sub(root, "metadata")
        _sub(metadata, "schema").text = self._schema
        _sub(metadata, "schemaversion").text = self._schema_version
        _sub(root, "organizations")
        resources = _sub(root, "resources")
        test = self._resource(resources, texts.quiz_id(quiz), "imsqti_test_", "test.xml")
        for question in questions:
            item = self._resource(resources, item_id(question), "imsqti_item_", item_path(question))
            for figure in question.figures:
                _sub(item, "file", href=f"images/{texts.figure_file(question, figure)}")
            _sub(test, "dependency", identifierref=item_id(question))
        return _bytes(root)

    def _resource(self, parent: etree._Element, identifier: str, kind: str, href: str) -> etree._Element:
        resource = _sub(parent, "resource", identifier=identifier, type=kind + self._kind, href=href)
        _sub(resource, "file", href=href)
        return resource

    def test(self, quiz: Quiz, questions: Iterable[AnyQuestion]) -> bytes:
        """The test: one part, one section, all items, and their scores added up."""
        title = " ".join(texts.clean(quiz.title).split())
        root = _root("assessmentTest", identifier=texts.quiz_id(quiz), title=title)
        _sub(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
        part = _sub(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
        section = _sub(part, "assessmentSection", identifier="section", title=title, visible="true")
        for question in questions:
            _sub(section, "assessmentItemRef", identifier=item_id(question), href=item_path(question))
        total = _sub(_sub(root, "outcomeProcessing"), "setOutcomeValue", identifier="SCORE")
        _sub(_sub(total, "sum"), "testVariables", variableIdentifier="SCORE")
        return self._rename(root)


def item_id(question: Question) -> str:
    """The identifier of a question's item."""
    return f"q{question.id}"


def item_path(question: Question) -> str:
    """Where the item lies in the package."""
    return f"items/{item_id(question)}.xml"


def item(question: AnyQuestion) -> etree._Element:
    """The question as an assessmentItem of QTI 2.1."""
    title = " ".join(texts.clean(question.title).split())
    root = _root("assessmentItem", identifier=item_id(question), title=title, adaptive="false", timeDependent="false")
    responses, body, scoring, feedback = _parts(question)
    root.extend(responses)
    _outcomes(root, question, bool(feedback.texts))
    root.append(body)
    processing = _sub(root, "responseProcessing")
    processing.extend(scoring)
    processing.extend(feedback.rules)
    for identifier, text in feedback.texts.items():
        modal = _sub(root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=identifier, showHide="show")
        _fill(modal, _html(text, question))
    return root


def as_qti21(root: etree._Element) -> bytes:
    """The tree as it is, less what the schema of 2.1 does not know."""
    for element in root.iter():
        for name in _NOT_IN_21:
            if name in element.attrib:
                del element.attrib[name]
    return _bytes(root)


def as_qti3(root: etree._Element) -> bytes:
    """The tree in the words of QTI 3.0: `choiceInteraction` is `qti-choice-interaction` there."""
    return _bytes(_renamed(root))


def _renamed(element: etree._Element) -> etree._Element:
    name = etree.QName(element)
    if name.namespace != QTI21:
        return element
    is_html = name.localname in _HTML
    tag = f"{{{QTI3}}}{name.localname if is_html else _kebab(name.localname)}"
    made = etree.Element(tag, nsmap=_default(QTI3))
    for attribute, value in element.attrib.items():
        made.set(attribute if is_html else _CAMEL.sub(r"-\1", str(attribute)).lower(), value)
    made.text, made.tail = element.text, element.tail
    children = [_renamed(child) for child in element]
    if name.localname == "modalFeedback":
        content = etree.SubElement(made, f"{{{QTI3}}}qti-content-body")
        content.text, made.text = made.text, None
        content.extend(children)
    else:
        made.extend(children)
    return made


def _kebab(name: str) -> str:
    return "qti-" + _CAMEL.sub(r"-\1", name).lower()


class _Feedback:
    """The texts of an item's feedback by identifier, and the rules that show them."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.rules: list[etree._Element] = []

    def add(self, identifier: str, text: str, condition: etree._Element | None) -> None:
        """Show `text` when `condition` holds, or always."""
        if not text:
            return
        self.texts[identifier] = text
        self.rules.append(_when(condition, _show(identifier)) if condition is not None else _show(identifier))


_Parts = tuple[list[Any], Any, list[Any], _Feedback]


def _parts(question: AnyQuestion) -> _Parts:
    """Response declarations, body, scoring rules and feedback."""
    if isinstance(question, SpotTheError):
        choice = lines_as_choice(question)
        return _choice(choice, shuffle=False)
    if isinstance(question, Choice):
        return _choice(question, shuffle=True)
    if isinstance(question, TrueFalse):
        return _true_false(question)
    if isinstance(question, Numeric):
        return _numeric(question)
    if isinstance(question, Matching):
        return _matching(question)
    if isinstance(question, Ordering):
        return _ordering(question)
    if isinstance(question, Cloze):
        return _cloze(question)
    return _short(question)


def _choice(question: Choice, shuffle: bool) -> _Parts:
    several = isinstance(question, MultipleChoice)
    rights = [f"option_{i}" for i, option in enumerate(question.options) if option.right]
    response = _response("identifier", "multiple" if several else "single", rights)
    if several:
        worth = question.points / len(rights)
        keys = {f"option_{i}": worth if o.right else -worth for i, o in enumerate(question.options)}
        _mapping(response, keys, question.points)
    body = _body(question)
    interaction = _sub(
        body,
        "choiceInteraction",
        responseIdentifier="RESPONSE",
        shuffle="true" if shuffle else "false",
        maxChoices="0" if several else "1",
    )
    feedback = _Feedback()
    for i, option in enumerate(question.options):
        _fill(_sub(interaction, "simpleChoice", identifier=f"option_{i}"), _inline(option.text, question))
        chosen = _element("member") if several else _element("match")
        first, second = (_value("identifier", f"option_{i}"), _variable())
        chosen.extend([first, second] if several else [second, first])
        feedback.add(f"feedback_{i}", option.feedback, chosen)
    feedback.add("explanation", question.explanation, None)
    scoring = [_set_score(_element("mapResponse", identifier="RESPONSE"))] if several else [_if_correct(question)]
    return [response], body, scoring, feedback


def _true_false(question: TrueFalse) -> _Parts:
    response = _response("identifier", "single", ["true" if question.answer else "false"])
    body = _body(question)
    interaction = _sub(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="false", maxChoices="1")
    for words in ("true", "false"):
        _sub(interaction, "simpleChoice", identifier=words).text = words.capitalize()
    return [response], body, [_if_correct(question)], _general(question, question.feedback)


def _numeric(question: Numeric) -> _Parts:
    response = _response("float", "single", [texts.number(question.answer)])
    body = _body(question)
    line = _sub(body, "p")
    entry = _sub(line, "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="16")
    entry.tail = f" {texts.clean(question.unit)}" if question.unit else None
    right = _near(_variable(), _element("correct", identifier="RESPONSE"), question.tolerance)
    feedback = _general(question, "")
    for i, wrong in enumerate(question.wrong):
        feedback.add(
            f"feedback_{i}", wrong.feedback, _near(_variable(), _value("float", texts.number(wrong.value)), 0.0)
        )
    return [response], body, [_when(right, _set_score(_value("float", texts.number(question.points))))], feedback


def _matching(question: Matching) -> _Parts:
    rights = right_sides(question)
    keys = [f"left_{i} right_{rights.index(pair.right)}" for i, pair in enumerate(question.pairs)]
    response = _response("directedPair", "multiple", keys)
    _mapping(response, {key: question.points / len(keys) for key in keys}, question.points)
    body = _body(question)
    interaction = _sub(
        body, "matchInteraction", responseIdentifier="RESPONSE", shuffle="false", maxAssociations=str(len(keys))
    )
    lefts, targets = _sub(interaction, "simpleMatchSet"), _sub(interaction, "simpleMatchSet")
    for i, pair in enumerate(question.pairs):
        choice = _sub(lefts, "simpleAssociableChoice", identifier=f"left_{i}", matchMax="1")
        _fill(choice, _inline(pair.left, question))
    for i, right in enumerate(rights):
        choice = _sub(targets, "simpleAssociableChoice", identifier=f"right_{i}", matchMax=str(len(keys)))
        _fill(choice, _inline(right, question))
    scoring = _set_score(_element("mapResponse", identifier="RESPONSE"))
    return [response], body, [scoring], _general(question, question.feedback)


def _ordering(question: Ordering) -> _Parts:
    response = _response("identifier", "ordered", [f"item_{i}" for i in range(len(question.items))])
    body = _body(question)
    interaction = _sub(body, "orderInteraction", responseIdentifier="RESPONSE", shuffle="true")
    for i in mixed(question):
        _fill(_sub(interaction, "simpleChoice", identifier=f"item_{i}"), _inline(question.items[i], question))
    return [response], body, [_if_correct(question)], _general(question, question.feedback)


def _short(question: ShortText) -> _Parts:
    response = _response("string", "single", [texts.clean(question.answers[0])])
    body = _body(question)
    _sub(_sub(body, "p"), "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="24")
    right = _one_of(question.answers, "RESPONSE", question.case_sensitive)
    scored = _when(right, _set_score(_value("float", texts.number(question.points))))
    scoring = [_when(_given("RESPONSE"), scored)]
    return [response], body, scoring, _general(question, question.feedback)


def _cloze(question: Cloze) -> _Parts:
    gaps = {gap.name: gap for gap in question.gaps}
    marked = texts.marked_html(question, partial(_picture, question), "mathml")
    filled = texts.fill_gaps(marked, lambda name: etree.tostring(_gap(gaps[name]), encoding="unicode"))
    body = _element("itemBody")
    _fill(_sub(body, "div"), filled)
    worth = _value("float", texts.number(question.points / len(gaps)))
    scoring = []
    for gap in question.gaps:
        total = _element("sum")
        total.extend([_element("variable", identifier="SCORE"), _value("float", worth.text or "0")])
        scoring.append(_when(_given(_gap_id(gap)), _when(_gap_is_right(gap), _set_score(total))))
    return [_gap_response(gap) for gap in question.gaps], body, scoring, _general(question, question.feedback)


def _gap(gap: Gap) -> etree._Element:
    if not gap.options:
        return _element("textEntryInteraction", responseIdentifier=_gap_id(gap), expectedLength="12")
    interaction = _element("inlineChoiceInteraction", responseIdentifier=_gap_id(gap), shuffle="false")
    for i, option in enumerate(gap.options):
        _sub(interaction, "inlineChoice", identifier=f"option_{i}").text = texts.in_a_list(option.text)
    return interaction


def _gap_id(gap: Gap) -> str:
    return f"RESPONSE_{gap.name}"


def _gap_response(gap: Gap) -> etree._Element:
    if gap.number is not None:
        return _response("float", "single", [texts.number(gap.number)], _gap_id(gap))
    if gap.options:
        rights = [f"option_{i}" for i, option in enumerate(gap.options) if option.right]
        return _response("identifier", "single", rights, _gap_id(gap))
    return _response("string", "single", [texts.clean(gap.words[0])], _gap_id(gap))


def _gap_is_right(gap: Gap) -> etree._Element:
    correct = _element("correct", identifier=_gap_id(gap))
    if gap.number is not None:
        return _near(_variable(_gap_id(gap)), correct, gap.tolerance)
    if gap.words:
        return _one_of(gap.words, _gap_id(gap), False)
    matches = _element("match")
    matches.extend([_variable(_gap_id(gap)), correct])
    return matches


def _general(question: Question, wrong: str) -> _Feedback:
    """Feedback for an answer that is not wholly right, and the explanation for all."""
    feedback = _Feedback()
    less = _element("lt")
    less.extend([_element("variable", identifier="SCORE"), _value("float", texts.number(question.points))])
    feedback.add("wrong", wrong, less)
    feedback.add("explanation", question.explanation, None)
    return feedback


def _outcomes(root: etree._Element, question: Question, with_feedback: bool) -> None:
    for identifier, value in (("SCORE", 0.0), ("MAXSCORE", question.points)):
        declared = _sub(root, "outcomeDeclaration", identifier=identifier, cardinality="single", baseType="float")
        _sub(_sub(declared, "defaultValue"), "value").text = texts.number(value)
    if with_feedback:
        _sub(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier")


def _response(base: str, cardinality: str, correct: Iterable[str], identifier: str = "RESPONSE") -> etree._Element:
    declared = _element("responseDeclaration", identifier=identifier, cardinality=cardinality, baseType=base)
    key = _sub(declared, "correctResponse")
    for value in correct:
        _sub(key, "value").text = value
    return declared


def _mapping(response: etree._Element, keys: Mapping[str, float], points: float) -> None:
    mapping = _sub(response, "mapping", lowerBound="0", upperBound=texts.number(points), defaultValue="0")
    for key, value in keys.items():
        _sub(mapping, "mapEntry", mapKey=key, mappedValue=texts.number(value))


def _body(question: Question) -> etree._Element:
    body = _element("itemBody")
    _fill(_sub(body, "div"), _html(question.prompt, question))
    return body


def _if_correct(question: Question) -> etree._Element:
    matches = _element("match")
    matches.extend([_variable(), _element("correct", identifier="RESPONSE")])
    return _when(matches, _set_score(_value("float", texts.number(question.points))))


def _when(condition: etree._Element, then: etree._Element) -> etree._Element:
    rule = _element("responseCondition")
    _sub(rule, "responseIf").extend([condition, then])
    return rule


def _given(identifier: str) -> etree._Element:
    """The response is not null; players exist that fail on matching null with a string."""
    given = _element("not")
    _sub(given, "isNull").append(_variable(identifier))
    return given


def _set_score(value: etree._Element) -> etree._Element:
    rule = _element("setOutcomeValue", identifier="SCORE")
    rule.append(value)
    return rule


def _show(identifier: str) -> etree._Element:
    rule = _element("setOutcomeValue", identifier="FEEDBACK")
    _sub(rule, "multiple").extend([_variable("FEEDBACK"), _value("identifier", identifier)])
    return rule


def _near(first: etree._Element, second: etree._Element, tolerance: float) -> etree._Element:
    words = texts.number(tolerance)
    how = {"toleranceMode": "absolute", "tolerance": f"{words} {words}"} if tolerance else {"toleranceMode": "exact"}
    equal = _element("equal", **how)
    equal.extend([first, second])
    return equal


def _one_of(accepted: Iterable[str], identifier: str, case_sensitive: bool) -> etree._Element:
    either = _element("or")
    for words in accepted:
        match = _sub(either, "stringMatch", caseSensitive="true" if case_sensitive else "false")
        match.extend([_variable(identifier), _value("string", texts.clean(words))])
    return either


def _variable(identifier: str = "RESPONSE") -> etree._Element:
    return _element("variable", identifier=identifier)


def _value(base: str, text: str) -> etree._Element:
    value = _element("baseValue", baseType=base)
    value.text = text
    return value


def _html(text: str, question: Question) -> str:
    return texts.as_html(text, question.figures, partial(_picture, question), "mathml")


def _inline(text: str, question: Question) -> str:
    return texts.inline_html(text, question.figures, partial(_picture, question), "mathml")


def _picture(question: Question, figure: Figure) -> str:
    return texts.image(f"../images/{texts.figure_file(question, figure)}", figure)


def _fill(parent: etree._Element, markup: str) -> None:
    """Put HTML that is well-formed into an element, in the namespace of QTI."""
    made = etree.fromstring(f'<div xmlns="{QTI21}">{markup}</div>')
    parent.text = made.text
    parent.extend(list(made))


def _root(tag: str, **attributes: str) -> etree._Element:
    return etree.Element(f"{{{QTI21}}}{tag}", attributes, nsmap=_default(QTI21))


def _element(tag: str, **attributes: str) -> etree._Element:
    return etree.Element(f"{{{QTI21}}}{tag}", attributes, nsmap=_default(QTI21))


def _sub(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{tag}", attributes)


def _default(namespace: str) -> Any:
    return {None: namespace}  # which lxml's stubs do not allow


def _bytes(root: etree._Element) -> bytes:
    etree.cleanup_namespaces(root, keep_ns_prefixes=[])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
