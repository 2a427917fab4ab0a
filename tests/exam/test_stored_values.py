"""What functions may answer survives the way into public_answers.json and out of it."""

import json
import math

import pytest
import torch

from convclass.exam.call import Call
from convclass.exam.key import LiveKey
from convclass.exam.question import Variant
from convclass.exam.stored_key import StoredKey, _recorded

ANSWERS = [
    {"translation": "equivariant", "turn": "neither"},
    {1: (1, [2.5, "text"]), "tensors": [torch.eye(2), torch.arange(3)]},
    [-2, 0, 2],
    [(0, 1), (1, 0)],
    {},
    True,
    None,
    0.125,
    math.inf,
    -math.inf,
]


def stored(right, wrong=0):
    """The answer to `f()` and its one misconception's answer, as read back from the text."""
    key = LiveKey(lambda name: lambda: right, {"f": (Variant("f", "wrong", "…", lambda: wrong),)})
    call = Call("f")
    text = _recorded({call.digest: call}, key)
    json.loads(text, parse_constant=pytest.fail)
    read = StoredKey(text, "answers")
    return read.expected(call).answer.value, next(iter(read.wrong(call).values())).answer.value


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_the_same_after_reading(answer):
    read, _ = stored(answer, wrong=answer)
    assert type(read) is type(answer)
    assert repr(read) == repr(answer)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, {"a": "b"}, [1]])
def test_a_mistakes_answer_is_kept_too(wrong):
    assert repr(stored(1.0, wrong)[1]) == repr(wrong)


def test_the_last_digits_of_a_number_are_not_kept():
    assert stored(1 / 3)[0] == 0.333333333
    assert stored(1.1102230246251565e-16)[0] == 0
