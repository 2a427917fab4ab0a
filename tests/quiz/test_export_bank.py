"""Every question of the bank in every format, through every consumer."""

import io
import re
import zipfile

import pytest
from lxml import etree
from quiz import traps
from quiz.answers import for_qti, right, wrongs
from quiz.node import pages, run

from convclass.lms import gift, html, qti3, qti21
from convclass.lms.formats import Format, exporter
from convclass.lms.support import How, Kind
from convclass.quiz.scoring import score


@pytest.mark.parametrize("format_", list(Format))
def test_every_quiz_is_written_and_what_is_left_out_has_a_rule(real_quizzes, format_: Format):
    support = exporter(format_).support
    for quiz in real_quizzes:
        made = exporter(format_).export(quiz)
        assert made.content and len(made.left_out) < len(quiz.questions) / 4, (quiz.assignment, made.left_out)
        for question, cause in made.left_out:
            assert cause and support[Kind(question.kind)].how is not How.NATIVE


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
            assert shown <= names and "figure:" not in re.sub(r"[a-z]+-?figure:", "", text)


def test_gift_pegjs_parses_every_question(real_quizzes):
    answers = run("gift.js", [gift.export(quiz).content.decode() for quiz in real_quizzes])
    for quiz, answer in zip(real_quizzes, answers, strict=True):
        assert "error" not in answer, answer
        left_out = len(gift.export(quiz).left_out)
        extra = sum(len(q.gaps) - 1 for q in quiz.questions if q.kind == "cloze")
        assert len(answer["questions"]) == 1 + len(quiz.questions) + extra - left_out


def test_the_qti_player_scores_every_question_as_we_do(real_quizzes):
    questions = [q for quiz in real_quizzes for q in quiz.questions]
    given = [[right(q), wrongs(q)[0]] for q in questions]
    sent = [
        {"xml": qti3.item(q).decode(), "answers": [for_qti(q, a) for a in answers]}
        for q, answers in zip(questions, given, strict=True)
    ]
    for question, answers, result in zip(questions, given, run("qti3.js", sent), strict=True):
        assert result["errors"] == [], question.title
        ours = [score(question, answer).points for answer in answers]
        assert result["scores"] == pytest.approx(ours) and ours[0] == question.points > ours[1], question.title


def test_citolab_converts_every_item_to_the_same_key(real_quizzes):
    questions = [q for quiz in real_quizzes for q in quiz.questions]
    for question, made in zip(questions, run("convert.mjs", [qti21.item(q).decode() for q in questions]), strict=True):
        assert "xml" in made, made
        theirs, ours = (etree.fromstring(xml) for xml in (made["xml"].encode(), qti3.item(question)))
        for path in (".//{*}qti-correct-response/{*}qti-value", ".//{*}qti-base-value"):
            assert [e.text for e in theirs.iterfind(path)] == [e.text for e in ours.iterfind(path)], question.title


def test_the_page_scores_every_question_as_we_do(real_quizzes, tmp_path):
    wanted = []
    for quiz in real_quizzes:
        path = tmp_path / f"{quiz.assignment}.html"
        path.write_text(html.page(quiz))
        rounds = [{q.id: a for q in quiz.questions for a in [right(q) if i else wrongs(q)[0]]} for i in range(2)]
        width = {"eval": "document.documentElement.scrollWidth - document.documentElement.clientWidth"}
        look = {"view": {"width": 360, "scheme": "dark"}}
        wanted.append((path, [*({"answer": answers} for answers in rounds), look, {"axe": {}}, width]))
    for quiz, (_, steps), result in zip(real_quizzes, wanted, pages(*wanted), strict=True):
        assert result["troubles"] == []
        for step, shown in zip(steps[:2], result["outcomes"], strict=False):
            for question in quiz.questions:
                ours = score(question, step["answer"][question.id]).fraction
                assert shown[question.id]["share"] == pytest.approx(ours), question.title
        assert result["outcomes"][-2:] == [[], 0], quiz.assignment


def test_the_graded_pages_hold_no_key(real_quizzes):
    for quiz in real_quizzes:
        graded = html.page(quiz, graded=True, action="/x").split("<script>")[0].split("</style>")[1]
        assert 'id="key"' not in graded and "data-said" in graded and "correct" not in graded
        for question in quiz.questions:
            for secret in (question.explanation, *(o.feedback for o in getattr(question, "options", ()))):
                words = re.split(r"[`$*\n&<>'\"]", secret)[0]
                assert len(words) < 25 or words not in graded, question.title
