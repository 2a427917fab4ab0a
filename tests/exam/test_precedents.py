"""A case is decided once for all who answer the same: what may be taken over, and what must not."""

import io
import os
from pathlib import Path

import pytest
import torch

from convclass.course import Assignment, assignments, find_course
from convclass.exam.call_log import CallLog
from convclass.exam.checker import CaseRun
from convclass.exam.examiner import Examiner
from convclass.exam.precedents import Decided, Precedents
from convclass.exam.results import CaseResult
from convclass.exam.verdict import Verdict
from convclass.release.module import solution_module
from convclass.sandbox.reply import Heard, Limits, Loaded, Returned, TimedOut
from convclass.sandbox.sandbox import Sandbox

COURSE = find_course(Path(__file__).parents[2])
FIRST = assignments(COURSE)[0]
LIMITS = Limits()


class Student:
    """Answers by plain functions, as bytes; counts what it was asked, and what was decoded of that."""

    def __init__(self, **functions):
        self.loaded = Loaded()
        self.functions = functions
        self.asked = self.decoded = 0

    def hear(self, asked, limits, known=()):
        self.asked += 1
        value = self.functions[asked[0]](*asked[1], **asked[2])
        if isinstance(value, TimedOut):
            return Heard(None, lambda: value)
        file = io.BytesIO()
        torch.save(value, file)
        return Heard(file.getvalue(), lambda: self.decode(file.getvalue()))

    def decode(self, content):
        self.decoded += 1
        return Returned(torch.load(io.BytesIO(content)))


def scaling(course):
    return Examiner(Assignment("06_scaling", course))


def right():
    return Student(scale=lambda x, factor=2: x * factor, shift=lambda x, by: x + by)


def outcome(examined):
    return [(t.name, t.verdict, t.score, t.message, t.mistake, t.cases) for t in examined.tests]


def test_the_same_answers_are_not_decoded_again_and_give_the_same_results(tiny_course):
    examiner = scaling(tiny_course)
    first, second = right(), right()
    one, other = examiner.examine(first), examiner.examine(second)
    assert outcome(one) == outcome(other)
    assert first.asked == second.asked == first.decoded > 0
    assert second.decoded == 0


def test_an_answer_that_differs_is_judged_for_itself(tiny_course):
    examiner = scaling(tiny_course)
    wrong = Student(scale=lambda x, factor=2: x * factor + 1, shift=lambda x, by: x + by)
    for student in (right(), wrong, right(), wrong):
        assert outcome(examiner.examine(student)) == outcome(scaling(tiny_course).examine(student))
    verdicts = {t.verdict for t in examiner.examine(wrong).tests if t.question == "scale"}
    assert verdicts == {Verdict.FAILED}


def decided(message):
    return Decided(CaseResult("", Verdict.FAILED, message))


X = (torch.ones(2),)
NO = {}


def asked(function, arguments=X):
    return function, arguments, NO, False, False


def test_a_way_is_followed_as_far_as_its_answers_are_known():
    precedents = Precedents()
    student = Student(f=lambda x: x, g=lambda x: x + 1)
    f, g = asked("f"), asked("g")
    heard = [(question, student.hear(question, LIMITS)) for question in (f, g)]
    precedents.remember(heard, False, decided("f then g"))
    assert precedents.follow(student, LIMITS, False)[1].result.message == "f then g"
    other = Student(f=lambda x: x, g=lambda x: x + 2)
    told, found = precedents.follow(other, LIMITS, False)
    assert found is None and [question for question, _ in told] == [f, g] and other.asked == 2
    third = Student(f=lambda x: x + 9)
    told, found = precedents.follow(third, LIMITS, False)
    assert found is None and [question for question, _ in told] == [f]


def test_what_was_asked_on_the_way_is_not_asked_again():
    student = Student(f=lambda x: x)
    log = CallLog()
    call = log.call("f", X, NO)
    heard = student.hear(("f", call.arguments, call.keywords, False, False), LIMITS)
    run = CaseRun(student, None, LIMITS, False, log)
    run.before.append((("f", call.arguments, call.keywords, False, False), heard))
    assert torch.equal(run.ask(call).value, X[0]) and student.asked == 1
    assert torch.equal(run.ask(call).value, X[0]) and student.asked == 2  # a second time is a second call


def test_with_observation_and_without_are_two_ways():
    precedents = Precedents()
    student = Student(f=lambda x: x)
    precedents.remember([(asked("f"), student.hear(asked("f"), LIMITS))], False, decided("not observed"))
    assert precedents.follow(student, LIMITS, True) == ([], None)


def test_no_reply_that_came_without_a_message_is_a_precedent():
    precedents = Precedents()
    late = Student(f=lambda x: TimedOut(4.0, "cpu"))
    precedents.remember([(asked("f"), late.hear(asked("f"), LIMITS))], False, decided("late"))
    assert precedents.follow(right(), LIMITS, False) == ([], None)


def test_a_test_that_asks_by_more_than_the_answers_is_not_learned():
    precedents = Precedents()
    student = Student(f=lambda x: x, g=lambda x: x)
    precedents.remember([(asked("f"), student.hear(asked("f"), LIMITS))], False, decided("f"))
    precedents.remember([(asked("g"), student.hear(asked("g"), LIMITS))], False, decided("g"))
    assert precedents.follow(student, LIMITS, False)[1].result.message == "f"


def test_old_ways_are_forgotten_when_there_is_no_more_room():
    precedents = Precedents(most=4 * 1600)
    students = [Student(f=lambda x, n=n: x + n) for n in range(12)]
    for n, student in enumerate(students):
        heard = student.hear(asked("f"), LIMITS)
        assert len(heard.content) <= 1600
        precedents.remember([(asked("f"), heard)], False, decided(str(n)))
    found = [precedents.follow(student, LIMITS, False)[1] for student in students]
    assert found[-1].result.message == "11" and found[0] is None


def test_an_answer_that_is_too_long_is_not_kept():
    precedents = Precedents(most=100)
    student = Student(f=lambda x: x)
    precedents.remember([(asked("f"), student.hear(asked("f"), LIMITS))], False, decided("long"))
    assert precedents.follow(student, LIMITS, False) == ([], None)


def test_our_own_mistake_is_no_precedent(tiny_course):
    hidden = tiny_course / "autograder/06_scaling/test_hidden.py"
    broken = hidden.read_text().replace(
        "check.shift(tensors(2, 5), 1.5)", "check.shift(tensors(2, 5), 1.5)\n    ours()"
    )
    counting = (
        "import os\n\n\ndef ours():\n    os.environ['TIMES'] = os.environ.get('TIMES', '') + 'x'\n    raise OSError\n"
    )
    hidden.write_text(broken + "\n\n" + counting)
    examiner = scaling(tiny_course)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIMES", "")
        for times in (1, 2):
            tests = {test.name: test for test in examiner.examine(right()).tests}
            assert tests["test_shift"].verdict is Verdict.INTERNAL
            assert os.environ["TIMES"] == "x" * times


def test_a_test_that_changes_an_answer_spoils_nobody_elses(tiny_course):
    hidden = tiny_course / "autograder/06_scaling/test_hidden.py"
    text = hidden.read_text().replace(
        "check.shift(tensors(2, 5), 1.5)",
        "y = check.shift(tensors(2, 5), 1.5)\n    y += 1\n    check.scale(y, factor=3)",
    )
    hidden.write_text(text)
    examiner = scaling(tiny_course)
    half = Student(scale=lambda x, factor=2: x * factor + 1, shift=lambda x, by: x + by)
    for student in (right(), half, right(), half):
        assert outcome(examiner.examine(student)) == outcome(scaling(tiny_course).examine(student))


@pytest.mark.slow
def test_a_class_in_the_sandbox_gets_what_each_would_get_alone():
    """Right, a copy of it, wrong, and wrong in part: with an examiner of their own, and with one for all."""
    solution = solution_module(FIRST)
    broken = solution.replace(b"(kernel_size - 1)", b"kernel_size")
    assert broken != solution
    sources = [
        solution,
        b"# a copy\n" + solution,
        broken,
        solution + b"\n\ndef conv2d(x, *rest, **more):\n    return x\n",
        solution,
    ]
    together = Examiner(FIRST)
    with Sandbox.start() as sandbox:
        for source in sources:
            found = []
            for examiner in (Examiner(FIRST), together):
                with sandbox.student(source, "convolution.py") as student:
                    found.append(outcome(examiner.examine(student)))
            assert found[0] == found[1]
            assert (source in (broken, sources[3])) == any(verdict != Verdict.PASSED for _, verdict, *_ in found[0])
