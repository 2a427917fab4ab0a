"""If the reference were wrong, the proof of the bank would find it: keys come from it, and the oracles do not."""

from pathlib import Path

import pytest
import torch
from quiz.oracles import oracle
from quiz.oracles.keys import agrees

from convclass import reference
from convclass.course import CourseError, find_assignment
from convclass.quiz.bank import load

COURSE = Path(__file__).parents[2]


def off_by_one(function):
    return lambda *args, **kwargs: function(*args, **kwargs) + 1


def turned(function):
    return lambda *args, **kwargs: function(*args, **kwargs).flip(-1)


def longer(function):
    return lambda *args, **kwargs: [*function(*args, **kwargs), 1, 7, 11]


def larger_field(function):
    return lambda layers: (function(layers)[0] + len(layers), function(layers)[1] + 1)


def next_counts(function):
    return lambda *args, **kwargs: tuple(number + 1 for number in function(*args, **kwargs))


def flipped(function):
    return lambda image, kernel: function(image, kernel[::-1])


def biased(function):
    def wrong(*args, **kwargs):
        layer = function(*args, **kwargs)
        with torch.no_grad():
            layer.weight += 1
            if layer.bias is not None:
                layer.bias += 1
        return layer

    return wrong


WRONG = [
    ("output_size", off_by_one, "01", ["windows_along_a_row", "windows_with_padding", "what_a_dilated_kernel_covers"]),
    ("cross_correlate2d", flipped, "01", ["one_entry_by_hand"]),
    ("cross_correlate2d", flipped, "04", ["a_turned_image"]),
    ("convolve2d", flipped, "01", ["convolution_of_two_by_two"]),
    ("conv2d", off_by_one, "01", ["a_pixel_of_three_channels", "products_without_sharing"]),
    ("conv2d_params", off_by_one, "01", ["filters_for_channels", "what_the_stride_saves", "a_kernel_on_a_small_image"]),
    ("conv2d_params", off_by_one, "03", ["filters_in_groups", "counters_of_a_layer"]),
    ("conv2d_macs", off_by_one, "01", ["products_of_a_layer"]),
    ("conv2d_macs", off_by_one, "03", ["products_of_three_layers"]),
    ("conv2d_matrix", turned, "01", ["a_row_of_the_matrix"]),
    ("conv2d_matrix", off_by_one, "03", ["report_of_a_matrix"]),
    ("linear_params", off_by_one, "01", ["inputs_and_pairs"]),
    ("linear_params", off_by_one, "03", ["parts_of_a_dense_layer", "a_layer_as_a_dense_one"]),
    ("locally_connected2d_params", off_by_one, "03", ["counters_of_a_layer"]),
    ("locally_connected2d", off_by_one, "03", ["an_unshared_layer_computes"]),
    ("mlp_params", off_by_one, "03", ["parameters_of_an_mlp"]),
    ("network_params", off_by_one, "03", ["a_cnn_with_a_dense_head", "parameters_or_units"]),
    ("network_params", off_by_one, "02", ["parameters_with_and_without", "parameters_of_a_network_without_dense"]),
    ("activation_count", next_counts, "03", ["parameters_or_units", "cnns_have_fewer_units"]),
    ("max_pool2d", off_by_one, "02", ["a_map_of_maxima", "a_row_moved_by_one"]),
    ("avg_pool2d", off_by_one, "02", ["a_mean_by_hand", "a_mean_in_the_corner"]),
    ("max_pool2d_backward", turned, "02", ["gradient_through_a_maximum"]),
    ("receptive_field", larger_field, "02", ["field_of_a_stack", "size_and_jump"]),
    ("count_parameters", off_by_one, "02", ["parameters_of_modules", "which_modules_learn"]),
    ("translate", turned, "04", ["moved_with_zeros"]),
    ("equivariance_error", off_by_one, "04", ["error_of_every_second_pixel"]),
    ("commuting_shifts", longer, "04", ["shifts_that_commute", "how_many_shifts"]),
    ("blur_pool2d", off_by_one, "04", ["blurred_before_subsampling"]),
    ("relu", off_by_one, "04", ["scores_of_an_invariant_network"]),
    ("shift_consistency", off_by_one, "04", ["consistency_of_a_classifier"]),
    ("permute_pixels", turned, "05", ["pixels_in_another_order"]),
    ("mlp_from_conv", biased, "05", ["the_twin_of_a_unit", "biases_of_the_twin", "weights_to_become_zero"]),
]


@pytest.mark.parametrize(
    ("name", "spoil", "assignment", "families"), WRONG, ids=[f"{name}-{number}" for name, _, number, _ in WRONG]
)
def test_a_wrong_reference_is_found_out(monkeypatch, name, spoil, assignment, families):
    bank = load(find_assignment(COURSE, assignment))
    chosen = {family.name: family for family in bank.families if family.name in families}
    assert set(chosen) == set(families)
    monkeypatch.setattr(reference, name, spoil(getattr(reference, name)))
    assert [family.name for family in chosen.values() if not found_out(family)] == []


def found_out(family):
    """A wrong key, no question at all, or one in which an oracle does not find what it looks for."""
    judge = oracle(family.assignment, family.name)
    try:
        drawn = [family.draw(seed) for seed in range(10)]
        return not all(agrees(d.question, judge(d.given, d.question)) for d in drawn)
    except (CourseError, AssertionError, ValueError):
        return True


@pytest.mark.parametrize("assignment", ["01", "02", "03", "04", "05"])
def test_the_right_reference_is_not_suspected(assignment):
    bank = load(find_assignment(COURSE, assignment))
    named = {name for _, _, number, families in WRONG if number == assignment for name in families}
    assert [family.name for family in bank.families if family.name in named and found_out(family)] == []
