"""QTI 1.2 as Canvas (Classic Quizzes, and New Quizzes through the same importer) takes it: a zip package.

Source: the importer of canvas-lms, gems/plugins/qti_exporter.
"""

from __future__ import annotations

from functools import partial
from html import escape

from lxml import etree

from convclass.lms import asi, texts
from convclass.lms.archive import packed
from convclass.lms.asi import Label
from convclass.lms.simpler import (
    gaps_as_questions,
    interval,
    lines_as_choice,
    number_as_choice,
    order_as_matching,
)
from convclass.lms.support import NATIVE, Exported, Kind, Support, degraded, native, split
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
from convclass.quiz.shown import right_sides

SUFFIX = ".zip"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: degraded(
        "native up to 4 decimals, where Canvas rounds; finer: choice among known mistakes, else refused"
    ),
    Kind.MATCHING: degraded("right sides become plain text"),
    Kind.ORDERING: degraded("matching of the items with their places, with credit for each"),
    Kind.CLOZE: degraded("native when all gaps are words or all are options (plain text); else one question each"),
    Kind.SHORT_TEXT: degraded("case never counts"),
    Kind.SPOT_THE_ERROR: degraded("single choice among the lines"),
    Kind.FIGURES: native("files in the package"),
    Kind.MATH: native("LaTeX for MathJax"),
    Kind.FEEDBACK: degraded("not for single gaps"),
    Kind.EXPLANATION: native("general feedback"),
    Kind.POINTS: native("points_possible"),
    Kind.PARTIAL_CREDIT: native("multiple choice: right minus wrong, by Canvas; matching and cloze: per part"),
}
_DECIMALS = 4
_CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
_CP = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_META = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
_RESPONSE = "response1"


def export(quiz: Quiz) -> Exported:
    """The quiz as a package for Canvas; items keep their ids, so that a re-import updates."""
    questions, left_out = split(quiz, {q.id: cause for q in quiz.questions if (cause := _refusal(q))})
    ident = texts.quiz_id(quiz)
    title = " ".join(texts.clean(quiz.title).split())
    root, section = asi.assessment(ident, title, {"cc_maxattempts": "1"})
    for question in questions:
        _add(section, question)
    points = sum(question.points for question in questions)
    figures = {
        f"images/{texts.figure_file(question, figure)}": figure.svg.encode()
        for question in questions
        for figure in question.figures
    }
    files = {
        "imsmanifest.xml": _manifest(ident, title, list(figures)),
        f"{ident}/assessment_meta.xml": _meta(ident, title, points),
        f"{ident}/{ident}.xml": asi.document(root),
    }
    return Exported(packed(files | figures), left_out)


def _refusal(question: AnyQuestion) -> str:
    if isinstance(question, Numeric) and not _fits(question) and not question.wrong:
        return f"Canvas rounds numbers to {_DECIMALS} decimals, and no known mistake offers numbers to choose from"
    if isinstance(question, Cloze) and not _whole(question):
        return next((cause for part in gaps_as_questions(question) if (cause := _refusal(part))), "")
    return ""


def _fits(question: Numeric) -> bool:
    """Rounding to four decimals changes nothing, or less than a hundredth of the tolerance."""
    slack = question.tolerance / 100
    numbers = (question.answer, *interval(question.answer, question.tolerance))
    return all(abs(round(value, _DECIMALS) - value) <= slack for value in numbers)


def _add(section: etree._Element, question: AnyQuestion) -> None:
    if isinstance(question, SpotTheError):
        _choice(section, lines_as_choice(question), question, "multiple_choice_question")
    elif isinstance(question, Choice):
        several = isinstance(question, MultipleChoice)
        _choice(section, question, question, "multiple_answers_question" if several else "multiple_choice_question")
    elif isinstance(question, TrueFalse):
        _true_false(section, question)
    elif isinstance(question, Numeric):
        _numeric(section, question)
    elif isinstance(question, Matching):
        _matching(section, question, question)
    elif isinstance(question, Ordering):
        _matching(section, order_as_matching(question), question)
    elif isinstance(question, Cloze):
        _cloze(section, question)
    else:
        _short(section, question)


def _item(section: etree._Element, question: Question, kind: str, ids: list[str]) -> etree._Element:
    metadata = {
        "question_type": kind,
        "points_possible": texts.number(question.points),
        "original_answer_ids": ",".join(ids),
        "assessment_question_identifierref": texts.derived_id("question", question.id),
    }
    return asi.item(section, f"q{question.id}", question.title, metadata)


def _choice(section: etree._Element, question: Choice, origin: Question, kind: str) -> None:
    ids = asi.numeric_ids(origin, len(question.options))
    labels = [
        Label(ident, _inline(option.text, question), option.right, _optional(option.feedback, question))
        for ident, option in zip(ids, question.options, strict=True)
    ]
    _pick(section, question, origin, kind, labels)


def _true_false(section: etree._Element, question: TrueFalse) -> None:
    ids = asi.numeric_ids(question, 2)
    wrong = _optional(question.feedback, question)
    labels = [
        Label(ident, str(value), value == question.answer, "" if value == question.answer else wrong)
        for ident, value in zip(ids, (True, False), strict=True)
    ]
    _pick(section, question, question, "true_false_question", labels)


def _pick(section: etree._Element, question: Question, origin: Question, kind: str, labels: list[Label]) -> None:
    several = kind == "multiple_answers_question"
    element = _item(section, origin, kind, [label.ident for label in labels])
    asi.choices(asi.presentation(element, _html(question.prompt, question)), _RESPONSE, labels, several)
    rules = _rules(element, question)
    for label in labels:
        if label.feedback:
            asi.shows(rules, f"{label.ident}_fb", _RESPONSE, label.ident)
    rule, when = asi.condition(rules, last=True)
    if several:
        every = asi.sub(when, "and")
        for label in labels:
            asi.equals(every if label.right else asi.sub(every, "not"), _RESPONSE, label.ident)
    else:
        asi.equals(when, _RESPONSE, next(label.ident for label in labels if label.right))
    asi.score(rule, "100")
    _explanation(element, question)
    for label in labels:
        if label.feedback:
            asi.feedback(element, f"{label.ident}_fb", label.feedback)


def _numeric(section: etree._Element, question: Numeric) -> None:
    if not _fits(question):
        choice = number_as_choice(question)
        assert choice is not None, "refused before"
        return _choice(section, choice, question, "multiple_choice_question")
    unit = f" ({question.unit})" if question.unit else ""
    element = _item(section, question, "numerical_question", asi.numeric_ids(question, 1))
    asi.entry(asi.presentation(element, _html(question.prompt + unit, question)), _RESPONSE, fibtype="Decimal")
    rules = _rules(element, question)
    for i, wrong in enumerate(question.wrong):
        asi.shows(rules, f"wrong_{i}_fb", _RESPONSE, _rounded(wrong.value))
    low, high = interval(question.answer, question.tolerance)
    rule, when = asi.condition(rules, last=True)
    either = asi.sub(when, "or")
    asi.equals(either, _RESPONSE, _rounded(question.answer))
    between = asi.sub(either, "and")
    asi.sub(between, "vargte", respident=_RESPONSE).text = _rounded(low)
    asi.sub(between, "varlte", respident=_RESPONSE).text = _rounded(high)
    asi.score(rule, "100")
    _explanation(element, question)
    for i, wrong in enumerate(question.wrong):
        asi.feedback(element, f"wrong_{i}_fb", _html(wrong.feedback, question))
    return None


def _short(section: etree._Element, question: ShortText) -> None:
    element = _item(section, question, "short_answer_question", asi.numeric_ids(question, len(question.answers)))
    asi.entry(asi.presentation(element, _html(question.prompt, question)), _RESPONSE)
    rules = _rules(element, question)
    rule, when = asi.condition(rules, last=True)
    for answer in question.answers:
        asi.equals(when, _RESPONSE, texts.clean(answer))
    asi.score(rule, "100")
    _wrong(element, rules, question.feedback, question)
    _explanation(element, question)


def _matching(section: etree._Element, question: Matching, origin: Question) -> None:
    rights = right_sides(question)
    lefts = asi.numeric_ids(origin, len(question.pairs))
    matches = dict(zip(rights, asi.numeric_ids(origin, len(rights), "right"), strict=True))
    labels = [Label(ident, escape(texts.as_plain(right, question.figures))) for right, ident in matches.items()]
    element = _item(section, origin, "matching_question", lefts)
    shown = asi.presentation(element, _html(question.prompt, question))
    for ident, pair in zip(lefts, question.pairs, strict=True):
        response = asi.choices(shown, f"response_{ident}", labels)
        asi.material(response, _inline(pair.left, question))
        response.insert(0, response[-1])
    rules = _rules(element, question)
    worth = texts.share(1, len(lefts), 2)
    for ident, pair in zip(lefts, question.pairs, strict=True):
        rule, when = asi.condition(rules, last=False)
        asi.equals(when, f"response_{ident}", matches[pair.right])
        asi.score(rule, worth, "Add")
    _wrong(element, rules, question.feedback, question)
    _explanation(element, question)


def _whole(question: Cloze) -> bool:
    """Canvas can ask for all its gaps in one question."""
    return all(gap.words for gap in question.gaps) or all(gap.options for gap in question.gaps)


def _cloze(section: etree._Element, question: Cloze) -> None:
    if not _whole(question):
        for part in gaps_as_questions(question):
            _add(section, part)
        return
    kind = "multiple_dropdowns_question" if question.gaps[0].options else "fill_in_multiple_blanks_question"
    answers = {gap.name: _gap_answers(question, i) for i, gap in enumerate(question.gaps)}
    names = {name: texts.free_name(name, question.prompt) for name in answers}
    marked = texts.marked_html(question, partial(_picture, question))
    element = _item(section, question, kind, [label.ident for labels in answers.values() for label in labels])
    shown = asi.presentation(element, texts.fill_gaps(marked, lambda name: f"[{names[name]}]"))
    for name, labels in answers.items():
        response = asi.choices(shown, f"response_{names[name]}", labels)
        asi.material(response, names[name])
        response.insert(0, response[-1])
    rules = _rules(element, question)
    for name, labels in answers.items():
        for label in labels:
            if label.right:
                rule, when = asi.condition(rules, last=False)
                asi.equals(when, f"response_{names[name]}", label.ident)
                asi.score(rule, texts.share(1, len(answers), 2), "Add")
    _wrong(element, rules, question.feedback, question)
    _explanation(element, question)


def _gap_answers(question: Cloze, index: int) -> list[Label]:
    gap = question.gaps[index]
    if gap.options:
        ids = asi.numeric_ids(question, len(gap.options), gap.name)
        shown = [escape(texts.as_plain(option.text, question.figures)) for option in gap.options]
        return [Label(i, s, option.right) for i, s, option in zip(ids, shown, gap.options, strict=True)]
    ids = asi.numeric_ids(question, len(gap.words), gap.name)
    return [Label(i, escape(texts.clean(word)), True) for i, word in zip(ids, gap.words, strict=True)]


def _rules(element: etree._Element, question: Question) -> etree._Element:
    rules = asi.processing(element)
    if question.explanation:
        asi.shows(rules, "general_fb")
    return rules


def _explanation(element: etree._Element, question: Question) -> None:
    if question.explanation:
        asi.feedback(element, "general_fb", _html(question.explanation, question))


def _wrong(element: etree._Element, rules: etree._Element, text: str, question: Question) -> None:
    if text:
        asi.shows(rules, "general_incorrect_fb")
        asi.feedback(element, "general_incorrect_fb", _html(text, question))


def _rounded(value: float) -> str:
    return texts.number(round(value, _DECIMALS) + 0.0)


def _html(text: str, question: Question) -> str:
    return texts.as_html(text, question.figures, partial(_picture, question))


def _inline(text: str, question: Question) -> str:
    return texts.inline_html(text, question.figures, partial(_picture, question))


def _optional(text: str, question: Question) -> str:
    return _html(text, question) if text else ""


def _picture(question: Question, figure: Figure) -> str:
    return texts.image(f"%24IMS-CC-FILEBASE%24/images/{texts.figure_file(question, figure)}", figure)


def _manifest(ident: str, title: str, figures: list[str]) -> bytes:
    lom = "http://www.imsglobal.org/xsd/imsmd_v1p2"
    root = etree.Element(f"{{{_CP}}}manifest", {"identifier": texts.derived_id("manifest", ident)}, nsmap=_prefixes())
    metadata = asi.sub(root, "metadata")
    asi.sub(metadata, "schema").text = "IMS Content"
    asi.sub(metadata, "schemaversion").text = "1.1.3"
    general = etree.SubElement(etree.SubElement(metadata, f"{{{lom}}}lom"), f"{{{lom}}}general")
    asi.sub(asi.sub(general, "title"), "string").text = title
    asi.sub(root, "organizations")
    resources = asi.sub(root, "resources")
    meta = texts.derived_id("meta", ident)
    quiz = asi.sub(resources, "resource", identifier=ident, type="imsqti_xmlv1p2")
    asi.sub(quiz, "file", href=f"{ident}/{ident}.xml")
    asi.sub(quiz, "dependency", identifierref=meta)
    href = f"{ident}/assessment_meta.xml"
    asi.sub(asi.sub(resources, "resource", identifier=meta, type=_META, href=href), "file", href=href)
    for path in figures:
        picture = asi.sub(resources, "resource", identifier=texts.derived_id(path), type="webcontent", href=path)
        asi.sub(picture, "file", href=path)
    return asi.document(root)


def _meta(ident: str, title: str, points: float) -> bytes:
    root = etree.Element(f"{{{_CANVAS}}}quiz", {"identifier": ident}, nsmap=_canvas_prefixes())
    values = {
        "title": title,
        "description": "",
        "shuffle_answers": "true",
        "scoring_policy": "keep_highest",
        "quiz_type": "assignment",
        "points_possible": texts.number(points),
        "show_correct_answers": "true",
        "allowed_attempts": "1",
        "one_question_at_a_time": "false",
        "available": "false",
    }
    for name, value in values.items():
        asi.sub(root, name).text = value
    return asi.document(root)


def _prefixes() -> dict[str, str]:
    return {None: _CP, "imsmd": "http://www.imsglobal.org/xsd/imsmd_v1p2", "xsi": asi.XSI}  # type: ignore[dict-item]


def _canvas_prefixes() -> dict[str, str]:
    return {None: _CANVAS}  # type: ignore[dict-item]
