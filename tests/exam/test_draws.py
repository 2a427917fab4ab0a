"""Hidden inputs: the same for every student of an exam, different for another seed or case."""

import numpy as np
import pytest
import torch

from convclass.exam.draws import Draws


def test_the_same_for_every_student():
    draws = Draws(1, "case")
    first = draws.tensors(2, 3), draws.arrays(4)
    draws.rewind()
    second = draws.tensors(2, 3), draws.arrays(4)
    assert torch.equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert torch.equal(Draws(1, "case").tensors(2, 3), first[0])


def test_a_student_who_stops_early_changes_nothing_for_the_next():
    whole, part = Draws(1, "case"), Draws(1, "case")
    whole.tensors(2)
    second = whole.tensors(3)
    part.tensors(2)
    part.rewind()
    part.tensors(2)
    assert torch.equal(part.tensors(3), second)


@pytest.mark.parametrize("other", [Draws(2, "case"), Draws(1, "another")])
def test_another_seed_or_case_draws_other_inputs(other):
    assert not torch.equal(Draws(1, "case").tensors(2, 3), other.tensors(2, 3))


def test_integers_are_whole_and_both_signs():
    drawn = Draws(1, "case").tensors(50, dtype=torch.int64)
    assert drawn.dtype == torch.int64
    assert drawn.min() < 0 < drawn.max()


def test_a_test_that_draws_differently_for_another_student_is_our_mistake():
    draws = Draws(1, "case")
    draws.tensors(2)
    draws.rewind()
    with pytest.raises(RuntimeError, match="same inputs for every student"):
        draws.tensors(3)
