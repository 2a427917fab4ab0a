"""Moodle XML: what Moodle's importer stumbles over is not in it, and everything of the quiz is."""

import base64
import re

import pytest
from lxml import etree
from quiz import samples, traps

from convclass.lms import moodle

EVERYTHING = moodle.export(samples.everything()).content


def question(one) -> etree._Element:
    return etree.fromstring(moodle.export(samples.quiz_of(one)).content).findall("question")[1]


def test_every_kind_is_written_without_a_known_fault():
    assert traps.moodle(EVERYTHING) == []
    assert len(etree.fromstring(EVERYTHING).findall("question")) == 1 + len(samples.everything().questions)


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("<single>false</single>", "<single>False</single>", "single is"),
        ('fraction="33.33333"', 'fraction="33.3"', "fractions"),
        ('fraction="14.28571"', 'fraction="14.2857142857"', "fractions"),
        ("<text>true</text>", "<text>True</text>", "lower case"),
        ("<usecase>1</usecase>", "<usecase>true</usecase>", "usecase"),
        ("<tolerance>0.25</tolerance>", "<tolerance>0,25</tolerance>", "no number"),
        ("<text>0.00000017</text>", "<text>1.7e-07</text>", "no number"),
        ("<text>dark</text>", "<text></text>", "empty answer"),
        ("<text>no sharing</text>", "<text></text>", "empty match"),
        ("<text>Read it</text>", f"<text>{'x' * 252}</text>", "252 characters"),
    ],
)
def test_each_fault_would_be_found(good: str, bad: str, fault: str):
    text = EVERYTHING.decode()
    assert good in text
    assert any(fault in found for found in traps.moodle(text.replace(good, bad, 1).encode()))


@pytest.mark.parametrize(
    ("rights", "fraction"), [(1, "100"), (2, "50"), (3, "33.33333"), (6, "16.66667"), (7, "14.28571")]
)
def test_fractions_have_the_digits_that_moodle_knows(rights: int, fraction: str):
    answers = question(samples.multiple(rights)).findall("answer")
    assert [a.get("fraction") for a in answers] == [fraction] * rights + [f"-{fraction}"] * 2


def test_html_is_in_cdata_and_what_cannot_be_is_escaped():
    assert b"<text><![CDATA[<p>What does this show?</p>" in EVERYTHING
    made = moodle.export(samples.quiz_of(samples.short("a ]]> <b"))).content
    assert b"]]>" not in made.split(b"<usecase>")[1].split(b"</answer>")[0]
    assert question(samples.short("a ]]> <b")).findtext("answer/text") == "a ]]> <b"


def test_a_star_in_a_short_answer_is_no_joker():
    found = question(samples.short("a*b", "**"))
    assert [a.findtext("text") for a in found.findall("answer")] == [r"a\*b", r"\*\*", "*"]


def test_figures_are_files_beside_the_text_that_shows_them():
    found = question(samples.pictured())
    for holder in (found.find("questiontext"), found.findall("answer")[1]):
        assert holder is not None
        file = holder.find("file")
        assert file is not None and base64.b64decode(file.text or "").decode() == samples.SVG
        assert f"@@PLUGINFILE@@/{file.get('name')}" in (holder.findtext("text") or "")
    assert found.findall("answer")[0].find("file") is None


def test_embedded_answers_are_what_moodle_takes_apart():
    text = question(samples.cloze()).findtext("questiontext/text") or ""
    assert "{1:NUMERICAL:=9:0.5}" in text
    assert "{1:MULTICHOICE:=equivariant~invariant#" in text
    assert "{1:SHORTANSWER:=stride~=the stride}" in text
    assert "&#123;directions&#125;" in text  # a brace of the prompt begins no answer


def test_specials_in_embedded_answers_are_entities():
    one = next(q for q in samples.everything().questions if q.family == "options_only")
    text = question(one).findtext("questiontext/text") or ""
    inside = re.search(r"\{1:MULTICHOICE_V:(.*)\}", text)
    assert inside is not None
    assert len(re.findall(r"(?<!&)[~]", inside[1])) == 1 and inside[1].count("}") == 0


def test_ordering_items_are_numbered_in_the_right_order():
    found = question(samples.ordering())
    assert [a.get("fraction") for a in found.findall("answer")] == ["1.0000000", "2.0000000", "3.0000000", "4.0000000"]
    assert found.findtext("answer/text") == "pad the image"
    assert found.findtext("gradingtype") == "ALL_OR_NOTHING"


def test_ids_and_points_go_along():
    one = samples.matching()
    assert question(one).findtext("idnumber") == one.id
    assert question(one).findtext("defaultgrade") == "3"


def test_the_same_quiz_is_the_same_file():
    assert moodle.export(samples.everything()).content == EVERYTHING
