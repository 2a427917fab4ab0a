"""Comparison: missing, type, shape, dtype, values. Every way to be wrong must be found, and no right answer lost."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convclass.exam.compare import agrees, allowed_error, compare

X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
NAN = torch.tensor([[1.0, float("nan")], [3.0, 4.0]])

WRONG = [
    ("missing", None, X),
    ("type", "text", X),
    ("type", [[1.0, 2.0], [3.0, 4.0]], X),
    ("type", 1.0, X),
    ("shape", X[0], X),
    ("shape", X[None], X),
    ("shape", torch.ones(2, 1), torch.ones(2, 2)),
    ("shape", torch.ones(1), torch.tensor(1.0)),
    ("dtype", X.to(torch.int64), X),
    ("dtype", X.float(), X.double()),
    ("dtype", X.half(), X),
    ("dtype", X.to(torch.complex64), X),
    ("dtype", X + 0.5, X.long()),
    ("dtype", X.bool(), X.long()),
    ("nan", NAN, X),
    ("nan", torch.full((2, 2), float("nan")), X),
    ("values", X + torch.tensor([[0.0, 0.0], [0.0, 1e-3]]), X),
    ("values", torch.full((2, 2), float("inf")), X),
    ("values", X.long() + 1, X.long()),
    ("values", X, NAN),
    ("type", (X,), (X, X)),
    ("type", X, (X, X)),
    ("values", (X, X + 1), (X, X)),
    ("type", True, 1),
    ("type", 2.5, 2),
    ("type", "2", 2),
    ("values", 3, 2),
    ("values", 0.5001, 0.5),
    ("values", 0.5, float("inf")),
    ("values", float("-inf"), float("inf")),
    ("values", float("nan"), float("inf")),
    ("values", float("inf"), 0.5),
    ("values", float("nan"), float("nan")),
    ("type", 1, "one"),
    ("values", "two", "one"),
    ("type", 1, True),
    ("values", torch.tensor(False), True),
    ("type", torch.tensor(1), True),
    ("type", torch.tensor([True]), True),
    ("values", np.bool_(True), False),
    ("type", np.bool_(True), 1),
    ("values", np.float32(0.6), 0.5),
    ("values", {"a": X}, {"a": 1}),
    ("values", {"a": 1}, {"a": X}),
    ("values", {"a": X + 1}, {"a": X}),
    ("values", [X], [[1, 2]]),
    ("values", {"a": np.ones(2)}, {"a": "one"}),
    ("values", {"a": 1, "b": 2}, {"a": 1}),
    ("values", X.long(), X.long() + torch.tensor([0, 1])),
]

RIGHT = [
    (X.clone(), X, None),
    (X.numpy(), X, "numpy array"),
    (X, X.numpy(), "tensor"),
    (X.double(), X, "float64"),
    (X.double(), X.long(), "float64"),
    (X.to(torch.int32), X.long(), "int32"),
    ((X, "cache"), X, "tuple"),
    (3.0, torch.tensor(3.0), "a float"),
    ([X, X], (X, X), None),
    (float("inf"), float("inf"), None),
    (2.0, 2, "a float"),
    (torch.tensor(2), 2, "a tensor"),
    (np.array(2), 2, "a numpy array"),
    (np.float32(0.5), 0.5, "a float32"),
    (np.int64(2), 2, "a int64"),
    (torch.tensor(True), True, "a tensor"),
    (np.bool_(False), False, "a bool"),
    (0.5 + 1e-9, 0.5, None),
    (X * (1 + 1e-7), X, None),
    (torch.empty(0, 3), torch.empty(0, 3), None),
    ({"a": [X.clone(), 1]}, {"a": [X, 1]}, None),
    ({"a": torch.tensor(1)}, {"a": 1}, None),
    (X.numpy().copy(), X.numpy(), None),
    (torch.tensor([float("inf"), 1 + 1e-7]), torch.tensor([float("inf"), 1.0]), None),
]


@pytest.mark.parametrize(("kind", "actual", "expected"), WRONG)
def test_wrong_answers_are_found(kind, actual, expected):
    mismatch = compare(actual, expected).mismatch
    assert mismatch is not None
    assert mismatch.kind == kind
    assert not agrees(actual, expected)


@pytest.mark.parametrize(("actual", "expected", "note"), RIGHT)
def test_right_answers_pass_and_conversions_are_told(actual, expected, note):
    found = compare(actual, expected)
    assert found.mismatch is None
    assert agrees(actual, expected)
    assert bool(found.notes) == (note is not None)
    assert note is None or note in found.notes[0]


def test_under_cancellation_the_magnitude_decides():
    right, magnitude = torch.tensor([1e-3]), torch.tensor([1e3])
    allowed = allowed_error(right, magnitude)
    assert agrees(right + 5e-3, right, allowed)
    assert not agrees(right + 5e-3, right)
    assert not agrees(right + 1.0, right, allowed)


def test_float32_inside_a_float64_function_is_found():
    x = torch.linspace(0.1, 1.0, 20, dtype=torch.float64)
    assert not agrees(x.float().double(), x)


@given(st.integers(0, 11), st.floats(1e-3, 1e6))
def test_one_wrong_element_anywhere_is_found(place, size):
    right = torch.arange(12.0).reshape(3, 4) + 1
    wrong = right.clone()
    wrong.view(-1)[place] += size
    mismatch = compare(wrong, right).mismatch
    assert mismatch is not None
    assert mismatch.wrong.sum() == 1


def test_no_message_holds_a_value():
    mismatch = compare(X + 123.25, X).mismatch
    assert "123" not in mismatch.words
    assert "1.0" not in mismatch.words


def test_a_tuple_is_compared_with_one_of_another_length_than_the_key_has():
    two = (torch.ones(2), torch.ones(3))
    allowed = allowed_error((torch.ones(2),))
    assert agrees(two, two, allowed)
    assert not agrees(two, (torch.ones(2), torch.zeros(3)), allowed)
