"""Common Cartridge 1.1 with one assessment (IMS CC 1.1, QTI profile), as an .imscc file."""

from __future__ import annotations

from functools import partial

from lxml import etree

from convclass.lms import asi, texts
from convclass.lms.archive import packed
from convclass.lms.asi import Label
from convclass.lms.simpler import (
    gaps_as_questions,
    lines_as_choice,
    number_as_choice,
    number_as_text,
    order_as_choice,
    pairs_as_choices,
)
from convclass.lms.support import NATIVE, Exported, Kind, Support, degraded, native, refused, split
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Figure,
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

SUFFIX = ".imscc"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: degraded(
        "choice among the numbers of known mistakes, else the spellings of an exact number, or refused"
    ),
    Kind.MATCHING: degraded("one choice for each pair"),
    Kind.ORDERING: degraded("choice among up to four orders"),
    Kind.CLOZE: degraded("one question for each gap"),
    Kind.SHORT_TEXT: NATIVE,
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: native("files in the cartridge"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: NATIVE,
    Kind.EXPLANATION: native("general feedback"),
    Kind.POINTS: degraded("cc_weighting, rounded to a whole number, at least 1"),
    Kind.PARTIAL_CREDIT: refused("the profile scores all or nothing"),
}
_CP = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"
_QTI = "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"
_RESPONSE = "response"


def export(quiz: Quiz) -> Exported:
    """The quiz as a cartridge."""
    questions, left_out = split(quiz, {q.id: cause for q in quiz.questions if (cause := _refusal(q))})
    ident = texts.quiz_id(quiz)
    title = " ".join(texts.clean(quiz.title).split())
    metadata = {
        "cc_profile": "cc.exam.v0p1",
        "qmd_assessmenttype": "Examination",
        "qmd_scoretype": "Percentage",
        "qmd_feedbackpermitted": "Yes",
        "qmd_hintspermitted": "No",
        "qmd_solutionspermitted": "Yes",
        "cc_maxattempts": "1",
    }
    root, section = asi.assessment(ident, title, metadata)
    for question in questions:
        for part in _simpler(question):
            _add(section, part)
    figures = {
        f"{ident}/{texts.figure_file(question, figure)}": figure.svg.encode()
        for question in questions
        for figure in question.figures
    }
    files = {"imsmanifest.xml": _manifest(ident, title, list(figures)), f"{ident}/assessment.xml": asi.document(root)}
    return Exported(packed(files | figures), left_out)


def _refusal(question: AnyQuestion) -> str:
    if isinstance(question, Cloze):
        return next((cause for part in gaps_as_questions(question) if (cause := _refusal(part))), "")
    endless = isinstance(question, Numeric) and not question.wrong and question.tolerance
    return "a number with a tolerance, and no known mistake offers numbers to choose from" if endless else ""


def _simpler(question: AnyQuestion) -> tuple[AnyQuestion, ...]:
    """The question, said with the kinds that the profile has."""
    if isinstance(question, SpotTheError):
        return (lines_as_choice(question),)
    if isinstance(question, Matching):
        return pairs_as_choices(question)
    if isinstance(question, Ordering):
        return (order_as_choice(question),)
    if isinstance(question, Cloze):
        return tuple(part for gap in gaps_as_questions(question) for part in _simpler(gap))
    if isinstance(question, Numeric):
        return (number_as_choice(question) or number_as_text(question),)
    return (question,)


def _add(section: etree._Element, question: AnyQuestion) -> None:
    if isinstance(question, Choice):
        several = isinstance(question, MultipleChoice)
        labels = [
            Label(f"option_{i}", _inline(o.text, question), o.right, _optional(o.feedback, question))
            for i, o in enumerate(question.options)
        ]
        _pick(section, question, "cc.multiple_response.v0p1" if several else "cc.multiple_choice.v0p1", labels)
    elif isinstance(question, TrueFalse):
        wrong = _optional(question.feedback, question)
        labels = [
            Label(str(v).lower(), str(v), v == question.answer, "" if v == question.answer else wrong)
            for v in (True, False)
        ]
        _pick(section, question, "cc.true_false.v0p1", labels)
    else:
        assert isinstance(question, ShortText)
        _fib(section, question)


def _pick(section: etree._Element, question: Question, profile: str, labels: list[Label]) -> None:
    several = profile == "cc.multiple_response.v0p1"
    element = _item(section, question, profile)
    asi.choices(asi.presentation(element, _html(question.prompt, question)), _RESPONSE, labels, several)
    rules = _rules(element, question)
    for label in labels:
        if label.feedback:
            asi.shows(rules, f"{label.ident}_fb", _RESPONSE, label.ident)
    rule, when = asi.condition(rules, last=True)
    if several:
        every = asi.sub(when, "and")
        for label in labels:
            asi.equals(every if label.right else asi.sub(every, "not"), _RESPONSE, label.ident, case="Yes")
    else:
        asi.equals(when, _RESPONSE, next(label.ident for label in labels if label.right))
    asi.score(rule, "100")
    _explanation(element, question)
    for label in labels:
        if label.feedback:
            asi.feedback(element, f"{label.ident}_fb", label.feedback)


def _fib(section: etree._Element, question: ShortText) -> None:
    element = _item(section, question, "cc.fib.v0p1")
    asi.entry(asi.presentation(element, _html(question.prompt, question)), _RESPONSE)
    rules = _rules(element, question)
    rule, when = asi.condition(rules, last=True)
    for answer in question.answers:
        asi.equals(when, _RESPONSE, texts.clean(answer), case="Yes" if question.case_sensitive else "No")
    asi.score(rule, "100")
    if question.feedback:
        asi.shows(rules, "general_incorrect_fb")
        asi.feedback(element, "general_incorrect_fb", _html(question.feedback, question))
    _explanation(element, question)


def _item(section: etree._Element, question: Question, profile: str) -> etree._Element:
    metadata = {"cc_profile": profile, "cc_weighting": str(max(1, round(question.points)))}
    return asi.item(section, f"q{question.id}", question.title, metadata)


def _rules(element: etree._Element, question: Question) -> etree._Element:
    rules = asi.processing(element)
    if question.explanation:
        asi.shows(rules, "general_fb")
    return rules


def _explanation(element: etree._Element, question: Question) -> None:
    if question.explanation:
        asi.feedback(element, "general_fb", _html(question.explanation, question))


def _html(text: str, question: Question) -> str:
    return texts.as_html(text, question.figures, partial(_picture, question))


def _inline(text: str, question: Question) -> str:
    return texts.inline_html(text, question.figures, partial(_picture, question))


def _optional(text: str, question: Question) -> str:
    return _html(text, question) if text else ""


def _picture(question: Question, figure: Figure) -> str:
    return texts.image(texts.figure_file(question, figure), figure)


def _manifest(ident: str, title: str, figures: list[str]) -> bytes:
    root = etree.Element(f"{{{_CP}}}manifest", {"identifier": texts.derived_id("cartridge", ident)}, nsmap=_prefixes())
    metadata = asi.sub(root, "metadata")
    asi.sub(metadata, "schema").text = "IMS Common Cartridge"
    asi.sub(metadata, "schemaversion").text = "1.1.0"
    general = etree.SubElement(etree.SubElement(metadata, f"{{{_LOM}}}lom"), f"{{{_LOM}}}general")
    asi.sub(asi.sub(general, "title"), "string").text = title
    organization = asi.sub(
        asi.sub(root, "organizations"), "organization", identifier="organization", structure="rooted-hierarchy"
    )
    entry = asi.sub(asi.sub(organization, "item", identifier="root"), "item", identifier="quiz", identifierref=ident)
    asi.sub(entry, "title").text = title
    resources = asi.sub(root, "resources")
    quiz = asi.sub(resources, "resource", identifier=ident, type=_QTI)
    for path in (f"{ident}/assessment.xml", *figures):
        asi.sub(quiz, "file", href=path)
    return asi.document(root)


def _prefixes() -> dict[str, str]:
    return {None: _CP, "lomimscc": _LOM}  # type: ignore[dict-item]
