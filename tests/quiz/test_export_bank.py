"""Every question of the bank is in every format, without a known fault and with its figures."""

import io
import json
import re
import zipfile
from collections.abc import Iterable

import pytest
from quiz import samples, traps

from convclass.course import assignments
from convclass.lms import cc, html, texts
from convclass.lms.formats import Format, exporter
from convclass.lms.support import Exported, How, Kind, Support, refused
from convclass.quiz import bank, variants


# Seed 0 is what everybody gets; the other one stands for a student.
@pytest.mark.parametrize("seed", [0, 2**40])
def test_no_question_is_left_out_of_any_format(course, seed: int):
    """The README's table refuses no kind of question, so nothing may be left out."""
    quizzes = [variants.variant(bank.load(found), seed) for found in assignments(course) if bank.has_bank(found)]
    assert sum(len(quiz.questions) for quiz in quizzes) == 172
    for format_ in Format:
        made = [exporter(format_).export(quiz) for quiz in quizzes]
        assert left_out(made, exporter(format_).support) == [], format_


def left_out(made: Iterable[Exported], support: Support) -> list[str]:
    """What is not in the files, but for kinds that the table says are refused."""
    missing = [question for one in made for question, _ in one.left_out]
    return [question.title for question in missing if support[Kind(question.kind)].how is not How.REFUSED]


def test_a_question_that_is_left_out_would_be_found():
    made = cc.export(samples.quiz_of(samples.single(), samples.cloze()))
    assert left_out([made], cc.SUPPORT) == ["Story"]
    assert left_out([made], dict(cc.SUPPORT) | {Kind.CLOZE: refused("for once")}) == []


def test_no_known_fault(real_quizzes):
    finders = {
        Format.MOODLE: traps.moodle,
        Format.GIFT: traps.gift,
        Format.QTI12: traps.canvas,
        Format.CC: traps.cartridge,
    }
    for quiz in real_quizzes:
        for format_, faults in finders.items():
            assert faults(exporter(format_).export(quiz).content) == [], (quiz.assignment, format_)


def test_packages_hold_the_figures_that_they_show(real_quizzes):
    for quiz in real_quizzes:
        for format_ in (Format.QTI12, Format.QTI21, Format.QTI3, Format.CC):
            with zipfile.ZipFile(io.BytesIO(exporter(format_).export(quiz).content)) as archive:
                text = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml"))
                names = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
            shown = set(re.findall(r'src=(?:"|&quot;)[^"&]*?([a-z0-9-]+\.svg)', text))
            drawn = {texts.figure_file(question, figure) for question in quiz.questions for figure in question.figures}
            assert shown and shown == drawn <= names and "figure:" not in text, (quiz.assignment, format_)


def test_the_graded_pages_hold_no_key(real_quizzes):
    for quiz in real_quizzes:
        graded = html.page(quiz, graded=True, action="/x").split("<script>")[0].split("</style>")[1]
        assert 'id="key"' not in graded and "data-said" in graded and "correct" not in graded
        secrets = [
            re.split(r"[`$*\n&<>'\"]", secret)[0]
            for question in quiz.questions
            for secret in (question.explanation, *(o.feedback for o in getattr(question, "options", ())))
        ]
        told = [words for words in secrets if len(words) >= 25]
        practice = html.page(quiz)
        assert len(told) >= 20 and all(json.dumps(words)[1:-1] in practice for words in told)
        assert not [words for words in told if words in graded], quiz.assignment
