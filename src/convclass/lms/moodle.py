"""Moodle XML, as Moodle 4.4 and newer import it (qformat_xml; ordering questions belong to the core since 4.4)."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

from lxml import etree

from convclass.lms import texts
from convclass.lms.simpler import lines_as_choice
from convclass.lms.support import NATIVE, Exported, Kind, Support, degraded, native, split
from convclass.quiz.markdown import figure_names
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Figure,
    Gap,
    Matching,
    MultipleChoice,
    Numeric,
    Option,
    Ordering,
    Question,
    Quiz,
    ShortText,
    SpotTheError,
    TrueFalse,
)

SUFFIX = ".xml"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: native("the unit stands behind the prompt"),
    Kind.MATCHING: degraded("right sides become plain text"),
    Kind.ORDERING: native("ordering, which Moodle has since 4.4"),
    Kind.CLOZE: native("embedded answers"),
    Kind.SHORT_TEXT: NATIVE,
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: native("files in the XML"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: NATIVE,
    Kind.EXPLANATION: native("general feedback"),
    Kind.POINTS: NATIVE,
    Kind.PARTIAL_CREDIT: native("multiple choice: right minus wrong; matching and cloze: per part; ordering: none"),
}
_LONGEST_NAME = 251
_SPECIAL_IN_CLOZE = {ord(c): f"&#{ord(c)};" for c in '~#{}/"\\%=*:'}


def export(quiz: Quiz) -> Exported:
    """The quiz as one Moodle XML file, in a category of its own."""
    questions, left_out = split(quiz, {})
    root = etree.Element("quiz")
    category = _child(root, "question", type="category")
    _text(_child(category, "category"), f"$course$/top/{texts.clean(quiz.title).replace('/', '//')}")
    for question in questions:
        root.append(_question(question))
    etree.indent(root)
    return Exported(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), left_out)


def _question(question: AnyQuestion) -> etree._Element:
    if isinstance(question, SpotTheError):
        return _choice(lines_as_choice(question), question)
    if isinstance(question, Choice):
        return _choice(question, question)
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


def _start(kind: str, question: Question, *, origin: Question | None = None, body: str | None = None) -> etree._Element:
    """What all questions begin with; `origin` is the question that gives the id, `body` finished HTML."""
    origin = origin or question
    element = etree.Element("question", type=kind)
    _text(_child(element, "name"), texts.clean(origin.title)[:_LONGEST_NAME])
    prompt = _child(element, "questiontext", format="html")
    _text(prompt, body if body is not None else _html(question.prompt, question))
    _files(prompt, question, question.prompt)
    _rich(element, "generalfeedback", question.explanation, question)
    if kind != "cloze":
        _child(element, "defaultgrade").text = texts.number(origin.points)
    _child(element, "penalty").text = "0.3333333"
    _child(element, "hidden").text = "0"
    _child(element, "idnumber").text = origin.id
    return element


def _end(element: etree._Element, question: Question) -> etree._Element:
    tags = _child(element, "tags")
    for tag in (f"claim-{question.claim}", question.level.value, question.family):
        _text(_child(tags, "tag"), tag)
    return element


def _choice(question: Choice, origin: Question) -> etree._Element:
    element = _start("multichoice", question, origin=origin)
    several = isinstance(question, MultipleChoice)
    _child(element, "single").text = "false" if several else "true"
    _child(element, "shuffleanswers").text = "false" if isinstance(origin, SpotTheError) else "true"
    _child(element, "answernumbering").text = "abc"
    _overall(element, question, "")
    rights = sum(option.right for option in question.options)
    for option in question.options:
        fraction = _fraction(option, rights, several)
        _answer(element, fraction, _inline(option.text, question), option.feedback, question, source=option.text)
    return _end(element, origin)


def _fraction(option: Option, rights: int, several: bool) -> str:
    if several:
        return texts.share(1 if option.right else -1, rights)
    return "100" if option.right else "0"


def _true_false(question: TrueFalse) -> etree._Element:
    element = _start("truefalse", question)
    for value in (True, False):
        right = value == question.answer
        words = "true" if value else "false"
        answer = _answer(element, "100" if right else "0", words, "" if right else question.feedback, question)
        answer.set("format", "moodle_auto_format")
    return _end(element, question)


def _numeric(question: Numeric) -> etree._Element:
    unit = f" ({texts.clean(question.unit)})" if question.unit else ""
    asked = question.model_copy(update={"prompt": question.prompt + unit})
    element = _start("numerical", asked, origin=question)
    _number(element, "100", question.answer, question.tolerance, "", question)
    for wrong in question.wrong:
        _number(element, "0", wrong.value, 0.0, wrong.feedback, question)
    _child(element, "unitgradingtype").text = "0"
    _child(element, "showunits").text = "3"
    return _end(element, question)


def _number(
    parent: etree._Element, fraction: str, value: float, tolerance: float, feedback: str, question: Question
) -> None:
    answer = _answer(parent, fraction, texts.number(value), feedback, question)
    answer.set("format", "moodle_auto_format")
    _child(answer, "tolerance").text = texts.number(tolerance)


def _short(question: ShortText) -> etree._Element:
    element = _start("shortanswer", question)
    _child(element, "usecase").text = "1" if question.case_sensitive else "0"
    for accepted in question.answers:
        answer = _answer(element, "100", texts.clean(accepted).replace("*", r"\*"), "", question)
        answer.set("format", "moodle_auto_format")
    if question.feedback:
        _answer(element, "0", "*", question.feedback, question).set("format", "moodle_auto_format")
    return _end(element, question)


def _matching(question: Matching) -> etree._Element:
    element = _start("matching", question)
    _child(element, "shuffleanswers").text = "true"
    _overall(element, question, question.feedback)
    for left, right in [
        *((pair.left, pair.right) for pair in question.pairs),
        *(("", d) for d in question.distractors),
    ]:
        sub = _child(element, "subquestion", format="html")
        _text(sub, _inline(left, question))
        _files(sub, question, left)
        _text(_child(sub, "answer"), texts.as_plain(right, question.figures))
    return _end(element, question)


def _ordering(question: Ordering) -> etree._Element:
    element = _start("ordering", question)
    settings = {
        "layouttype": "VERTICAL",
        "selecttype": "ALL",
        "selectcount": str(len(question.items)),
        "gradingtype": "ALL_OR_NOTHING",
        "showgrading": "SHOW",
        "numberingstyle": "none",
    }
    for name, value in settings.items():
        _child(element, name).text = value
    _overall(element, question, question.feedback)
    for place, item in enumerate(question.items, start=1):
        _answer(element, f"{place}.0000000", _inline(item, question), "", question, source=item)
    return _end(element, question)


def _cloze(question: Cloze) -> etree._Element:
    gaps = {gap.name: gap for gap in question.gaps}
    marked = texts.marked_html(question, partial(_picture, question))
    body = texts.fill_gaps(_no_braces(marked), lambda name: _gap(gaps[name], question))
    element = _start("cloze", question, body=body)
    return _end(element, question)


def _gap(gap: Gap, question: Cloze) -> str:
    if gap.number is not None:
        return f"{{1:NUMERICAL:={texts.number(gap.number)}:{texts.number(gap.tolerance)}}}"
    if gap.options:
        shown = [(option, texts.inline_html(option.text, question.figures)) for option in gap.options]
        kind = "MULTICHOICE_V" if any("<" in markup for _, markup in shown) else "MULTICHOICE"
        return f"{{1:{kind}:{'~'.join(_alternative(option, markup) for option, markup in shown)}}}"
    words = "~".join("=" + _in_cloze(texts.clean(word).replace("*", r"\*")) for word in gap.words)
    return f"{{1:SHORTANSWER:{words}}}"


def _alternative(option: Option, markup: str) -> str:
    feedback = f"#{_in_cloze(texts.inline_html(option.feedback))}" if option.feedback else ""
    return ("=" if option.right else "") + _in_cloze(markup) + feedback


def _in_cloze(text: str) -> str:
    """Text for an embedded answer, which Moodle takes apart first and then decodes once."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.translate(_SPECIAL_IN_CLOZE).replace("\n", "&#10;")


def _no_braces(markup: str) -> str:
    """No brace of the prompt may look like the beginning of an embedded answer."""
    return markup.replace("{", "&#123;").replace("}", "&#125;")


def _overall(element: etree._Element, question: Question, wrong: str) -> None:
    _rich(element, "correctfeedback", "", question)
    _rich(element, "partiallycorrectfeedback", wrong, question)
    _rich(element, "incorrectfeedback", wrong, question)


def _answer(
    parent: etree._Element, fraction: str, text: str, feedback: str, question: Question, source: str = ""
) -> etree._Element:
    answer = _child(parent, "answer", fraction=fraction, format="html")
    _text(answer, text)
    _files(answer, question, source)
    _rich(answer, "feedback", feedback, question)
    return answer


def _rich(parent: etree._Element, tag: str, text: str, question: Question) -> None:
    element = _child(parent, tag, format="html")
    _text(element, _html(text, question))
    _files(element, question, text)


def _files(parent: etree._Element, question: Question, text: str) -> None:
    """The figures that a text shows, in the element that holds the text: Moodle looks nowhere else."""
    shown = set(figure_names(text))
    for figure in question.figures:
        if figure.name in shown:
            element = _child(parent, "file", name=texts.figure_file(question, figure), path="/", encoding="base64")
            element.text = base64.b64encode(figure.svg.encode()).decode()


def _html(text: str, question: Question) -> str:
    return texts.as_html(text, question.figures, partial(_picture, question))


def _inline(text: str, question: Question) -> str:
    return texts.inline_html(text, question.figures, partial(_picture, question))


def _picture(question: Question, figure: Figure) -> str:
    return texts.image(f"@@PLUGINFILE@@/{texts.figure_file(question, figure)}", figure)


def _text(parent: etree._Element, text: str) -> None:
    element = _child(parent, "text")
    element.text = etree.CDATA(text) if "<" in text and "]]>" not in text else text


def _child(parent: etree._Element, tag: str, **attributes: Any) -> etree._Element:
    return etree.SubElement(parent, tag, attributes)
