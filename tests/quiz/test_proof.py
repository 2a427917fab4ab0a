"""Each check of the proof fails where it should."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from quiz.oracles.keys import agrees, key, wrong_line
from quiz.proof import (
    check_distractors,
    check_feedback,
    check_figures,
    check_key,
    check_numbers,
    check_rendering,
    check_said,
)

from convclass.quiz import figures
from convclass.quiz.authoring import (
    COMPUTE,
    Mistake,
    Statement,
    choice_gap,
    cloze,
    matching,
    multiple,
    number_gap,
    numeric,
    ordering,
    shown,
    single,
    spot,
    true_false,
)
from convclass.quiz.bank import Drawn

ABOUT = {"prompt": "What is 2 + 2?", "claim": 1, "level": COMPUTE}
THREE = Mistake("one too few", 3, "Count again.")
FIVE = Mistake("one too many", 5, "Count again.")

QUESTIONS = {
    "numeric": (numeric(4, [THREE], **ABOUT), 4, 3),
    "single": (single(None, 4, [THREE, FIVE], **ABOUT), "4", "3"),
    "multiple": (
        multiple(None, [Statement("4", True, "", ""), Statement("3", False, "m", "f")], **ABOUT),
        {"4"},
        {"3"},
    ),
    "true or false": (true_false(True, "It is.", **ABOUT), True, False),
    "matching": (matching({"a": "1", "b": "2"}, **ABOUT), {"a": "1", "b": "2"}, {"a": "2", "b": "1"}),
    "ordering": (ordering(["1", "2"], **ABOUT), ["1", "2"], ["2", "1"]),
    "cloze": (
        cloze([number_gap("n", 4), choice_gap(None, "c", "x", [THREE])], **ABOUT | {"prompt": "{{n}} {{c}}"}),
        {"n": 4, "c": "x"},
        {"n": 4, "c": "3"},
    ),
    "spot": (spot(["a", "b"], 1, "c", **ABOUT), 1, 0),
}


def changed(question, **fields):
    return question.model_copy(update=fields)


@pytest.mark.parametrize(("question", "right", "wrong"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_wrong_key_is_found(question, right, wrong):
    check_key(question, right)
    with pytest.raises(AssertionError, match="is right"):
        check_key(question, wrong)


def test_a_rounded_key_may_differ_by_half_its_tolerance():
    question = numeric(0.67, [], tolerance=0.02, **ABOUT)
    assert agrees(question, 2 / 3)
    assert not agrees(question, 0.69)


def test_an_option_that_is_the_same_number_is_found():
    question = single(None, 4, [THREE], **ABOUT)
    right, wrong = sorted(question.options, key=lambda option: not option.right)
    same = changed(question, options=(right, wrong.model_copy(update={"text": "`4.0`"})))
    check_distractors(question)
    with pytest.raises(AssertionError, match="the same answer twice"):
        check_distractors(same)


def test_an_option_of_a_gap_that_is_the_same_is_found():
    question = QUESTIONS["cloze"][0]
    gap = question.gaps[1]
    twice = gap.model_copy(update={"options": (gap.options[0], gap.options[0])})
    with pytest.raises(AssertionError, match="the same answer twice"):
        check_distractors(changed(question, gaps=(question.gaps[0], twice)))


def test_a_wrong_number_near_the_key_is_found():
    question = numeric(4, [THREE], tolerance=0.1, **ABOUT)
    check_distractors(question)
    with pytest.raises(AssertionError, match="would count as right"):
        check_distractors(changed(question, answer=2.85))


@pytest.mark.parametrize("field", ["feedback", "mistake"])
def test_a_wrong_answer_without_feedback_is_found(field):
    question = single(None, 4, [THREE], **ABOUT)
    silent = tuple(option.model_copy(update={field: ""}) for option in question.options)
    check_feedback(question)
    with pytest.raises(AssertionError, match="no feedback"):
        check_feedback(changed(question, options=silent))


def test_a_number_or_an_order_without_feedback_is_found():
    for question in (numeric(4, [], **ABOUT), ordering(["1", "2"], **ABOUT), spot(["a", "b"], 1, "c", **ABOUT)):
        with pytest.raises(AssertionError):
            check_feedback(question)


@pytest.mark.parametrize("cruel", ["100 000 000", "0.12345", "3e9"])
def test_numbers_that_are_not_for_people_are_found(cruel):
    prompt = f"Is it {cruel.replace(' ', chr(0xA0))}?"
    with pytest.raises(AssertionError, match="not for people"):
        check_numbers(true_false(True, "", **ABOUT | {"prompt": prompt}))


def test_a_key_that_is_not_for_people_is_found():
    with pytest.raises(AssertionError, match="not for people"):
        check_numbers(numeric(1 / 3, [], **ABOUT))


@pytest.mark.parametrize("humane", ["99 999 999 parameters", "`nn.MaxPool2d(2)` and 0.1234", "conv2d"])
def test_ordinary_numbers_pass(humane):
    check_numbers(true_false(True, "", **ABOUT | {"prompt": humane.replace(" ", chr(0xA0))}))


def test_a_figure_that_is_missing_or_not_shown_is_found():
    grid = figures.numbers("grid", [[1]], "Grid")
    check_figures(true_false(True, "", **ABOUT | {"prompt": shown(grid), "figures": (grid,)}))
    for fields in ({"prompt": shown(grid)}, {"figures": (grid,)}):
        with pytest.raises(AssertionError):
            check_figures(true_false(True, "", **ABOUT | fields))


def test_what_is_no_latex_is_found():
    with pytest.raises(AssertionError, match="no LaTeX"):
        check_rendering(true_false(True, r"$\frac{$", **ABOUT))


def test_a_number_that_is_drawn_and_not_told_is_found():
    drawn = Drawn(true_false(True, "", **ABOUT), MappingProxyType({"a": 2, "rows": [[2], [-2]], "kind": "x"}))
    check_said(drawn)
    untold = replace(drawn, given=MappingProxyType({"a": 3}))
    check_said(untold, unsaid={"a"})
    with pytest.raises(AssertionError, match="not told"):
        check_said(untold)


RIGHT = ["def double(x):", "    return 2 * x"]


def test_a_line_that_is_not_wrong_is_found():
    question = spot([RIGHT[0], "    return x + x"], 1, "return 2 * x", **ABOUT)
    with pytest.raises(AssertionError):
        wrong_line(question, lambda names: names["double"](3), 6)


def test_a_correction_that_does_not_help_is_found():
    question = spot([RIGHT[0], "    return x"], 1, "return 3 * x", **ABOUT)
    with pytest.raises(AssertionError):
        wrong_line(question, lambda names: names["double"](3), 6)


def test_a_line_that_is_wrong_is_accepted():
    question = spot([RIGHT[0], "    return y"], 1, "return 2 * x", **ABOUT)
    assert wrong_line(question, lambda names: names["double"](3), 6) == key(question)
