"""What answers are worth: rules, numbers as people write them, and files that come back."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quiz import samples
from quiz.answers import right, wrongs

from convclass.course import CourseError
from convclass.quiz.responses import Response, answers_of, from_cell, read
from convclass.quiz.scores import StudentScore, as_csv, as_json
from convclass.quiz.scoring import Rule, judge, read_number, score, score_quiz
from convclass.quiz.shown import mixed, right_sides

EVERYTHING = samples.everything()


@pytest.mark.parametrize("question", EVERYTHING.questions, ids=lambda q: q.family)
@pytest.mark.parametrize("rule", [None, *Rule])
def test_right_is_worth_all_and_wrong_is_worth_less(question, rule):
    assert score(question, right(question), rule).points == pytest.approx(question.points)
    for answer in wrongs(question):
        assert score(question, answer, rule).points < question.points


@pytest.mark.parametrize(
    ("answer", "all_or_nothing", "minus", "per_option"),
    [
        ([0, 1], 1, 1, 1),
        ([0], 0, 0.5, 0.75),
        ([0, 2], 0, 0, 0.5),
        ([0, 1, 2], 0, 0.5, 0.75),
        ([2, 3], 0, 0, 0),
        ([0, 1, 2, 3], 0, 0, 0.5),
        ([], 0, 0, 0),
        ([0, 0, 0], 0, 0.5, 0.75),
    ],
)
def test_multiple_choice_by_each_rule(answer, all_or_nothing, minus, per_option):
    question = samples.multiple(2, 2)
    assert score(question, answer, Rule.ALL_OR_NOTHING).fraction == all_or_nothing
    assert score(question, answer, Rule.RIGHT_MINUS_WRONG).fraction == minus
    assert score(question, answer, Rule.PER_OPTION).fraction == per_option
    assert score(question, answer).fraction == minus


def test_matching_counts_pairs_and_gaps_do_not_cost():
    question = samples.matching()
    places = right(question)
    one = [places[0], None, None]
    assert score(question, one).fraction == pytest.approx(1 / 3)
    assert score(question, one, Rule.RIGHT_MINUS_WRONG).fraction == pytest.approx(1 / 3)
    assert score(question, [places[0], places[0], None], Rule.RIGHT_MINUS_WRONG).fraction == 0


def test_mistakes_are_named():
    assert judge(samples.single(), 1).mistakes == ("added",)
    assert judge(samples.numeric(), "4,1").mistakes == ("no_padding",)  # rounded, but the same mistake
    assert judge(samples.numeric(), 3.0).mistakes == ()
    assert judge(samples.multiple(), [0, 3]).mistakes == ("m1",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("448", 448), (" 448 ", 448), ("4,48", 4.48), ("-1.5e-3", -0.0015), ("1/3", 1 / 3), ("\u22122,5", -2.5),
        ("9 408", 9408), ("9,408", 9408), ("9\u202f408", 9408), ("1,234,567.5", 1234567.5), ("0,125", 0.125),
        ("９", 9), (".5", 0.5), ("5.", 5), (12, 12), (1.5, 1.5), ("448 weights", 448), ("3 Weights", 3),
        ("", None), ("x", None), ("1/0", None), ("nan", None), ("inf", None), ("1e999", None), (True, None),
        (None, None), ([1], None), ("1 2", None), ("0x10", None), ("1_000", None), ("--1", None), (float("nan"), None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(written, meant):
    value = read_number(written, "weights")
    assert value is None if meant is None else value == pytest.approx(meant)


def test_tolerance_includes_its_ends_and_the_last_digit_does_not_count():
    question = samples.numeric(0.3, 0.1)
    assert score(question, "0.4").fraction == score(question, "0.2").fraction == 1
    assert score(question, "0.40001").fraction == 0
    assert score(samples.numeric(0.1 + 0.2, 0), "0.3").fraction == 1


def test_words_do_not_mind_spaces_and_case_only_where_asked():
    assert score(samples.short(), "  The\u00a0STRIDE ").fraction == 1
    cased = next(q for q in EVERYTHING.questions if q.family == "cased")
    assert score(cased, "conv2d").fraction == 0 and score(cased, "Conv2d").fraction == 1


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(answer=_json)
def test_whatever_is_sent_is_judged(answer):
    for question in EVERYTHING.questions:
        for rule in Rule:
            points = score(question, answer, rule).points
            assert 0 <= points <= question.points and math.isfinite(points)


@pytest.mark.parametrize("question", EVERYTHING.questions, ids=lambda q: q.family)
def test_what_is_shown_is_every_part_once_and_not_in_the_right_order(question):
    if question.kind == "ordering":
        assert sorted(mixed(question)) == list(range(len(question.items))) != list(mixed(question))
    if question.kind == "matching":
        assert set(right_sides(question)) == {p.right for p in question.pairs} | set(question.distractors)


def cell(question, answer) -> str:
    """An answer as it stands in a table."""
    letter = "abcdefghij".__getitem__
    if question.kind == "spot_the_error":
        return str(answer + 1)
    if question.kind == "single_choice":
        return letter(answer)
    if question.kind in ("multiple_choice", "matching", "ordering"):
        return " ".join("-" if place is None else letter(place) for place in answer)
    if question.kind == "cloze":
        return " | ".join(letter(answer[g.name]) if g.options else str(answer[g.name]) for g in question.gaps)
    return str(answer)


@pytest.mark.parametrize("question", EVERYTHING.questions, ids=lambda q: q.family)
def test_cells_mean_what_they_say(question):
    for answer in [right(question), *wrongs(question)]:
        assert score(question, from_cell(question, cell(question, answer))).points == score(question, answer).points


@given(text=st.text(max_size=30))
def test_any_cell_is_judged(text):
    for question in EVERYTHING.questions:
        assert 0 <= score(question, from_cell(question, text)).fraction <= 1


def test_a_class_by_csv_and_by_json_scores_the_same(tmp_path: Path):
    answers = {q.id: right(q) for q in EVERYTHING.questions}
    (tmp_path / "a.json").write_text(json.dumps({"student": "Ana", "answers": answers}))
    head = ["student", *(str(i + 1) for i in range(len(EVERYTHING.questions)))]
    cells = [cell(q, right(q)) for q in EVERYTHING.questions]
    (tmp_path / "b.csv").write_text(",".join(head) + "\nBen," + ",".join(f'"{c}"' for c in cells) + "\n")
    for response in read(tmp_path):
        given_, unknown = answers_of(response, EVERYTHING)
        assert unknown == ()
        assert sum(s.points for s in score_quiz(EVERYTHING, given_)) == sum(q.points for q in EVERYTHING.questions)


def test_jupyterquiz_answers_are_understood(tmp_path: Path):
    quiz = samples.quiz_of(samples.single(), samples.cloze(), samples.matching(), samples.ordering(), samples.numeric())
    given_ = ["3 + 3 gives 6", "9", "equivariant", "stride", "shares weights", "no sharing", None]
    given_ += ["1. pad the image 2. slide the window 3. sum x * w 4. add the \\(b\\)", "1.6"]
    (tmp_path / "ana.json").write_text(json.dumps(given_))
    (response,) = read(tmp_path / "ana.json")
    assert response.student == "ana"
    answers, _ = answers_of(response, quiz)
    fractions = [s.fraction for s in score_quiz(quiz, answers)]
    assert fractions[:3] == [0, 1, pytest.approx(2 / 3)] and fractions[4] == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b"{", "is no JSON"),
        ("a.json", b'{"answers": {"x": NaN}}', "no number of JSON"),
        ("a.json", b"[" * 100_000, "is no JSON"),
        ("a.json", b'{"answers": [1]}', "answers"),
        ("a.json", b"\xff\xfe", "UTF-8"),
        ("a.csv", b"name,1\nAna,b\n", "no column `student`"),
        ("a.csv", b"student,1,1\nAna,b,c\n", "twice"),
        ("a.csv", b"student,1\n", "holds no answers"),
        ("a.csv", b'student,1\nAna,"b\n', "is no CSV"),
    ],
)
def test_bad_files_are_told_with_cause_and_remedy(tmp_path: Path, name: str, content: bytes, says: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CourseError, match=says) as error:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(error.value) and ";" in str(error.value)


def test_answers_to_nothing_are_told():
    _, unknown = answers_of(Response(student="x", answers={"nope": 1}, cells={"99": "a"}), EVERYTHING)
    assert unknown == ("nope", "99")


def test_names_of_students_run_in_no_spreadsheet():
    quiz = samples.quiz_of(samples.single())
    one = StudentScore("=cmd|' /C calc'!A0\x1b[31m\nx", quiz, score_quiz(quiz, {quiz.questions[0].id: 0}))
    line = as_csv([one]).splitlines()[1]
    assert line.startswith("'=cmd") and "\x1b" not in line and len(as_csv([one]).splitlines()) == 2
    assert json.loads(as_json([one]))[0]["points"] == 1
