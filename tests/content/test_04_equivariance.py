"""Assignment 4's content: what its handout claims is what is measured, and its exam is small and fair to look at."""

import doctest
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from convclass.course import Assignment
from convclass.exam import collect
from convclass.exam.examiner import Examiner
from convclass.reference import lift_p4
from convclass.release.module import solution_module
from convclass.sandbox.local import LocalStudent

COURSE = Path(__file__).parents[2]
ASSIGNMENT = Assignment("04_equivariance", COURSE)


@pytest.fixture(scope="module")
def handout():
    return collect.load_module(ASSIGNMENT.solution / "handout.py", "handout_04")


@pytest.fixture(scope="module")
def facts(handout):
    return handout.facts()


def test_what_commutes_is_printed_as_0_and_nothing_else_is(facts):
    errors = ("circular", "interior", "zero_padding", "stride_two", "stride_one", "local", "dense", "turn")
    more = ("symmetric_turn", "subsampled", "blurred", "mean_moved", "mean_turned", "mean_enlarged")
    zero = {name for name in (*errors, *more) if facts[name] == "0"}
    assert zero == {"circular", "interior", "stride_two", "symmetric_turn", "mean_moved"}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("zero_padding", 0.1, 0.7),
        ("stride_one", 1.2, 1.6),
        ("local", 1.3, 1.6),
        ("dense", 1.3, 1.6),
        ("turn", 1.1, 1.5),
        ("subsampled", 1.3, 1.5),
        ("blurred", 0.7, 1.0),
    ],
)
def test_what_does_not_commute_is_as_far_off_as_expected(facts, name, low, high):
    assert low < float(facts[name]) < high


def test_the_edge_eats_its_way_inwards(facts):
    rings = [256 - (16 - 2 * depth) ** 2 for depth in range(1, 5)]
    assert facts["edge_counts"] == rings == [60, 112, 156, 192]


def test_the_worked_example_is_what_a_pencil_finds(facts):
    assert (facts["kept"], facts["kept_1"], facts["kept_2"]) == ("3 4 5", "9 1 1", "5 3 4")
    assert facts["difference_squares"] == (9 - 3) ** 2 + (1 - 4) ** 2 + (1 - 5) ** 2
    assert facts["kept_squares"] == 9 + 16 + 25
    assert facts["row_error"] == f"{np.sqrt(61 / 50):.2f}"


def test_the_maps_of_a_turned_image_are_found_again_as_the_picture_says(handout):
    kernel = torch.tensor([[[[0.0, 1, 0], [0, 1, 0], [0, 0, 0]]]], dtype=torch.float64)
    x = handout.drawing()
    before, after = lift_p4(x, kernel)[0, 0], lift_p4(handout.quarter(x), kernel)[0, 0]
    for new, old in ((1, 0), (2, 1), (3, 2), (0, 3)):
        assert torch.equal(after[new], handout.quarter(before[old]))


def test_the_examples_in_the_docstrings_are_right():
    module = types.ModuleType("equivariance")
    exec(solution_module(ASSIGNMENT), vars(module))
    result = doctest.testmod(module)
    assert result.attempted >= 14
    assert result.failed == 0


def test_the_exam_is_worth_100_points_and_has_50_to_80_cases():
    tests = collect.hidden_tests(ASSIGNMENT.autograder / "test_hidden.py")
    assert sum(test.mark.points for test in tests) == 100
    assert 50 <= sum(len(test.cases) for test in tests) <= 80


SIGNATURES = {
    "translate": "x, shift, mode='circular'",
    "equivariance_error": "f, g_in, g_out, x",
    "invariance_error": "f, g, x",
    "is_equivariant": "f, g_in, g_out, x, tol=None",
    "symmetry_table": "f, x",
    "commuting_shifts": "stride, max_shift",
    "shift_consistency": "classifier, x, max_shift",
    "blur_pool2d": "x, stride=2",
    "symmetrize": "f, group",
    "lift_p4": "x, weight",
}
NEITHER = "{'translation': 'neither', 'rot90': 'neither', 'horizontal flip': 'neither'}"


@pytest.mark.parametrize(
    ("bodies", "most"),
    [
        (dict.fromkeys(SIGNATURES, "raise ValueError"), 0),
        (dict.fromkeys(SIGNATURES, "return 0.0"), 0),
        (dict.fromkeys(SIGNATURES, "return True"), 0),
        ({"translate": "return x", "symmetrize": "return f", "commuting_shifts": "return [0]"}, 1.25),
        (
            {
                "translate": "return x * 0",
                "blur_pool2d": "return x[:, :, ::2, ::2] * 0",
                "shift_consistency": "return 1.0",
            },
            1,
        ),
        (
            {"symmetry_table": f"return {NEITHER}", "lift_p4": "return x[:, :1, None].repeat(1, len(weight), 4, 1, 1)"},
            2.2,
        ),
    ],
)
def test_answers_that_are_always_the_same_earn_next_to_nothing(tmp_path, bodies, most):
    source = "".join(f"def {name}({SIGNATURES[name]}):\n    {body}\n\n" for name, body in bodies.items())
    file = tmp_path / "equivariance.py"
    file.write_text(source)
    earned = {test.name: test.score for test in Examiner(ASSIGNMENT).examine(LocalStudent(file)).tests if test.score}
    assert sum(earned.values()) <= most, earned
