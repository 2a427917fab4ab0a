"""text2qti, which writes QTI 1.2 for Canvas as we do: questions in its language, and the structure of its items."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from lxml import etree, html
from quiz.parts import parts
from quiz.samples import quiz_of
from quiz.traps import QTI12 as Q
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz as PeerQuiz

from convclass.lms import qti12, texts
from convclass.lms.formats import Format
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    MultipleChoice,
    Numeric,
    Question,
    ShortText,
    TrueFalse,
)
from convclass.quiz.shown import LETTERS

_OWN_ID = re.compile(r"(text2qti_\w+?|\d{6,}|[qg][0-9a-f]{16,32}|wrong_\d+|answer1)(_fb)?")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "--", "—": "---"})
_LEAST = 1e-4
"""text2qti refuses numbers closer to 0, which Canvas would round away."""


def sayable(questions: Iterable[AnyQuestion]) -> list[AnyQuestion]:
    """What of the questions both can say: one point each, no feedback where text2qti knows none."""
    return [_bare(part) for question in questions for part in parts(Format.QTI12, question) if _is_sayable(part)]


def _is_sayable(question: AnyQuestion) -> bool:
    if isinstance(question, Numeric):
        ends = (question.answer - question.tolerance, question.answer + question.tolerance)
        fits = all(abs(round(end, 4) - end) < 1e-12 for end in (*ends, question.answer))
        return fits and min(map(abs, ends)) >= _LEAST
    return isinstance(question, Choice | TrueFalse | ShortText)


def _bare(question: AnyQuestion) -> AnyQuestion:
    changed: dict[str, object] = {"points": 1.0}
    if isinstance(question, Numeric):
        changed["wrong"] = ()
    return question.model_copy(update=changed)


def source(question: AnyQuestion, folder: Path) -> str:
    """The question in the language of text2qti; its figures go to the folder."""
    unit = f" ({question.unit})" if isinstance(question, Numeric) and question.unit else ""
    blocks = [f"Title: {question.title}", _block("1. ", question.prompt + unit, question, folder)]
    if question.explanation:
        blocks.append(_block("... ", question.explanation, question, folder))
    if isinstance(question, ShortText) and question.feedback:
        blocks.append(_block("- ", question.feedback, question, folder))
    return "\n".join([*blocks, *_answers(question, folder)]) + "\n"


def _answers(question: AnyQuestion, folder: Path) -> Iterable[str]:
    if isinstance(question, Numeric):
        margin = f" +- {texts.number(question.tolerance)}"
        yield f"= {texts.number(question.answer)}{margin}"
    elif isinstance(question, ShortText):
        yield from (f"* {answer}" for answer in question.answers)
    elif isinstance(question, TrueFalse):
        for letter, value in (("a", True), ("b", False)):
            yield f"{'*' if value == question.answer else ''}{letter}) {value}"
            if value != question.answer and question.feedback:
                yield _block("... ", question.feedback, question, folder)
    else:
        assert isinstance(question, Choice)
        for i, option in enumerate(question.options):
            sign = "*" if option.right else ""
            several = isinstance(question, MultipleChoice)
            mark = f"[{sign or ' '}] " if several else f"{sign}{LETTERS[i]}) "
            yield _block(mark, option.text, question, folder)
            if option.feedback:
                yield _block("... ", option.feedback, question, folder)


def _block(mark: str, text: str, question: Question, folder: Path) -> str:
    for figure in question.figures:
        path = folder / texts.figure_file(question, figure)
        path.write_text(figure.svg)
        text = re.sub(
            rf"!\[([^\]]*)\]\(figure:{figure.name}\)",
            lambda match, path=path, figure=figure: f"![{match[1] or figure.alternative}]({path})",
            text,
        )
    first, *rest = text.split("\n")
    return "\n".join([mark + first, *(" " * len(mark) + line if line else "" for line in rest)])


def made(text: str, folder: Path) -> etree._Element:
    """The item that text2qti makes of a question in its language."""
    package = QTI(PeerQuiz(text, config=Config(), source_name="peer"))
    package.save(folder / "peer.zip")
    return next(iter(items((folder / "peer.zip").read_bytes())))


def ours(question: AnyQuestion) -> etree._Element:
    """The item that we make of it."""
    (item,) = items(qti12.export(quiz_of(question)).content)
    return item


def items(content: bytes) -> list[etree._Element]:
    """The items of a package for Canvas."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        path = next(name for name in archive.namelist() if re.fullmatch(r"(\w+)/\1\.xml", name))
        return list(etree.fromstring(archive.read(path)).iter(f"{Q}item"))


def shape(item: etree._Element) -> list[object]:
    """Elements and values, with ids replaced by their order of appearance, and HTML by what a reader sees."""
    seen: dict[str, str] = {}

    def name(text: str) -> str:
        known = _OWN_ID.fullmatch(text)
        return seen.setdefault(known[1], f"id{len(seen)}") + (known[2] or "") if known else text

    def walk(element: etree._Element) -> list[object]:
        attributes = {k: name(v) for k, v in sorted(element.attrib.items()) if k not in ("title", "rshuffle")}
        return [
            etree.QName(element).localname,
            attributes,
            _number(element) or _value(element, name),
            [walk(child) for child in element],
        ]

    return walk(item)


def _value(element: etree._Element, name: Callable[[str], str]) -> str:
    text = " ".join((element.text or "").split())
    if element.tag == f"{Q}mattext":
        return _seen(element.text or "")
    return ",".join(map(name, text.split(",")))


def _number(element: etree._Element) -> str:
    """A bound, an exact value or the points, as both write them; else nothing."""
    text = (element.text or "").strip()
    before = element.getprevious()
    is_points = before is not None and before.text == "points_possible"
    is_bound = element.get("respident") and next(element.iterancestors(f"{Q}item")).find(f".//{Q}vargte") is not None
    return str(float(text)) if is_points or is_bound else ""


def _seen(markup: str) -> str:
    """Without white space, and with plain quotes: there the two Markdowns differ."""
    words = "".join(_words(html.fragment_fromstring(markup, create_parent=True)))
    return "".join(words.translate(_PLAIN).split())


def _words(element: html.HtmlElement) -> Iterable[str]:
    """The text of an element, formulas as LaTeX and figures as their description."""
    formula = element.get("data-equation-content")
    yield rf"\({formula}\)" if formula else (element.get("alt") or "") if element.tag == "img" else element.text or ""
    for child in element:
        yield from _words(child)
        yield child.tail or ""
