"""Calls kept from student to student: equal ones are the same object, anything else is a call of its own."""

import numpy as np
import pytest
import torch

from convclass.exam.call_log import CallLog
from convclass.exam.describer import described
from convclass.sandbox.described import Later

X = torch.arange(6.0).reshape(2, 3)


def again(first, second):
    log = CallLog()
    one = log.call("f", *first)
    log.rewind()
    return one, log.call("f", *second)


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [((X,), {}), ((X, 3, None, (1, 2)), {"stride": 2}), ((np.ones(3),), {"mode": "zero"}), (([1.5, "a"],), {})],
)
def test_equal_calls_are_one(arguments, keywords):
    copies = tuple(a.clone() if isinstance(a, torch.Tensor) else a for a in arguments)
    one, other = again((arguments, keywords), (copies, dict(keywords)))
    assert one is other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (((X,), {}), ((X + 1,), {})),
        (((X,), {}), ((X.double(),), {})),
        (((X,), {}), ((X.reshape(3, 2),), {})),
        (((torch.ones(2, 3),), {}), ((torch.ones(3, 2).T,), {})),
        (((np.ones(3),), {}), ((np.ones(3, np.float32),), {})),
        (((X, 1), {}), ((X, 1.0), {})),
        (((X, 1), {}), ((X, True), {})),
        (((X,), {"stride": 1}), ((X,), {"stride": 2})),
        (((X,), {"stride": 1}), ((X,), {"padding": 1})),
        (((X,), {}), ((X, None), {})),
    ],
)
def test_different_calls_are_told_apart(first, second):
    one, other = again(first, second)
    assert one is not other
    same_content = torch.equal(first[0][0], second[0][0]) if isinstance(first[0][0], torch.Tensor) else False
    assert one.digest != other.digest or same_content


def network(weight=X, **settings):
    return described.sequence([described.linear(weight, **settings), described.relu()])


def made(weight=X, number=1, function="f", by=2):
    return Later(number, function, (network(weight),), {"by": by})


def test_equal_descriptions_are_one_call():
    for make in (network, made):
        one, other = again(((make(X.clone()), 1), {}), ((make(X.clone()), 1), {}))
        assert one is other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (network(), network(X + 1)),
        (network(), network(bias=X[0])),
        (described.flip(0), described.flip(1)),
        (described.relu(), described.identity()),
        (network(), made()),
        (made(), made(X + 1)),
        (made(), made(number=2)),
        (made(), made(function="g")),
        (made(), made(by=3)),
    ],
)
def test_different_descriptions_are_told_apart(first, second):
    one, other = again(((first,), {}), ((second,), {}))
    assert one is not other
    assert one.digest != other.digest


def test_a_student_who_goes_another_way_is_followed():
    log = CallLog()
    log.call("f", (X,), {})
    kept = log.call("f", (X + 1,), {})
    log.rewind()
    log.call("f", (X,), {})
    assert log.call("f", (X + 2,), {}) is not kept
