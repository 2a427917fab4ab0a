"""Every question of the bank through the programs of others: their verdicts on right and wrong answers are ours."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from quiz import notebook, peer, samples
from quiz.answers import for_qti, given, in_parts, shares, spoiled
from quiz.node import pages, run
from quiz.parts import parts
from quiz.read.expect import FRACTIONS
from quiz.read.files import READ, expected_of, read_all
from quiz.read.found import worth

from convclass.lms import html, jupyterquiz, qti3, qti21
from convclass.lms.formats import Format, exporter
from convclass.quiz.models import AnyQuestion, MultipleChoice, Ordering, Quiz

SPOILABLE = tuple(q for q in samples.everything().questions if not isinstance(q, Ordering))
ROUNDS = 5
"""A question has at most four wrong answers beside the right one."""


def unlike(
    questions: Iterable[AnyQuestion], theirs: Iterable[Sequence[float]], ours: Iterable[Sequence[float]]
) -> list[AnyQuestion]:
    """The questions with an answer on which the verdicts differ; shares of the points, or 1 and 0 for all and less."""
    together = zip(questions, theirs, ours, strict=True)
    return [question for question, their, our in together if list(their) != pytest.approx(list(our), abs=1e-4)]


def all_of(quizzes: Iterable[Quiz]) -> list[AnyQuestion]:
    return [question for quiz in quizzes for question in quiz.questions]


# ----------------------------------------------------------- lxml, csv, json and gift-pegjs, which read but do not play


@pytest.mark.parametrize("format_", READ)
def test_readers_find_every_question_as_it_is(real_quizzes, format_: Format):
    files = [exporter(format_).export(quiz).content for quiz in real_quizzes]
    for quiz, found in zip(real_quizzes, read_all(format_, files), strict=True):
        assert found == expected_of(format_, quiz), quiz.assignment


def by_the_key_of_a_file(format_: Format, questions: Sequence[AnyQuestion], written: Sequence[AnyQuestion]):
    """Verdicts by the keys that a reader finds in the file of the `written` questions, and ours."""
    (found,) = read_all(format_, [exporter(format_).export(samples.quiz_of(*written)).content])
    keys = iter(found)
    theirs, ours = [], []
    for question in questions:
        mine = [next(keys) for _ in parts(format_, question)]
        tried = in_parts(format_, question)
        each = [[worth(key, p, a) for key, (p, a) in zip(mine, answers, strict=True)] for _, answers in tried]
        # a share of the points is only told by formats that know shares, and never of an order
        is_share = not isinstance(question, Ordering | MultipleChoice) or (
            isinstance(question, MultipleChoice) and format_ in FRACTIONS
        )
        means = [sum(values) / len(values) for values in each]
        theirs.append(means if is_share else [float(mean > 0.999) for mean in means])
        ours.append([share if is_share else float(share == 1) for share, _ in tried])
    return theirs, ours


@pytest.mark.parametrize("format_", READ)
def test_the_key_in_a_file_scores_every_question_as_we_do(real_quizzes, format_: Format):
    for quiz in real_quizzes:
        questions = quiz.questions
        assert unlike(questions, *by_the_key_of_a_file(format_, questions, questions)) == []


@pytest.mark.parametrize("format_", READ)
def test_another_key_in_a_file_would_be_found(format_: Format):
    whole = samples.quiz_of(*SPOILABLE)
    left_out = {question.id for question, _ in exporter(format_).export(whole).left_out}
    questions = [question for question in SPOILABLE if question.id not in left_out]
    assert len(questions) >= len(SPOILABLE) - 2
    written = [spoiled(question) for question in questions]
    assert unlike(questions, *by_the_key_of_a_file(format_, questions, written)) == questions


# ------------------------------------------------------------------------------------ QTI 3 player, Citolab's converter


def played(questions: Sequence[AnyQuestion], items: Sequence[str], most: int = ROUNDS) -> list[list[float]]:
    """Shares of the points that the player gives for our answers to the questions, or for the first of them."""
    sent = [
        {"xml": xml, "answers": [for_qti(question, answer) for answer in given(question)[:most]]}
        for question, xml in zip(questions, items, strict=True)
    ]
    results = run("qti3.js", sent, timeout=600)
    assert [result["errors"] for result in results if result["errors"]] == []
    return [[s / q.points for s in result["scores"]] for q, result in zip(questions, results, strict=True)]


def converted(questions: Iterable[AnyQuestion]) -> list[str]:
    """Our items of QTI 2.1 as items of QTI 3, by Citolab's converter."""
    results = run("convert.mjs", [qti21.item(question).decode() for question in questions])
    assert [result["error"] for result in results if "error" in result] == []
    return [result["xml"] for result in results]


def test_the_qti_player_scores_every_question_as_we_do(real_quizzes):
    questions = all_of(real_quizzes)
    theirs = played(questions, [qti3.item(question).decode() for question in questions])
    assert unlike(questions, theirs, map(shares, questions)) == []


def test_converted_by_citolab_every_question_plays_as_we_score_it(real_quizzes):
    questions = all_of(real_quizzes)
    theirs = played(questions, converted(questions), most=2)
    assert unlike(questions, theirs, [shares(question)[:2] for question in questions]) == []


def test_another_key_of_an_item_would_be_found():
    written = [spoiled(question) for question in SPOILABLE]
    items = [*(qti3.item(question).decode() for question in written), *converted(written)]
    both = [*SPOILABLE, *SPOILABLE]
    assert unlike(both, played(both, items, most=2), [shares(question)[:2] for question in both]) == both


# ---------------------------------------------------------------------------------------------- jupyterquiz in Chromium


def in_a_notebook(folder: Path, *quizzes: tuple[Sequence[AnyQuestion], Sequence[AnyQuestion]]):
    """Verdicts of jupyterquiz on answers to questions, where others are written in their places, and ours."""
    plans, tried = [], []
    for questions, written in quizzes:
        shown = iter(json.loads(jupyterquiz.export(samples.quiz_of(*written)).content))
        plan: notebook.Plan = []
        for question in questions:
            here = [next(shown) for _ in parts(Format.JUPYTERQUIZ, question)]
            answers = in_parts(Format.JUPYTERQUIZ, question)
            plan += [(s, notebook.typed(p, a)) for _, each in answers for s, (p, a) in zip(here, each, strict=True)]
            tried.append(answers)
        assert not list(shown)
        plans.append(plan)
    said = iter([verdict for verdicts in notebook.verdicts(folder, *plans) for verdict in verdicts])
    theirs = [[min([float(next(said)) for _ in each]) for _, each in answers] for answers in tried]
    return theirs, [[float(share == 1) for share, _ in answers] for answers in tried]


def test_jupyterquiz_takes_for_right_what_we_do(real_quizzes, tmp_path: Path):
    theirs, ours = in_a_notebook(tmp_path, *((quiz.questions, quiz.questions) for quiz in real_quizzes))
    assert unlike(all_of(real_quizzes), theirs, ours) == []


def test_jupyterquiz_takes_samples_for_right_as_we_do_and_another_key_would_be_found(tmp_path: Path):
    questions = samples.everything().questions
    written = [spoiled(question) for question in SPOILABLE]
    theirs, ours = in_a_notebook(tmp_path, (questions, questions), (SPOILABLE, written))
    assert unlike([*questions, *SPOILABLE], theirs, ours) == list(SPOILABLE)


# ---------------------------------------------------------------------------------------- the practice page in Chromium


def on_the_page(folder: Path, *quizzes: tuple[Sequence[AnyQuestion], Sequence[AnyQuestion]], more=()):
    """Verdicts of the practice pages of `written` questions on answers to ours, and what `more` steps gave."""
    wanted = []
    for i, (questions, written) in enumerate(quizzes):
        path = folder / f"practice-{i}.html"
        path.write_text(html.page(samples.quiz_of(*written)))
        rounds = [
            {w.id: given(q)[turn] for q, w in zip(questions, written, strict=True) if turn < len(given(q))}
            for turn in range(ROUNDS)
        ]
        wanted.append((path, [*({"answer": answers} for answers in rounds), *more]))
    theirs, others = [], []
    for (_, written), result in zip(quizzes, pages(*wanted), strict=True):
        assert result["troubles"] == []
        said = result["outcomes"][:ROUNDS]
        theirs += [[turn[w.id]["share"] for turn in said if w.id in turn] for w in written]
        others.append(result["outcomes"][ROUNDS:])
    return theirs, others


def test_the_page_scores_every_question_as_we_do_and_all_can_use_it(real_quizzes, tmp_path: Path):
    width = {"eval": "document.documentElement.scrollWidth - document.documentElement.clientWidth"}
    look = [{"view": {"width": 360, "scheme": "dark"}}, {"axe": {}}, width]
    theirs, looks = on_the_page(tmp_path, *((quiz.questions, quiz.questions) for quiz in real_quizzes), more=look)
    assert unlike(all_of(real_quizzes), theirs, map(shares, all_of(real_quizzes))) == []
    assert looks == [[None, [], 0]] * len(real_quizzes)


def test_another_key_of_the_page_would_be_found(tmp_path: Path):
    theirs, _ = on_the_page(tmp_path, (SPOILABLE, [spoiled(question) for question in SPOILABLE]))
    assert unlike(SPOILABLE, theirs, map(shares, SPOILABLE)) == list(SPOILABLE)


# ------------------------------------------------------------------------------------------------------------- text2qti


def test_text2qti_writes_every_question_as_we_do(real_quizzes, tmp_path: Path):
    questions = peer.sayable(all_of(real_quizzes))
    # it cannot say matching, which orders become as well, nor several gaps in one question
    silent = [q.kind for q in all_of(real_quizzes) if not peer.sayable([q])]
    assert set(silent) <= {"matching", "ordering", "cloze"} and len(silent) <= 25
    for question in questions:
        theirs = peer.shape(peer.made(peer.source(question, tmp_path), tmp_path))
        assert peer.shape(peer.ours(question)) == theirs, question.title


def test_another_key_of_text2qti_would_be_found(tmp_path: Path):
    for question in peer.sayable(samples.everything().questions):
        theirs = peer.shape(peer.made(peer.source(question, tmp_path), tmp_path))
        assert peer.shape(peer.ours(question)) == theirs != peer.shape(peer.ours(spoiled(question))), question.title
