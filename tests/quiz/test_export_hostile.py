"""Texts that try to break a format come out of it as they went in, wherever they stand in a question of any kind."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from quiz import samples, traps
from quiz.read.files import READ, expected_of, read_all
from quiz.read.page import expected_in_key, expected_sheet, key_of_sheet, sheet

from convclass.lms import texts
from convclass.lms.formats import Format, exporter
from convclass.lms.support import EmptyExportError
from convclass.quiz.models import AnyQuestion, Choice, Option, ShortText, SingleChoice

_TAKEN = ("the other", "third", "second", "fine", "word", "a", "b")
"""Other texts of the hostile questions, from which the text has to differ."""


def choice(text: str) -> SingleChoice:
    options = (Option(text=text, right=True, feedback=text), Option(text="the other"))
    return samples.single(text, options=options, explanation=text)


def _zipped(content: bytes, ends: str) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(next(n for n in archive.namelist() if re.search(ends, n))))


_nasty = st.sampled_from(
    [*"{}=~#:\\$[`*;|%'\"\n\t\r\x00\u202e\ue0f0\ufffe\u2028\x85", "]]>", "<b>", "</text>", "&amp;", "\x1b[31m", "👩‍🏫"]
    + ["](", "\n\n", "->", "//", "::", "@@PLUGINFILE@@", "{{gap}}", "[gap]", "{1:SA:=x}"]
)
_texts = (
    st.lists(_nasty | st.text(max_size=6), min_size=1, max_size=12)
    .map("".join)
    .filter(lambda text: " ".join(text.split()) not in ("", *_TAKEN))
)


_LARGE = [HealthCheck.too_slow, HealthCheck.large_base_example]
_UNSHRUNK = (Phase.explicit, Phase.generate)
"""gift-pegjs starts anew for each try: to make an example smaller would take minutes."""


def hostile_examples(test):
    for text in samples.HOSTILE_TEXTS:
        test = example(text=text)(test)
    return test


def assert_survived(format_: Format, *many: str) -> None:
    """Every kind of question, with the text wherever one may stand, is read as it was written."""
    quizzes = [samples.quiz_of(*samples.hostile(text)) for text in many]
    made = [exporter(format_).export(quiz) for quiz in quizzes]
    for quiz, one, found in zip(quizzes, made, read_all(format_, [m.content for m in made]), strict=True):
        left_out = {question.id for question, _ in one.left_out}
        written = {q.id for q in quiz.questions if q.kind == "short_text" or q.family == "hostile_words"}
        assert left_out <= written  # answers to write, which a format may refuse; texts to read, never
        assert found == expected_of(format_, quiz, left_out)


@pytest.mark.parametrize("format_", [format_ for format_ in READ if format_ is not Format.GIFT])
@given(text=_texts)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@hostile_examples
def test_every_kind_survives(format_: Format, text: str):
    assert_survived(format_, text)


@given(many=st.lists(_texts, min_size=40, max_size=40))
@settings(max_examples=2, deadline=None, suppress_health_check=_LARGE, phases=_UNSHRUNK)
@example(many=list(samples.HOSTILE_TEXTS))
def test_every_kind_survives_gift(many: list[str]):
    assert_survived(Format.GIFT, *many)


@given(text=_texts)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@hostile_examples
def test_every_kind_survives_on_paper(text: str):
    quiz = samples.quiz_of(*samples.hostile(text))
    made = exporter(Format.PAPER).export(quiz)
    assert sheet(made.content) == [expected_sheet(question) for question in quiz.questions]
    for question, said in zip(quiz.questions, key_of_sheet(made.beside[0][1]), strict=True):
        assert not [part for part in expected_in_key(question) if part not in said], question.family


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


def _changed(question: AnyQuestion, old: str, new: str) -> list[AnyQuestion]:
    """The question with another text in one place, for every place where the old one stands."""
    dumped = json.dumps(question.model_dump(mode="json", exclude={"id"}))
    places = [match.start() for match in re.finditer(old, dumped)]
    made = [json.loads(dumped[:place] + dumped[place:].replace(old, new, 1)) for place in places]
    return [type(question).model_validate(fields) for fields in made]


def _read(value: Any) -> Any:
    """Of a question's fields those that everybody reads or answers with, not what is said afterwards."""
    if isinstance(value, dict):
        return {k: _read(v) for k, v in value.items() if k not in ("feedback", "explanation", "correction", "id")}
    return [_read(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("format_", READ)
def test_a_text_that_is_lost_would_be_found(format_: Format):
    for question in samples.hostile("lost and found"):
        wanted = expected_of(format_, samples.quiz_of(question))
        changed = _changed(question, "lost and found", "found")
        files = [exporter(format_).export(samples.quiz_of(other)).content for other in changed]
        unseen = [other for other, found in zip(changed, read_all(format_, files), strict=True) if found == wanted]
        assert all(_read(other.model_dump()) == _read(question.model_dump()) for other in unseen), question.family
        if isinstance(question, Choice) and format_ is not Format.BLACKBOARD:
            assert all(isinstance(other, Choice) and other.options == question.options for other in unseen)


@pytest.mark.parametrize("text", ["[a]: http://example.org", "#", "-", ">", "---", "```\n```", "&nbsp;"])
def test_an_option_never_vanishes(text: str):
    """A link definition or a heading of nothing shows nothing in Markdown, and nothing ends Moodle's import."""
    made = exporter(Format.MOODLE).export(samples.quiz_of(choice(text), *samples.hostile(text))).content
    assert traps.moodle(made) == []
    (found, *_) = read_all(Format.MOODLE, [made])[0]
    assert found.options[0] == "".join(text.split())


def test_an_empty_quiz_is_refused():
    for format_ in Format:
        with pytest.raises(EmptyExportError):
            exporter(format_).export(samples.quiz_of())
