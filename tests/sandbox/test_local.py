"""A student's module in this process."""

import json
import sys

import numpy
import pytest
import torch

from convclass.sandbox.local import LocalStudent
from convclass.sandbox.reply import Limits, Missing, OutOfMemory, Raised, Returned, TimedOut, Unsendable

MODULE = """
import dataclasses
import torch
import torch.nn.functional as F
print("loading")

@dataclasses.dataclass
class Pair:
    left: "int"

def stub(x):
    raise NotImplementedError("stub: task 1")

def spoil(x):
    x += 1
    print("spoiling")
    return x

def fails(x):
    return inner(x)

def inner(x):
    return x / 0

def loop():
    while True:
        try:
            while True: pass
        except Exception:
            pass

def deep(n):
    return deep(n + 1)

def conv(x, w):
    return F.conv2d(x, w)

def chatter():
    for _ in range(100_000): print("x")

def module():
    return torch.nn.Linear(1, 1)

def sparse():
    return torch.zeros(3).to_sparse()

def hungry():
    return torch.empty(2 ** 55)

kept = torch.zeros(2)
def view():
    kept.add_(1)
    return kept
"""


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    path = tmp_path_factory.mktemp("student") / "assignment.py"
    path.write_text(MODULE)
    return LocalStudent(path)


def test_loading(student):
    assert student.loaded.error is None
    assert student.loaded.printed == "loading\n"
    assert "conv" in student.loaded.functions
    assert "assignment" not in sys.modules


def test_a_stub_raises_as_itself(student):
    reply = student.call("stub", (1,), {})
    assert (reply.kind, reply.message) == ("NotImplementedError", "stub: task 1")
    assert reply.ancestors[:3] == ("NotImplementedError", "RuntimeError", "Exception")


def test_arguments_are_copies(student):
    x = torch.zeros(2)
    reply = student.call("spoil", (x,), {}, return_arguments=True)
    assert torch.equal(x, torch.zeros(2))
    assert torch.equal(reply.arguments[0], torch.ones(2))
    assert reply.printed == "spoiling\n"


def test_an_answer_does_not_change_later(student):
    first = student.call("view", (), {}).value
    student.call("view", (), {})
    assert torch.equal(first, torch.ones(2))


def test_frames_are_the_students_own(student):
    reply = student.call("fails", (1,), {})
    assert reply.kind == "ZeroDivisionError"
    assert [(f.file, f.function, f.source) for f in reply.frames] == [
        ("assignment.py", "fails", "return inner(x)"), ("assignment.py", "inner", "return x / 0"),
    ]  # fmt: skip


def test_a_recursion_has_few_frames(student):
    reply = student.call("deep", (1,), {})
    assert reply.kind == "RecursionError"
    assert len(reply.frames) == 12


@pytest.mark.parametrize(("limits", "clock"), [(Limits(0.2, 10), "cpu"), (Limits(10, 0.2), "wall")])
def test_a_loop_is_interrupted(student, limits, clock):
    assert student.call("loop", (), {}, limits=limits) == TimedOut(0.2, clock)


def test_operators_are_observed_when_asked_for(student):
    image, kernel = torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3)
    assert student.call("conv", (image, kernel), {}, observe=True).observed == ("aten::convolution",)
    assert student.call("conv", (image, kernel), {}).observed == ()


@pytest.mark.parametrize("name", ["module", "sparse"])
def test_what_is_not_data(student, name):
    assert isinstance(student.call(name, (), {}), Unsendable)


def test_the_rest(student):
    assert student.call("Conv", (), {}) == Missing("Conv", ("conv",))
    assert student.call("kept", (), {}) == Missing("kept", ())
    assert len(student.call("chatter", (), {}).printed) == 10_000
    assert isinstance(student.call("hungry", (), {}), OutOfMemory)


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("import scipy", "ModuleNotFoundError", "the standard library, numpy and torch"),
        ("from convclass.reference import conv", "ModuleNotFoundError", "the standard library, numpy and torch"),
        ("x = 1 / 0", "ZeroDivisionError", "division"),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("def f(:", "SyntaxError", "line 1"),
    ],
)
def test_a_module_that_does_not_load(tmp_path, source, kind, words):
    path = tmp_path / "broken.py"
    path.write_text(source)
    broken = LocalStudent(path)
    assert isinstance(broken.loaded.error, Raised)
    assert broken.loaded.error.kind == kind
    assert words in broken.loaded.error.message
    assert broken.call("f", (), {}) == broken.loaded.error


def test_frames_of_a_notebook_name_the_cell(tmp_path):
    cells = ["import numpy as np", "def f(x):\n    y = np.ones(3)\n    return y[x]"]
    path = tmp_path / "conv.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}))
    student = LocalStudent(path)
    assert student.call("f", (1,), {}) == Returned(numpy.float64(1.0))
    (frame,) = student.call("f", (5,), {}).frames
    assert (frame.file, frame.line, frame.source) == ("conv.ipynb, code cell 2", 3, "return y[x]")
