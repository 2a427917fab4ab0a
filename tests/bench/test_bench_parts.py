import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from bench import students
from bench.recorded_calls import Call, load, mistake, same, save
from bench.students import Programme

from convclass.exam.question import Variant

ONE = torch.tensor([1.0, 2.0])
BURN = "import time\nwhile time.process_time() < 0.4: pass"
ORPHAN = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
MEASURE = """
import os, sys
from pathlib import Path
from bench.measure import run
usage, _ = run([sys.executable, "-c", sys.argv[1]], folder=Path.cwd(), environment=os.environ)
print(usage.cpu_seconds)
"""


@pytest.mark.parametrize(
    ("answer", "expected", "right"),
    [
        (ONE, ONE, True),
        (ONE.double() + 1e-6, ONE, True),
        (ONE.numpy(), ONE, True),
        (3, 3, True),
        ((ONE, 2), (ONE, 2), True),
        (ONE + 0.01, ONE, False),
        (ONE[None], ONE, False),
        (ONE[:1], ONE, False),
        (ONE * torch.nan, ONE, False),
        (None, ONE, False),
        ("3", 3, False),
        ((ONE,), (ONE, 2), False),
        (ONE, (ONE, 2), False),
    ],
)
def test_same(answer, expected, right):
    assert same(answer, expected) is right


def refuse(error):
    raise error


@pytest.mark.parametrize(
    ("function", "call", "right"),
    [
        (lambda x: x + 1, Call("f", (1,), {}, expected=2), True),
        (lambda x: x + 2, Call("f", (1,), {}, expected=2), False),
        (lambda x: refuse(ValueError()), Call("f", (1,), {}, expected=2), False),
        (lambda x: refuse(ValueError()), Call("f", (1,), {}, raises="ValueError"), True),
        (lambda x: refuse(UnicodeError()), Call("f", (1,), {}, raises="ValueError"), True),
        (lambda x: refuse(KeyError()), Call("f", (1,), {}, raises="ValueError"), False),
        (lambda x: 1, Call("f", (1,), {}, raises="ValueError"), False),
        (None, Call("f", (1,), {}, expected=2), False),
    ],
)
def test_mistake(function, call, right):
    assert (mistake(call, function) == "") is right


def test_a_student_cannot_change_the_recorded_arguments():
    call = Call("f", (np.zeros(2),), {}, expected=np.ones(2))

    def change(x):
        x += 1
        return x

    assert mistake(call, change) == ""
    assert call.arguments[0].tolist() == [0, 0]


def test_calls_survive_being_saved(tmp_path):
    strided = torch.arange(6.0).reshape(2, 3).T
    save({"f": [Call("f", (strided,), {"stride": (1, 2)}, expected=ONE)]}, tmp_path / "calls.pt")
    (call,) = load(tmp_path / "calls.pt")["f"]
    assert call.keywords == {"stride": (1, 2)}
    assert call.arguments[0].equal(strided)
    assert not call.arguments[0].is_contiguous()


VARIANTS = """
import math
LIMIT = 3
def helper(x): return deeper(x)
def deeper(x): return x
def other(x): return x
def wrong(x): return helper(x)
def wrong_too(x): return other(x)
"""


def test_only_the_variant_and_its_helpers_are_handed_in():
    def wrong(x): ...

    left = students.only(VARIANTS, Variant("f", "name", "sentence", wrong))
    assert [n.name for n in ast.parse(left).body if isinstance(n, ast.FunctionDef)] == ["helper", "deeper", "wrong"]
    assert "LIMIT = 3" in left


def test_a_variant_answers_through_a_definition():
    source = students.as_definition("def _variant():\n    return max\n\n\nf = _variant()\n", "f")
    module = {}
    exec(source, module)
    assert module["f"](1, 2) == 2
    with pytest.raises(ValueError, match="does not end"):
        students.as_definition("f = 1\n", "f")


def test_a_class_has_no_two_equal_files():
    group = list(students.copies([Programme("a", "x = 1\n", True), Programme("b", "x = 2\n", False)], 6))
    assert len({programme.source for programme in group}) == len({programme.name for programme in group}) == 6
    assert [programme.right for programme in group] == [True, False] * 3


@pytest.mark.parametrize("code", [BURN, ORPHAN])
def test_cpu_time_of_orphans_is_counted(code):
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", MEASURE, code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) >= 0.4


def test_a_failing_command_is_told_with_its_output(tmp_path):
    code = (
        "import sys; from pathlib import Path; from bench.measure import CommandError, run\n"
        "try: run([sys.executable, '-c', 'import sys; sys.exit(\"so sorry\")'], folder=Path.cwd(), environment={})\n"
        "except CommandError as error: print(error)"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert "ended with 1" in done.stdout
    assert "so sorry" in done.stdout
