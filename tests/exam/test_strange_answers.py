"""Answers that are data and yet so strange that arithmetic on them fails: wrong, and never a mistake of ours.

A mistake of ours costs no points, so whoever could provoke one would earn a grade with it.
"""

import numpy as np
import pytest
import torch

from convclass.course import Assignment
from convclass.exam import judge, run
from convclass.exam.compare import agrees, allowed_error, compare
from convclass.exam.examiner import Examiner
from convclass.exam.pictures import _first_matrix
from convclass.exam.verdict import Verdict
from convclass.sandbox.reply import Loaded, Returned

HUGE = 10**3000
ANSWERS = (
    HUGE, -HUGE, 2**63, float("inf"), float("nan"), complex(1, 2), "x", b"x", None, True, [], [HUGE], (HUGE, HUGE), {},
    {"a": HUGE}, torch.zeros(0), torch.tensor(2**62), torch.tensor(float("nan")), torch.float32, torch.device("cpu"),
    torch.zeros(2, 3, dtype=torch.bfloat16), torch.zeros(2, 3, dtype=torch.complex64),
    torch.full((2, 3), 1e300, dtype=torch.float64),
    np.zeros((2, 3), "uint64"), np.zeros((2, 3), "complex128"), np.zeros((), "float16"), np.float64("nan"),
)  # fmt: skip
KEYS = (
    1, 0.5, -1.5, True, "abc", {"a": 1.0}, [1, 2.0], None, torch.ones(2, 3), torch.ones(2, 3).long(),
    torch.ones(2, 3).bool(), torch.tensor(1.0), torch.tensor(3), torch.tensor(True), np.ones((2, 3)), np.ones(()),
    (torch.ones(2, 3), 0.5), torch.full((2, 3), float("-inf")), torch.full((2, 3), float("nan")),
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=repr)
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: repr(answer)[:40])
def test_a_strange_answer_is_wrong(answer, key):
    same = type(answer) is type(key) and answer is key
    assert (compare(answer, key, allowed_error(key)).mismatch is None) == same or answer is True
    assert agrees(answer, key, allowed_error(key)) == same or answer is True


def test_pictures_of_every_dtype():
    for dtype in (torch.bfloat16, torch.float16, torch.float64, torch.int8):
        assert _first_matrix(torch.ones(2, 3, dtype=dtype)).shape == (2, 3)
    assert _first_matrix(torch.ones(2, 3, dtype=torch.complex64)) is None


class Strange:
    """A student who answers every call with the same thing."""

    loaded = Loaded(calls={"scale": (), "shift": ("scale",)})

    def __init__(self, answer):
        self.answer = answer

    def call(self, function, arguments, keywords, *, limits=None, return_arguments=False, observe=False):
        return Returned(self.answer, arguments if return_arguments else None)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: repr(answer)[:40])
def test_a_strange_answer_earns_nothing_and_is_judged(answer, tiny_course):
    examined = Examiner(Assignment("06_scaling", tiny_course)).examine(Strange(answer))
    assert not any(test.score for test in examined.tests)
    assert not any(test.verdict is Verdict.INTERNAL for test in examined.tests)


def test_what_fails_after_the_comparison_costs_no_grade(tiny_course, monkeypatch):
    def fail(*anything):
        raise OverflowError

    monkeypatch.setattr(run, "pictures_of", fail)
    monkeypatch.setattr(judge, "weigh", fail)
    examined = Examiner(Assignment("06_scaling", tiny_course)).examine(Strange(torch.zeros(2, 3)))
    assert not any(test.score for test in examined.tests)
    assert not any(test.verdict is Verdict.INTERNAL for test in examined.tests)
