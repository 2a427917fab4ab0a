"""QTI 1.2 for Canvas: no known fault, and the structure of its peer text2qti where both can say a question."""

import io
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from quiz import peer, samples, traps
from quiz.peer import made, ours, shape

from convclass.lms import qti12
from convclass.quiz.models import Numeric, Option

EVERYTHING = qti12.export(samples.everything()).content
Q = traps.QTI12


def items(content: bytes) -> dict[str, etree._Element]:
    return {item.get("title") or "": item for item in peer.items(content)}


def changed(content: bytes, good: str, bad: str) -> bytes:
    """The package with one thing changed in one of its files."""
    package = io.BytesIO()
    hits = 0
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(package, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            hits += good in text
            new.writestr(name, text.replace(good, bad, 1))
    assert hits
    return package.getvalue()


def test_every_kind_is_written_without_a_known_fault():
    assert traps.canvas(EVERYTHING) == []


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("<fieldentry>multiple_choice_question<", "<fieldentry> multiple_choice_question <", "question type"),
        ("<fieldlabel>points_possible<", "<fieldlabel>points<", "no points"),
        ('texttype="text/html"', 'texttype="text/plain"', "HTML"),
        ('type="imsqti_xmlv1p2"', 'type="imsqti_xmlv1p1"', "resource types"),
        ("imsccv1p1/imscp_v1p1", "imscp_v1p1", "manifest"),
        ('<vargte respident="response1">1.25<', '<vargte respident="response1">1.25000001<', "rounded"),
        ('<mattext texttype="text/html">', '<mattext texttype="text/html"/><mattext texttype="text/html">', "mattext"),
    ],
)
def test_each_fault_would_be_found(good: str, bad: str, fault: str):
    assert any(fault in found for found in traps.canvas(changed(EVERYTHING, good, bad)))


def test_single_choice_is_text2qtis(tmp_path: Path):
    options = (Option(text="nine", right=True, feedback="Yes."), Option(text="six", feedback="No."))
    question = samples.single("How many?", options=options, explanation="Shared.")
    text = "1. How many?\n... Shared.\n*a) nine\n... Yes.\nb) six\n... No.\n"
    assert shape(ours(question)) == shape(made(text, tmp_path))


def test_several_answers_are_text2qtis(tmp_path: Path):
    options = (Option(text="one", right=True), Option(text="two"), Option(text="three", right=True))
    question = samples.multiple(options=options).model_copy(update={"points": 1.0, "prompt": "Which?"})
    assert shape(ours(question)) == shape(made("1. Which?\n[*] one\n[ ] two\n[*] three\n", tmp_path))


def test_true_false_is_text2qtis(tmp_path: Path):
    question = samples.true_false(True).model_copy(update={"feedback": ""})
    assert shape(ours(question)) == shape(made("1. Pooling has parameters.\n*a) True\nb) False\n", tmp_path))


def test_short_answer_is_text2qtis(tmp_path: Path):
    question = samples.short("stride", "step").model_copy(update={"feedback": ""})
    assert shape(ours(question)) == shape(made("1. What moves the window?\n* stride\n* step\n", tmp_path))


def test_number_is_text2qtis(tmp_path: Path):
    question = Numeric(**samples.common("n", "How much?", answer=1.5, tolerance=0.25))
    assert shape(ours(question)) == shape(made("1. How much?\n= 1.5 +- 0.25\n", tmp_path))


def test_another_structure_would_be_found(tmp_path: Path):
    question = samples.true_false(False).model_copy(update={"feedback": ""})
    assert shape(ours(question)) != shape(made("1. Pooling has parameters.\n*a) True\nb) False\n", tmp_path))


def test_numbers_that_canvas_would_round_are_chosen_or_refused():
    small = Numeric(**samples.common("small", "How small?", answer=1.7e-7, tolerance=1e-9))
    made = qti12.export(samples.quiz_of(small, samples.single()))
    assert [q.id for q, _ in made.left_out] == [small.id]
    known = small.model_copy(update={"wrong": samples.numeric(1.7e-7, 1e-9).wrong})
    assert "multiple_choice_question" in etree.tostring(ours(known)).decode()


def test_a_cloze_of_one_sort_stays_whole_and_another_is_split():
    found = items(EVERYTHING)
    assert "Words only" in found and "Options only" in found
    assert {"Story (1 of 3)", "Story (2 of 3)", "Story (3 of 3)"} <= set(found)
    blank = found["Words only"].find(f"{Q}presentation/{Q}material/{Q}mattext")
    assert blank is not None and blank.text == "<p>Move by the [a] or the [b].</p>"


def test_a_re_import_updates():
    first, again = items(EVERYTHING), items(qti12.export(samples.everything()).content)
    assert [i.get("ident") for i in first.values()] == [i.get("ident") for i in again.values()]
    other = samples.single("How many weights has a filter?")
    assert ours(other).get("ident") != ours(samples.single()).get("ident")
