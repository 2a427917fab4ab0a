"""Texts that try to break a format come out of it as they went in."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from quiz import samples, traps
from quiz.node import run

from convclass.lms import texts
from convclass.lms.formats import Format, exporter
from convclass.lms.support import EmptyExportError
from convclass.quiz.models import Option, ShortText, SingleChoice

Said = tuple[str, str, str]
"""Prompt, first option and its feedback, as a reader sees them."""


def bare(text: str) -> str:
    """Without white space, which formats may change."""
    return "".join(text.split())


def seen(markup: str) -> str:
    return bare(texts.visible(markup))


def choice(text: str) -> SingleChoice:
    options = (Option(text=text, right=True, feedback=text), Option(text="the other"))
    return samples.single(text, options=options, explanation=text)


def moodle(content: bytes) -> Said:
    question = etree.fromstring(content).findall("question")[1]
    answer = question.find("answer")
    assert answer is not None and traps.moodle(content) == []
    parts = [question.findtext("questiontext/text"), answer.findtext("text"), answer.findtext("feedback/text")]
    return tuple(seen(part or "") for part in parts)  # type: ignore[return-value]


def _zipped(content: bytes, ends: str) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(next(n for n in archive.namelist() if re.search(ends, n))))


def qti(content: bytes) -> Said:
    root = _zipped(content, "^items/")
    body = next(e for e in root.iter("{*}itemBody", "{*}qti-item-body"))
    option = next(e for e in root.iter("{*}simpleChoice", "{*}qti-simple-choice") if e.get("identifier") == "option_0")
    modal = next(
        e for e in root.iter("{*}modalFeedback", "{*}qti-modal-feedback") if e.get("identifier") == "feedback_0"
    )
    return tuple(bare("".join(e.itertext())) for e in (body[0], option, modal))  # type: ignore[return-value]


def asi(content: bytes) -> Said:
    root = _zipped(content, r"^(\w+)/(\1|assessment)\.xml$")
    q = traps.QTI12
    label = root.find(f".//{q}response_label")
    assert label is not None
    feedback = root.find(f".//{q}itemfeedback[@ident='{label.get('ident')}_fb']")
    prompt = root.find(f".//{q}presentation")
    assert prompt is not None and feedback is not None
    found = [
        prompt.findtext(f"{q}material/{q}mattext"),
        label.findtext(f".//{q}mattext"),
        feedback.findtext(f".//{q}mattext"),
    ]
    return tuple(seen(part or "") for part in found)  # type: ignore[return-value]


def blackboard(content: bytes) -> Said:
    (row,) = [line.split("\t") for line in content.decode().split("\r\n") if line]
    assert row[0] == "MC" and row[3::2] == ["correct", "incorrect"]
    return seen(row[1]), seen(row[2]), ""


def brightspace(content: bytes) -> Said:
    rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]
    prompt = next(row[1] for row in rows if row[0] == "QuestionText")
    option = next(row for row in rows if row[0] == "Option")
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))]
    return seen(prompt), seen(option[2]), bare(option[4])


def jupyterquiz(content: bytes) -> Said:
    (question,) = json.loads(content)
    answer = question["answers"][0]
    return seen(question["question"]), seen(answer["answer"]), seen(answer["feedback"])


def page(content: bytes) -> Said:
    root = lxml_html.document_fromstring(content.decode().replace("\x00", ""))
    key = json.loads(root.get_element_by_id("key").text or "")
    prompt = root.find_class("prompt")[0]
    option = root.find_class("text")[0]
    (answers,) = key.values()
    return bare("".join(prompt.itertext())), bare("".join(option.itertext())), seen(answers["feedback"][0])


READERS: dict[Format, Callable[[bytes], Said]] = {
    Format.MOODLE: moodle,
    Format.QTI21: qti,
    Format.QTI3: qti,
    Format.QTI12: asi,
    Format.CC: asi,
    Format.BLACKBOARD: blackboard,
    Format.BRIGHTSPACE: brightspace,
    Format.JUPYTERQUIZ: jupyterquiz,
    Format.HTML: page,
}
_WITH_MATHML = (Format.QTI21, Format.QTI3, Format.HTML)
_nasty = st.sampled_from(
    [*"{}=~#:\\$[`*;|%'\"\n\t\r\x00\u202e\ue0f0\ufffe\u2028\x85", "]]>", "<b>", "</text>", "&amp;", "\x1b[31m", "👩‍🏫"]
    + ["](", "\n\n", "->", "//", "::", "@@PLUGINFILE@@", "{{gap}}", "{1:SA:=x}"]
)
_texts = st.lists(_nasty | st.text(max_size=6), min_size=1, max_size=12).map("".join).filter(lambda t: t.strip())


def expected(format_: Format, text: str) -> Said:
    show = seen(texts.as_html(text, math="mathml" if format_ in _WITH_MATHML else "tex"))
    feedback = {Format.BLACKBOARD: "", Format.JUPYTERQUIZ: show + show}  # none; and the explanation with it
    return show, show, feedback.get(format_, show)


def normal(said: Said) -> Said:
    """MathML by a parser of XML and by one of HTML differ in nothing that is read; alternatives of pictures stay."""
    return tuple(part.replace("\ufeff", "") for part in said)  # type: ignore[return-value]


@pytest.mark.parametrize("format_", list(READERS))
@given(text=_texts)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(text=samples.HOSTILE_TEXTS[0])
@example(text=samples.HOSTILE_TEXTS[1])
@example(text=samples.HOSTILE_TEXTS[2])
@example(text=samples.HOSTILE_TEXTS[3])
@example(text=samples.HOSTILE_TEXTS[5])
@example(text=samples.HOSTILE_TEXTS[6])
@example(text=samples.HOSTILE_TEXTS[7])
@example(text=samples.HOSTILE_TEXTS[8])
@example(text=samples.HOSTILE_TEXTS[9])
@example(text=samples.HOSTILE_TEXTS[11])
@example(text=samples.HOSTILE_TEXTS[12])
def test_choices_survive(format_: Format, text: str):
    read = READERS[format_]
    said = read(exporter(format_).export(samples.quiz_of(choice(text))).content)
    assert normal(said) == normal(expected(format_, text))


@given(text=_texts)
@settings(max_examples=60, deadline=None)
def test_words_to_write_survive_to_the_letter(text: str):
    """Short answers are no Markdown: every character counts."""
    word = texts.clean(" ".join(text.split()))
    quiz = samples.quiz_of(ShortText(**samples.common("word", "Say it.", answers=(word,))))
    moodle_ = etree.fromstring(exporter(Format.MOODLE).export(quiz).content).findtext(".//answer/text")
    assert moodle_ == word.replace("*", r"\*")
    item = _zipped(exporter(Format.QTI3).export(quiz).content, "^items/")
    assert item.findtext(".//{*}qti-string-match/{*}qti-base-value") == word
    canvas = _zipped(exporter(Format.QTI12).export(quiz).content, r"^(\w+)/\1\.xml$")
    assert canvas.findtext(f".//{traps.QTI12}varequal") == word
    assert json.loads(exporter(Format.JUPYTERQUIZ).export(quiz).content)[0]["answers"][0]["answer"] == word


@given(many=st.lists(_texts, min_size=60, max_size=60))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@example(many=list(samples.HOSTILE_TEXTS))
def test_gift_is_parsed_to_the_same_texts(many: list[str]):
    sent = [exporter(Format.GIFT).export(samples.quiz_of(choice(text))).content.decode() for text in many]
    for text, answer in zip(many, run("gift.js", sent), strict=True):
        assert "error" not in answer, (text, answer)
        question = answer["questions"][1]
        first = question["choices"][0]
        found = [question["stem"]["text"], first["text"]["text"], first["feedback"]["text"]]
        assert [seen(part) for part in found] == [seen(texts.as_html(text))] * 3


@pytest.mark.parametrize("format_", list(Format))
def test_every_kind_can_be_written_whatever_stands_in_it(format_: Format):
    for text in samples.HOSTILE_TEXTS:
        quiz = samples.quiz_of(*samples.hostile(text))
        made = exporter(format_).export(quiz)
        assert made.content and len(made.left_out) <= 3
        assert all(cause for _, cause in made.left_out)


def test_a_text_that_is_lost_would_be_found():
    def without_its_brackets(content: bytes) -> bytes:
        return content.replace(b"]]&gt;", b"")

    text = "a ]]> b"
    content = exporter(Format.MOODLE).export(samples.quiz_of(choice(text))).content
    assert moodle(content) == expected(Format.MOODLE, text) != moodle(without_its_brackets(content))


def test_an_option_never_vanishes():
    """A link definition is nothing in Markdown, and nothing ends Moodle's import."""
    quiz = samples.quiz_of(choice("[a]: http://example.org"))
    assert moodle(exporter(Format.MOODLE).export(quiz).content)[1] == "[a]:http://example.org"


def test_an_empty_quiz_is_refused():
    for format_ in Format:
        with pytest.raises(EmptyExportError):
            exporter(format_).export(samples.quiz_of())
