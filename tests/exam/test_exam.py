"""An exam over fake students: verdicts, points, what blocks what, and whose fault it is."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from tinycourse import write_tiny_course

from convclass.course import Assignment, CourseError
from convclass.exam.examiner import Examiner
from convclass.sandbox.reply import (
    Crashed,
    ForbiddenUse,
    Frame,
    Loaded,
    Missing,
    OutOfMemory,
    Raised,
    Returned,
    SandboxFault,
    TimedOut,
    Unsendable,
)


@dataclass
class FakeStudent:
    """Answers by the given functions; one that returns a reply or raises a SandboxFault says what happened instead."""

    functions: dict[str, Any]
    loaded: Loaded = field(default_factory=lambda: Loaded(calls={"scale": (), "shift": ("scale",)}))
    observed: tuple[str, ...] = ()
    calls: int = 0

    def call(self, function, arguments, keywords, *, limits=None, return_arguments=False, observe=False):
        self.calls += 1
        if function not in self.functions:
            return Missing(function)
        given = tuple(a.clone() if isinstance(a, torch.Tensor) else a for a in arguments)
        answer = self.functions[function](*given, **keywords)
        if type(answer).__module__ == Returned.__module__:
            return answer
        return Returned(answer, given if return_arguments else None, self.observed if observe else ())


RIGHT = {"scale": lambda x, factor=2: x * factor, "shift": lambda x, by: x + by}
STUB = Raised(
    "NotImplementedError", "scale: …", ("Exception",), (Frame("s.py", 3, "scale", "    raise NotImplementedError"),)
)
TORCH_HAS_NO_KERNEL = Raised("NotImplementedError", "no kernel", (), (Frame("s.py", 3, "scale", "    return op(x)"),))


@pytest.fixture
def assignment(tiny_course):
    return Assignment("06_scaling", tiny_course)


@pytest.fixture(scope="module")
def examiner(tmp_path_factory):
    """One exam for many students, as in a class."""
    return Examiner(Assignment("06_scaling", write_tiny_course(tmp_path_factory.mktemp("exam"))))


@pytest.fixture
def examine(examiner):
    def run(functions, **options):
        examined = examiner.examine(FakeStudent(RIGHT | functions, **options))
        return {test.name: test for test in examined.tests}, examined

    return run


def always(reply):
    return lambda *_, **__: reply


def test_the_right_answer_earns_everything(examine):
    tests, examined = examine({})
    assert [(t.verdict, t.score) for t in tests.values()] == [("PASSED", 4), ("PASSED", 2), ("PASSED", 1)]
    assert examined.warnings == ()


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (STUB, "NOT_ATTEMPTED"),
        (TORCH_HAS_NO_KERNEL, "RAISED"),
        (Raised("IndexError", "out of range"), "RAISED"),
        (TimedOut(4.0), "TIMED_OUT"),
        (OutOfMemory(2**30), "OUT_OF_MEMORY"),
        (Crashed("killed"), "CRASHED"),
        (Unsendable("module", "a module"), "FAILED"),
        (Returned(None), "FAILED"),
        (Returned("text"), "FAILED"),
        (Returned(torch.ones(1)), "FAILED"),
    ],
)
def test_what_happens_to_a_call_gives_the_verdict(examine, reply, verdict):
    tests, _ = examine({"scale": always(reply)})
    assert (tests["test_scale"].verdict, tests["test_scale"].score) == (verdict, 0)
    assert tests["test_scale"].message
    assert tests["test_shift"].score == 2, "what does not need the broken question keeps its points"


def test_a_missing_function_is_not_attempted(examiner):
    examined = examiner.examine(FakeStudent({}))
    assert {test.verdict for test in examined.tests} == {"NOT_ATTEMPTED"}
    assert "no function scale" in examined.tests[0].message


def test_part_of_the_cases_gives_part_of_the_points(examine):
    tests, _ = examine({"scale": lambda x, factor=2: x * abs(factor)})
    assert (tests["test_scale"].verdict, tests["test_scale"].score) == ("PARTIAL", 3)
    assert [case.verdict for case in tests["test_scale"].cases].count("PASSED") == 3


@pytest.mark.parametrize(
    ("function", "wrong", "named"),
    [
        ("scale", lambda x, factor=2: x + factor, "factor added"),
        ("scale", lambda x, factor=2: x * factor**2, "factor squared"),
        ("shift", lambda x, by: x - by, "amount subtracted"),
        ("shift", lambda x, by: x * 7, None),
    ],
)
def test_the_mistake_is_named(examine, function, wrong, named):
    tests, _ = examine({function: wrong})
    mistake = tests[f"test_{function}"].mistake
    assert (mistake and mistake.name) == named


def test_a_question_that_fails_after_a_broken_one_is_blocked_and_says_by_what(examine):
    tests, _ = examine({"scale": lambda x, factor=2: x, "shift": lambda x, by: x})
    assert tests["test_shift"].verdict == "BLOCKED"
    assert tests["test_shift"].blocked_by == "scale"
    assert "scale" in tests["test_shift"].message


def test_an_unwritten_helper_blocks(examine):
    inner = Raised(
        "NotImplementedError", "scale: …", (), (Frame("s.py", 9, "shift"), Frame("s.py", 3, "scale", "raise X"))
    )
    tests, _ = examine({"scale": always(STUB), "shift": always(inner)})
    assert (tests["test_scale"].verdict, tests["test_shift"].verdict) == ("NOT_ATTEMPTED", "BLOCKED")


def test_a_loop_costs_its_own_question_and_is_not_waited_for_again(assignment):
    student = FakeStudent(RIGHT | {"scale": always(TimedOut(4.0))})
    examined = Examiner(assignment).examine(student)
    scale, shift, *_ = examined.tests
    assert [case.verdict for case in scale.cases] == ["TIMED_OUT"] * 4
    assert "not run" in scale.cases[2].message
    assert shift.verdict == "PASSED"
    assert student.calls == 2 + 5


def test_our_own_fault_costs_no_points_and_is_told_to_the_instructor(examine):
    def fault(*_, **__):
        raise SandboxFault("the zygote died")

    tests, examined = examine({"scale": fault})
    assert (tests["test_scale"].verdict, tests["test_scale"].score) == ("INTERNAL", 4)
    assert any("zygote died" in warning for warning in examined.warnings)
    assert "zygote" not in tests["test_scale"].message


def test_a_strange_answer_to_a_bare_call_is_the_students_fault_not_ours(examine):
    answers = iter([Returned("not a tensor")] * 9)
    tests, examined = examine({"shift": lambda x, by: next(answers)})
    assert tests["test_shift_twice"].verdict == "FAILED"
    assert examined.warnings == ()


@pytest.mark.parametrize(
    ("uses", "verdict"),
    [
        ((ForbiddenUse("torch.mul", 7, "scale"),), "FORBIDDEN_CALL"),
        ((ForbiddenUse("torch.mul", 7, "helper"),), "FORBIDDEN_CALL"),
        ((ForbiddenUse("torch.mul", 7, "other"),), "PASSED"),
        ((ForbiddenUse("torch.mul", 7, ""),), "PASSED"),
        ((ForbiddenUse("torch.multiply", 7, "scale"),), "PASSED"),
    ],
)
def test_forbidden_calls_in_the_source_lose_the_question(examine, uses, verdict):
    loaded = Loaded(uses=uses, calls={"scale": ("helper",), "helper": (), "other": (), "shift": ()})
    tests, _ = examine({}, loaded=loaded)
    scale = tests["test_scale"]
    assert (scale.verdict, scale.score) == (verdict, 4 if verdict == "PASSED" else 0)
    assert verdict == "PASSED" or "line 7" in scale.message
    assert tests["test_shift"].score == 2


@pytest.mark.parametrize(("operator", "score"), [("aten::mul_", 0), ("aten::add", 4)])
def test_forbidden_operators_at_work_lose_the_question(examine, operator, score):
    tests, _ = examine({}, observed=(operator,))
    assert tests["test_scale"].score == score


def test_a_module_that_does_not_load_tells_why_once(examine):
    error = Raised("SyntaxError", "invalid syntax", (), (Frame("s.py", 3, "<module>"),))
    tests, examined = examine({}, loaded=Loaded(error=error))
    assert {test.score for test in tests.values()} == {0}
    assert "line 3" in examined.notices[0]


def test_hidden_messages_repeat_nothing_the_process_wrote(examine):
    secret = Raised("Leak_0_731", "x is 0.731", (), (Frame("s.py", 4, "scale", "raise Leak"),))
    tests, _ = examine({"scale": always(secret)})
    assert "731" not in str(tests["test_scale"])
    tests, _ = examine({"scale": always(Unsendable("Leak_0_731", "0.731"))})
    assert "731" not in str(tests["test_scale"])
    tests, _ = examine({"scale": always(Crashed("0.731"))})
    assert "731" not in str(tests["test_scale"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def test_a(check):\n    '''t'''\n", "needs @question"),
        ("from convclass.exam import question\n@question('a')\ndef test_a(check):\n    pass\n", "docstring"),
        ("from convclass.exam import question\n@question('a')\ndef test_a(cheque):\n    '''t'''\n", "asks for cheque"),
        ("import nothing_of_that_name\n", "nothing_of_that_name"),
        ("x = 1\n", "no test"),
    ],
)
def test_a_hidden_test_file_that_cannot_be_used_says_why(assignment, text, problem):
    (assignment.autograder / "test_hidden.py").write_text(text)
    with pytest.raises(CourseError, match=problem):
        Examiner(assignment)


def test_seed_and_version(assignment):
    first = Examiner(assignment)
    assert Examiner(assignment).seed == first.seed
    assert Examiner(assignment, seed=3).seed == 3
    with (assignment.autograder / "test_hidden.py").open("a") as file:
        file.write("# another exam\n")
    assert Examiner(assignment).version != first.version
    assert Examiner(assignment).seed != first.seed


def test_each_part_of_a_tuple_earns_its_share(tiny_course):
    hidden = tiny_course / "autograder/06_scaling"
    (hidden / "reference.py").write_text("def scale(x, factor=2):\n    return x * factor, x + factor, x - factor\n")
    (hidden / "test_hidden.py").write_text(
        "from convclass.exam import question\n"
        "@question('scale', points=3)\n"
        "def test_parts(check, tensors):\n    '''three values'''\n    check.each_part.scale(tensors(2), factor=5)\n"
        "@question('scale', points=3)\n"
        "def test_whole(check, tensors):\n    '''three values at once'''\n    check.scale(tensors(2), factor=5)\n"
    )
    examiner = Examiner(Assignment("06_scaling", tiny_course))

    def earned(answer):
        student = FakeStudent({"scale": answer})
        return [(test.verdict, round(test.score, 6)) for test in examiner.examine(student).tests]

    right = lambda x, factor=2: (x * factor, x + factor, x - factor)  # noqa: E731
    assert earned(right) == [("PASSED", 3), ("PASSED", 3)]
    assert earned(lambda x, factor=2: (x * factor, x + factor, x)) == [("PARTIAL", 2), ("FAILED", 0)]
    assert earned(lambda x, factor=2: (x, x, x)) == [("FAILED", 0), ("FAILED", 0)]
    assert earned(lambda x, factor=2: (x * factor, x + factor)) == [("FAILED", 0), ("FAILED", 0)]
