"""The practice page in real Chromium: its verdicts are ours, it is usable by all, and a graded one tells nothing."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from quiz import samples
from quiz.answers import right, wrongs
from quiz.node import pages
from quiz.test_analysis import the_class

from convclass.lms import html, paper, texts
from convclass.quiz.analysis import analyse
from convclass.quiz.analysis_page import page as analysis_page
from convclass.quiz.scoring import score

QUIZ = samples.everything()
LOOKS = [{"width": width, "scheme": scheme} for width in (360, 1200) for scheme in ("light", "dark")]
SIDEWAYS = {"eval": "document.documentElement.scrollWidth - document.documentElement.clientWidth"}


def written(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rounds(questions):
    """All right answers, then the first wrong ones, the second ones, and so on."""
    given = [[right(q), *wrongs(q)] for q in questions]
    return [
        {q.id: answers[i] for q, answers in zip(questions, given, strict=True) if i < len(answers)}
        for i in range(max(map(len, given)))
    ]


def test_verdicts_are_ours_and_are_kept(tmp_path: Path):
    page = written(tmp_path, "page.html", html.page(QUIZ))
    given = rounds(QUIZ.questions)
    kept = {"eval": "document.getElementById('total').textContent"}
    steps = [*({"answer": answers} for answers in given), {"answer": given[0]}, kept, {"reload": True}, kept]
    (result,) = pages((page, steps))
    assert result["troubles"] == []
    by_id = {q.id: q for q in QUIZ.questions}
    for answers, shown in zip(given, result["outcomes"], strict=False):
        for id_, answer in answers.items():
            assert shown[id_]["share"] == pytest.approx(score(by_id[id_], answer).fraction), by_id[id_].title
    total = texts.number(sum(q.points for q in QUIZ.questions))
    assert result["outcomes"][-3] == result["outcomes"][-1] == f"{total} of {total} points so far"


NUMBERS = ["9 408", "9,408", "9408 weights", "9408,0", "9408.0001", "1/2", "0,5", "x", "9.408e3", "-9408", "９４０８"]


def test_numbers_are_read_as_we_read_them(tmp_path: Path):
    count = next(q for q in QUIZ.questions if q.family == "count")
    page = written(tmp_path, "page.html", html.page(QUIZ))
    (result,) = pages((page, [{"answer": {count.id: text}} for text in NUMBERS]))
    shares = [outcome[count.id]["share"] for outcome in result["outcomes"]]
    assert shares == [score(count, text).fraction for text in NUMBERS]
    assert 0 < sum(shares) < len(shares)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(tmp_path: Path):
    checked = [{"answer": rounds(QUIZ.questions)[0] | rounds(QUIZ.questions)[1]}]
    looks = [step for look in LOOKS for step in ({"view": look}, {"axe": {}}, SIDEWAYS)]
    sheet = paper.export(QUIZ)
    wanted = {
        "practice": (html.page(QUIZ), [*looks, *checked, *looks]),
        "graded": (html.page(QUIZ, graded=True, action="/hand-in"), looks[3:6]),
        "sheet": (sheet.content, looks[:3]),
        "key": (sheet.beside[0][1], looks[:3]),
        "analysis": (analysis_page(analyse(the_class()), "Quiz"), looks[3:9]),
        "inaccessible": (
            "<!DOCTYPE html><title></title><img src='data:,'><input><div style='width:2000px'>x",
            looks[:3],
        ),
    }
    results = pages(*((written(tmp_path, f"{name}.html", text), steps) for name, (text, steps) in wanted.items()))
    for name, result in zip(wanted, results, strict=True):
        found = [o for o in result["outcomes"] if isinstance(o, list | int) and not isinstance(o, dict)]
        if name == "inaccessible":
            assert len(found[0]) >= 3 and found[1] > 0  # axe and the ruler do find what is wrong
        else:
            assert found and not [o for o in found if o], (name, found)
            assert result["troubles"] == [], name


def test_the_keyboard_is_enough(tmp_path: Path):
    quiz = samples.quiz_of(samples.single(), samples.ordering(), samples.numeric())
    page = written(tmp_path, "page.html", html.page(quiz))
    state = {"eval": "JSON.parse(localStorage.getItem(document.body.dataset.storage))"}
    to_first = {"eval": "document.querySelector('section .option input').focus()"}
    steps = [
        {"press": ["Tab"]},  # the link that skips to the questions
        to_first,
        {"press": ["Space", "Tab", "Enter"]},  # choose the first option, go to Check, press it
        state,
        {"eval": "document.querySelector('[data-kind=ordering] [data-move=\"1\"]').focus()"},
        {"press": ["Enter", "Enter"]},  # the first item goes down twice and keeps the focus
        {"eval": "[...document.querySelectorAll('[data-item]')].map((e) => Number(e.dataset.item))"},
        {"eval": "document.querySelector('[data-moved]').textContent"},
        {"eval": "document.querySelector('.entry input').focus()"},
        {"type": "1.5"},
        {"press": ["Enter"]},
        state,
    ]
    (result,) = pages((page, steps))
    skip, _, _, first, _, moved, order, announced, _, _, _, last = result["outcomes"]
    ids = [f"q{q.id}" for q in quiz.questions]
    assert 'class="skip"' in skip
    assert first[ids[0]]["share"] == 1
    assert 'data-move="1"' in moved and order == [1, 2, 0, 3] and announced == "Now number 3 of 4"
    assert last[ids[2]]["share"] == 1


def test_the_graded_page_holds_no_key():
    graded, practice = html.page(QUIZ, graded=True, action="/hand-in"), html.page(QUIZ)
    secrets = [q.explanation for q in QUIZ.questions if q.explanation]
    secrets += [
        o.feedback for q in QUIZ.questions for o in getattr(q, "options", ()) if o.feedback and "*" not in o.feedback
    ]
    secrets += [getattr(q, "correction", "") for q in QUIZ.questions if getattr(q, "correction", "")]
    words = [re.sub(r"[`$].*", "", secret).strip()[:20] for secret in secrets]
    plain = re.sub(r"\\u003c/?\w+\\?\"?>", "", practice)
    assert sum(word in plain for word in words) >= len(words) - 2  # the practice page does hold them
    body = graded.split("<script>")[0]
    assert not [word for word in words if len(word) > 5 and word in body]
    assert 'id="key"' not in graded and 'id="key"' in practice
    assert "data-check" not in body and "data-result" not in body and "correct" not in body.lower()
    assert 'method="post" action="/hand-in"' in graded and "form-action 'self'" in unescape(graded)


def test_two_keys_make_the_same_graded_page_but_for_ids():
    """Whatever is right, the page that a student gets for a grade is the same."""
    options = samples.single().options
    other = tuple(o.model_copy(update={"right": i == 2, "feedback": "", "mistake": ""}) for i, o in enumerate(options))
    first, second = samples.single(explanation=""), samples.single(options=other, explanation="")
    pages_ = [html.page(samples.quiz_of(q), graded=True).replace(q.id, "ID") for q in (first, second)]
    keyless = [re.sub(r'data-storage="[^"]*"', "", page) for page in pages_]
    assert keyless[0] == keyless[1]
    assert html.page(samples.quiz_of(first)).replace(first.id, "ID") != html.page(samples.quiz_of(second))


def test_graded_answers_are_handed_in_as_we_read_them(tmp_path: Path):
    quiz = QUIZ.model_copy(update={"variant": "01_convolution-000000000000-00000000"})
    page = written(tmp_path, "page.html", html.page(quiz, graded=True, action="/hand-in"))
    choose = "document.querySelectorAll('section .option input')[1].click()"
    hand_in = """(() => { const form = document.getElementById('hand-in');
      form.addEventListener('submit', (e) => e.preventDefault()); form.requestSubmit();
      return Object.fromEntries(new FormData(form)) })()"""
    (result,) = pages((page, [{"eval": choose}, {"eval": hand_in}]))
    sent = result["outcomes"][1]
    assert sent["variant"] == quiz.variant
    assert json.loads(sent["answers"])["answers"] == {QUIZ.questions[0].id: 1}


def test_hostile_texts_neither_run_nor_vanish(tmp_path: Path):
    questions = [q for text in samples.HOSTILE_TEXTS for q in samples.hostile(text)]
    page = written(tmp_path, "page.html", html.page(samples.quiz_of(*questions)))
    probe = "['section', 'script', 'section script'].map((s) => document.querySelectorAll(s).length)"
    answers = {q.id: right(q).replace("\n", " ") if q.kind == "short_text" else right(q) for q in questions}
    (result,) = pages((page, [{"eval": probe}, {"answer": answers}]))
    assert result["troubles"] == [] and result["outcomes"][0] == [len(questions), 2, 0]
    assert [a["share"] for a in result["outcomes"][1].values()] == [1] * len({q.id for q in questions})
