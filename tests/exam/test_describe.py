"""Unexplained answers are described by what can be measured."""

import pytest
import torch

from convclass.exam.compare import compare
from convclass.exam.describe import describe

torch.manual_seed(5)
X = torch.randn(2, 3, 5, 6)


def changed(index, by=1.0):
    answer = X.clone()
    answer[index] += by
    return answer


BORDER = X.clone()
BORDER[..., 0, :] += 1
BORDER[..., :, -1] += 1

CASES = [
    (torch.zeros_like(X), "all zeros"),
    (-X, "the sign is flipped"),
    (X.flip(-1), "mirrored"),
    (X.flip(-2), "upside down"),
    (X.flip(-1, -2), "turned by 180"),
    (X * 4, "4 times"),
    (X + 2.5, "off by the same amount"),
    (X + torch.tensor([1.0, 2.0, 3.0])[None, :, None, None], "one amount for each channel"),
    (X + 5e-5 * torch.randn_like(X).clamp(-1, 1), "lower precision"),
    (BORDER, "only at the border"),
    (changed((slice(None), slice(None), slice(1, -1), slice(1, -1)), torch.randn(2, 3, 3, 4)), "border is right"),
    (changed((1, ...), torch.randn(3, 5, 6)), "only batch entry 1"),
    (changed((slice(None), 2), torch.randn(2, 5, 6)), "only channel 2"),
    (changed((..., slice(1, None, 2), slice(None)), torch.randn(2, 3, 2, 6)), "every second row"),
    (changed((..., slice(0, None, 2)), torch.randn(2, 3, 5, 3)), "every second column"),
]


@pytest.mark.parametrize(("answer", "words"), CASES, ids=[words for _, words in CASES])
def test_what_stands_out_is_said(answer, words):
    assert words in describe(compare(answer, X).mismatch)


def test_swapped_rows_and_columns_of_square_answers():
    square = torch.randn(1, 1, 4, 4)
    assert "rows and columns are swapped" in describe(compare(square.transpose(-1, -2), square).mismatch)


def test_nothing_is_made_up_for_noise():
    assert describe(compare(X + torch.randn_like(X), X).mismatch) == "180 of 180 values are wrong"


def test_an_answer_with_nothing_in_common_is_no_multiple():
    elsewhere = torch.zeros(2, 2)
    elsewhere[1, 1] = 3.0
    assert "times" not in describe(compare(elsewhere, torch.tensor([[5.0, 0.0], [0.0, 0.0]])).mismatch)


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_an_answer_too_large_or_too_small_to_be_squared_is_described(size):
    assert "180 of 180 values are wrong" in describe(compare(torch.full_like(X, size), X).mismatch)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2, 3, 6, 5), "axes 2 and 3 are swapped"),
        ((2, 3, 5, 7), "one too many"),
        ((2, 3, 4, 5), "one too few"),
        ((3, 5, 6), "3 axes instead of 4"),
    ],
)
def test_shapes_are_related(shape, words):
    assert words in compare(torch.zeros(shape), X).mismatch.words
