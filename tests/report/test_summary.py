"""Results told by question, and which step comes next."""

import pytest

from convclass.exam.verdict import Verdict
from convclass.report.summary import common_fault, joint_verdict, next_step, questions, symbol, tone

V = Verdict


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([V.PASSED, V.PASSED], V.PASSED),
        ([V.PASSED, V.FAILED], V.PARTIAL),
        ([V.PARTIAL, V.RAISED], V.PARTIAL),
        ([V.FAILED, V.RAISED], V.RAISED),
        ([V.FAILED, V.CRASHED], V.CRASHED),
        ([V.NOT_ATTEMPTED, V.BLOCKED], V.BLOCKED),
        ([V.PASSED, V.FORBIDDEN_CALL], V.FORBIDDEN_CALL),
        ([V.PASSED, V.INTERNAL], V.INTERNAL),
        ([V.NOT_ATTEMPTED], V.NOT_ATTEMPTED),
    ],
)
def test_joint_verdict(verdicts, expected):
    assert joint_verdict(verdicts) is expected


def test_any_two_verdicts_have_a_joint_one():
    assert all(joint_verdict([a, b]) is joint_verdict([b, a]) for a in V for b in V)


def test_every_verdict_has_a_sign_and_a_tone():
    assert all(symbol(verdict) and tone(verdict) in ("good", "part", "bad", "idle", "ours") for verdict in V)


def test_questions_keep_their_order_and_put_public_tests_first(samples):
    grouped = questions(reversed(samples.perfect().tests))
    assert [q.name for q in grouped] == list(reversed(samples.NAMES))
    assert all(q.tests[0].public and not q.tests[-1].public for q in grouped)


def test_hidden_tests_decide_the_verdict_where_there_are_any(samples):
    summary = {q.name: q for q in questions(samples.mistaken().tests)}["conv2d"]
    assert summary.tests[0].verdict is V.FAILED and summary.verdict is V.PARTIAL
    (only_public,) = questions(summary.tests[:1])
    assert only_public.verdict is V.FAILED


@pytest.mark.parametrize(
    ("make", "name"),
    [("perfect", None), ("mistaken", "cross_correlate2d"), ("untouched", "output_size"), ("troubled", "output_size")],
)
def test_the_next_step_is_the_first_question_to_work_on(samples, make, name):
    step = next_step(questions(getattr(samples, make)().tests))
    assert (step and step.name) == name


def test_nothing_can_be_done_about_our_mistake(samples):
    tests = [
        *samples.question_tests("a", 1.0, V.INTERNAL),
        *samples.question_tests("b", 1.0, V.BLOCKED, blocked_by="a"),
    ]
    assert next_step(questions(tests)) is None


def test_points_add_up(samples):
    result = samples.mistaken()
    assert sum(q.score for q in questions(result.tests)) == pytest.approx(result.score, abs=1e-3)


def test_the_common_fault_is_a_notice_that_explains_every_test(samples):
    broken = samples.unloadable()
    assert common_fault(broken.tests, broken.notices) == broken.notices[0]
    assert common_fault(broken.tests, ()) == ""
    assert common_fault((*broken.tests, *samples.perfect().tests), broken.notices) == ""
