"""What authors write questions with refuses what would make no question."""

import pytest

from convclass.quiz.authoring import (
    COMPUTE,
    Mistake,
    Statement,
    choice_gap,
    count,
    listed,
    matching,
    multiple,
    numeric,
    ordering,
    printed,
    single,
)
from convclass.quiz.draw import Again, Draw

ABOUT = {"prompt": "Why?", "claim": 1, "level": COMPUTE}


def mistakes(*answers):
    return [Mistake(f"mistake {place}", answer, "Think again.") for place, answer in enumerate(answers)]


@pytest.mark.parametrize("wrong", [(3,), (4, 4), (3.0000001,)])
def test_numbers_that_coincide_are_drawn_again(wrong):
    with pytest.raises(Again):
        numeric(3, mistakes(*wrong), tolerance=1e-3, **ABOUT)


def test_a_wrong_number_must_be_clearly_outside_the_tolerance():
    with pytest.raises(Again):
        numeric(3, mistakes(3.15), tolerance=0.1, **ABOUT)
    assert numeric(3, mistakes(3.25), tolerance=0.1, **ABOUT).wrong[0].mistake == "mistake 0"


@pytest.mark.parametrize("wrong", [("a",), ("b", "b"), (" b", "b ")])
def test_options_that_look_the_same_are_drawn_again(wrong):
    with pytest.raises(Again):
        single(None, "a", mistakes(*wrong), **ABOUT)
    with pytest.raises(Again):
        choice_gap(None, "gap", "a", mistakes(*wrong))


def test_some_statements_are_right_and_some_are_not():
    with pytest.raises(Again):
        multiple(None, [Statement("a", True, "", ""), Statement("b", True, "", "")], **ABOUT)


def test_a_right_statement_carries_no_feedback_for_a_mistake():
    question = multiple(None, [Statement("a", True, "m", "f"), Statement("b", False, "m", "f")], **ABOUT)
    assert {(o.text, o.mistake, o.feedback) for o in question.options} == {("a", "", ""), ("b", "m", "f")}


def test_a_distractor_that_is_right_is_drawn_again():
    with pytest.raises(Again):
        matching({"a": "1", "b": "2"}, distractors=("2",), **ABOUT)
    with pytest.raises(Again):
        ordering(["1", "1"], **ABOUT)


def test_options_are_shuffled_by_the_generator_or_by_what_they_say():
    def order(draw, right="a"):
        options = single(draw, right, mistakes("b", "c", "d"), **ABOUT).options
        return tuple("right" if option.right else option.text for option in options)

    assert order(Draw(1, "q")) == order(Draw(1, "q"))
    assert len({order(Draw(seed, "q")) for seed in range(20)}) > 5
    assert order(None) == order(None)
    assert len({order(None, f"answer {n}") for n in range(20)}) > 5


def test_code_is_run_as_it_is_shown(capsys):
    assert printed("x = 2\nprint(x)\nprint(x + 1)\n") == "2\n3"
    assert capsys.readouterr().out == ""


def test_numbers_and_rows_are_written_for_people():
    assert count(5_306_600) == "5\N{NO-BREAK SPACE}306\N{NO-BREAK SPACE}600"
    assert listed([[1, 2], [3, 4]]) == "`[[1, 2], [3, 4]]`"
