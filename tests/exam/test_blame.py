"""Whom a failure is put down to: an earlier question, a known mistake, or neither; and the words for it."""

import pytest
import torch

from convclass.course import Assignment
from convclass.exam import wording
from convclass.exam.call import Call
from convclass.exam.checker import CaseRun, CaseStopped, Record, StudentProxy
from convclass.exam.compare import Mismatch
from convclass.exam.describe import describe
from convclass.exam.diagnose import weigh
from convclass.exam.examiner import Examiner
from convclass.exam.key import LiveKey
from convclass.exam.question import Variant
from convclass.sandbox.local import LocalStudent
from convclass.sandbox.reply import ForbiddenUse, Frame, Limits, Loaded, Missing, Raised, Returned, TimedOut


class Student:
    """Answers by plain functions; `calls` says who calls whom in the source."""

    def __init__(self, calls, **functions):
        self.loaded = Loaded(calls=calls)
        self.functions = functions

    def call(self, function, arguments, keywords, *, limits=None, return_arguments=False, observe=False):
        return Returned(self.functions[function](*arguments, **keywords))


@pytest.mark.parametrize(
    ("calls", "verdict", "blocked_by"),
    [
        ({"scale": (), "shift": ("scale",)}, "BLOCKED", "scale"),
        ({"scale": (), "shift": ("helper",), "helper": ("scale",)}, "BLOCKED", "scale"),
        ({"scale": (), "shift": ()}, "FAILED", ""),
        ({}, "BLOCKED", "scale"),
    ],
)
def test_only_what_a_function_calls_can_block_it(tiny_course, calls, verdict, blocked_by):
    student = Student(calls, scale=lambda x, factor=2: x, shift=lambda x, by: x - by)
    tests = {test.name: test for test in Examiner(Assignment("06_scaling", tiny_course)).examine(student).tests}
    assert (tests["test_shift"].verdict, tests["test_shift"].blocked_by) == (verdict, blocked_by)
    assert tests["test_shift"].mistake.name == "amount subtracted"


def test_a_question_that_the_test_itself_found_wrong_blocks_it(tiny_course):
    hidden = tiny_course / "autograder/06_scaling/test_hidden.py"
    hidden.write_text(
        hidden.read_text().replace("check.shift(tensors(2, 5), 1.5)", "check.scale(tensors(2, 5), factor=3)")
    )
    student = Student({"scale": (), "shift": ()}, scale=lambda x, factor=2: x, shift=lambda x, by: x + by)
    tests = {test.name: test for test in Examiner(Assignment("06_scaling", tiny_course)).examine(student).tests}
    assert (tests["test_shift"].verdict, tests["test_shift"].blocked_by) == ("BLOCKED", "scale")


def _records(*replies):
    calls = [Call("f", (torch.full((2,), float(n)),)) for n in range(len(replies))]
    return [Record(c, r, Mismatch("reply", "wrong")) for c, r in zip(calls, replies, strict=True)]


@pytest.mark.parametrize(("reply", "times"), [(Missing("f"), 0), (TimedOut(1.0, "cpu"), 0), (Returned(3.0), 1)])
def test_misconceptions_are_asked_only_where_there_is_an_answer_to_explain(reply, times):
    """They can take long, and every run begins with a student who handed in nothing."""
    asked = []
    key = LiveKey(lambda name: lambda x: x, {"f": (Variant("f", "asked", "Do not ask.", asked.append),)})
    assert weigh(_records(reply), key) == []
    assert len(asked) == times


def _refuses_small(x):
    if x[0] < 1:
        raise ValueError("too small")
    return x + 1


@pytest.mark.parametrize(
    ("replies", "named"),
    [
        ([Raised("ValueError", "")], True),
        ([Raised("ValueError", ""), Returned(torch.full((2,), 2.0))], True),
        ([Raised("ValueError", ""), Raised("ValueError", ""), Raised("ValueError", "")], False),
        ([Raised("ValueError", ""), Returned(torch.full((2,), 9.0))], False),
        ([Raised("IndexError", "")], True),
        ([Raised("KeyError", "")], False),
    ],
)
def test_the_same_kind_of_error_alone_names_no_mistake(replies, named):
    variant = Variant("f", "small refused", "Do not refuse.", _refuses_small)
    key = LiveKey(lambda name: lambda x: x, {"f": (variant,)})
    assert bool(weigh(_records(*replies), key)) is named


def test_a_bare_call_that_raises_is_put_down_to_its_mistake(tmp_path):
    (tmp_path / "module.py").write_text("def f(x):\n    raise ValueError\n")
    variant = Variant("f", "small refused", "Do not refuse.", _refuses_small)
    key = LiveKey(lambda name: lambda x: x, {"f": (variant,)})
    run = CaseRun(LocalStudent(tmp_path / "module.py"), key, Limits(), public=False)
    with pytest.raises(CaseStopped):
        StudentProxy(run).f(torch.zeros(2))
    assert [evidence.mistake.name for evidence in weigh(run.records, key)] == ["small refused"]


@pytest.mark.parametrize(
    ("place", "words"), [("", "line 7 uses torch.mul"), ("code cell 4, line 2", "code cell 4, line 2 uses torch.mul")]
)
def test_a_forbidden_call_is_told_with_its_place(place, words):
    assert wording.of_forbidden(ForbiddenUse("torch.mul", 7, "f", "", place)).startswith(words)


ODD_NAMES = [
    ("logging.config.BaseConfigurator", 1), ("_operator.attrgetter", 1), ("unittest.TestLoader", 1),
    ("_pickle.loads", 1),
    ("dataclasses.sys.modules", 1), ("typing.get_type_hints", 1), ("warnings._getcategory", 1), ("builtins.locals", 1),
    ("torch.serialization.load", 1), ("torch.utils.benchmark.Timer", 1), ("numpy._core.numeric.roll", 1),
    ("torch.Tensor.f_locals", 1), ("torch.Tensor.tb_frame", 1), ("functools.singledispatch", 1),
    ("torch.utils.data.DataLoader", 0), ("functools.partial", 0), ("os.path.join", 0), ("collections.abc.Sequence", 0),
    ("numpy.random.default_rng", 0), ("torch.Tensor.types.x", 0), ("sys.version", 0), ("typing.Any", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"), [("os.fork", 1), ("socket.socket", 1), ("ctypes.CDLL", 1), ("math.sqrt", 0), *ODD_NAMES]
)
def test_the_instructor_is_told_of_code_that_reaches_outside(name, told):
    assert len(wording.suspicious(Loaded(uses=(ForbiddenUse(name, 3, "f", "x"),)))) == told


def test_a_missing_function_names_what_may_be_meant_for_public_cases_only():
    missing = Missing("conv2d", ("conv_2d",))
    assert "conv_2d" in wording.of_reply("conv2d", missing, public=True)[1]
    assert "conv_2d" not in wording.of_reply("conv2d", missing, public=False)[1]


def test_the_line_of_a_file_that_does_not_load_is_told_once():
    frames = (Frame("s.py", 9, ""),)
    for message in ("expected ':' (s.py, line 9)", "division by zero"):
        _, words = wording.of_load_error(Raised("SyntaxError", message, (), frames))
        assert words.count("line 9") == 1


def test_an_answer_that_one_thing_explains_is_not_described_further():
    expected = torch.arange(9.0).reshape(3, 3)
    actual = expected.T.contiguous()
    words = describe(Mismatch("values", "6 of 9 values are wrong", actual, expected, actual != expected))
    assert "swapped" in words
    assert "border" not in words


def test_a_mistake_that_answers_nan_is_named():
    nan = float("nan")
    variants = (Variant("f", "zero", "…", lambda x: 0.0), Variant("f", "nan", "…", lambda x: nan))
    key = LiveKey(lambda name: lambda x: 1.0, {"f": variants})
    assert [e.mistake.name for e in weigh(_records(Returned(nan)), key)] == ["nan"]
    assert [e.mistake.name for e in weigh(_records(Returned(0.0)), key)] == ["zero"]


def test_a_thousand_suspicious_lines_are_summed_up():
    uses = tuple(ForbiddenUse(f"ctypes.f{n % 500}", n, "f", "x") for n in range(2_000))
    told = wording.suspicious(Loaded(uses=(*uses, *(ForbiddenUse("builtins.eval", n, "f", "x") for n in range(9)))))
    assert len(told) == wording.MOST_WARNINGS + 1
    assert told[-1] == f"and {2_009 - wording.MOST_WARNINGS} more places of this kind"
