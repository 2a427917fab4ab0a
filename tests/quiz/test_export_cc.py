"""Common Cartridge 1.1: no known fault, and everything that the profile can say."""

import io
import zipfile

import pytest
from lxml import etree
from quiz import samples, traps
from quiz.test_export_canvas import Q, changed

from convclass.lms import cc

MADE = cc.export(samples.everything())


def test_every_kind_is_written_without_a_known_fault():
    assert traps.cartridge(MADE.content) == []


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("<schemaversion>1.1.0<", "<schemaversion>1.0.0<", "version"),
        ("imsqti_xmlv1p2/imscc_xmlv1p1/assessment", "imsqti_xmlv1p2", "no assessment"),
        ("<fieldentry>cc.fib.v0p1<", "<fieldentry>cc.number.v0p1<", "profile"),
        ('respident="response" case="Yes">option_0', 'respident="response">option_0', "case"),
    ],
)
def test_each_fault_would_be_found(good: str, bad: str, fault: str):
    assert any(fault in found for found in traps.cartridge(changed(MADE.content, good, bad)))


def test_what_is_left_out_is_said():
    assert {q.title for q, _ in MADE.left_out} == {"Small", "Story"}
    assert all("tolerance" in cause for _, cause in MADE.left_out)


def test_a_number_becomes_a_choice_among_known_mistakes():
    content = cc.export(samples.quiz_of(samples.numeric())).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = etree.fromstring(archive.read(next(n for n in archive.namelist() if n.endswith("assessment.xml"))))
    shown = [e.text for e in root.iterfind(f".//{Q}response_label/{Q}material/{Q}mattext")]
    assert shown == ["-2.5", "1.5", "4"]
    right = root.find(f".//{Q}respcondition[{Q}setvar]/{Q}conditionvar/{Q}varequal")
    assert right is not None and right.text == "option_1"
