"""Answers that are data and yet so strange that arithmetic on them fails: wrong, and never a mistake of ours.

A mistake of ours costs no points, so whoever could provoke one would earn a grade with it.
"""

from textwrap import dedent

import numpy as np
import pytest
import torch
from tinycourse import write_tiny_course

from convclass.course import Assignment
from convclass.exam import judge, run, wording
from convclass.exam.compare import WRONG_VALUES, agrees, allowed_error, compare, shape_words
from convclass.exam.examiner import Examiner
from convclass.exam.pictures import _first_matrix
from convclass.exam.verdict import Verdict
from convclass.sandbox.reply import Heard, Loaded, OutOfMemory, Returned

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


@pytest.fixture(scope="module")
def examiner(tmp_path_factory):
    """One exam for many students, as in a class."""
    return Examiner(Assignment("06_scaling", write_tiny_course(tmp_path_factory.mktemp("exam"))))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: repr(answer)[:40])
def test_a_strange_answer_earns_nothing_and_is_judged(answer, examiner):
    examined = examiner.examine(Strange(answer))
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


def test_of_a_tuple_the_part_of_another_kind_is_told_before_one_of_wrong_values():
    key = (torch.ones(2), torch.ones(2), 0.5)
    for odd in ("text", None, torch.ones(3), torch.ones(2).bool()):
        mismatch = compare((torch.zeros(2), odd, 0.5), key).mismatch
        assert mismatch.kind not in WRONG_VALUES and mismatch.words.startswith("value 2 of 3")
        assert mismatch.right_share == 1 / 3
    assert compare((torch.zeros(2), torch.zeros(2), 0.5), key).mismatch.words.startswith("value 1 of 3")


TEST_THAT_FAILS = """
    from convclass.exam import question

    @question("scale", points=1)
    def test_scale(check, student, tensors):
        \"""scale can be inverted\"""
        factors = student.scale(tensors(3)).tolist()
        [][int(factors[0] * 0 + {number})]
"""


@pytest.mark.parametrize("answer", [torch.full((3,), float("nan")), torch.zeros(3)])
@pytest.mark.parametrize(("right", "verdict"), [(False, Verdict.FAILED), (True, Verdict.INTERNAL)])
def test_a_test_that_fails_is_our_mistake_only_after_right_answers(tiny_course, answer, right, verdict):
    tests = tiny_course / "autograder" / "06_scaling" / "test_hidden.py"
    tests.write_text(dedent(TEST_THAT_FAILS.format(number=0)))
    student = Strange(answer)
    if right:
        student.call = lambda f, arguments, keywords, **options: Returned(arguments[0] * 2)
    examined = Examiner(Assignment("06_scaling", tiny_course)).examine(student)
    assert {test.verdict for test in examined.tests if not test.public} == {verdict}


def test_a_shape_cannot_spell_what_was_seen():
    words = shape_words((0, 12345678, 87654321, *range(1, 12)), (3, 4))
    assert "12345678" not in words and "87654321" not in words and len(words) < 150
    assert shape_words((3, 5), (3, 4)) == "shape (3, 5) where (3, 4) is due: one too many"
    assert shape_words((7,), (3, 4)).startswith("shape (7,) where")


def test_a_limit_that_the_process_names_is_not_repeated_for_a_hidden_case():
    forged = OutOfMemory(123456789 * 2**20)
    assert "123456789" not in wording.of_reply("f", forged, public=False)[1]
    assert "2048 MB" in wording.of_reply("f", OutOfMemory(2**31), public=True)[1]


def test_large_answers_are_not_kept(tiny_course):
    answer = torch.zeros(2**19)  # two megabytes
    student = LargeStudent(answer)
    kept = []
    examiner = Examiner(Assignment("06_scaling", tiny_course))
    submission = run.SubmissionRun(student, examiner.exam.key, examiner.exam.questions, examiner.exam._inputs)
    for test in examiner.exam.tests:
        kept += submission.run(test).records
    assert kept and not any(isinstance(record.reply, Returned) for record in kept)
    assert all(record.answer is None and record.mismatch is not None for record in kept)


class LargeStudent(Strange):
    """Answers as bytes, so that their number is known."""

    def hear(self, asked, limits, known=()):
        return Heard(None, lambda: Returned(self.answer), size=self.answer.nbytes)
