"""The hidden tests on a GPU, unchanged: the inputs are made there, the reference answers there, and so does the code.

These are our own solutions and mistakes, run in this process; test_grade_on_a_gpu.py runs the sandbox there.
"""

from pathlib import Path

import pytest
import torch

from convclass.course import assignments, find_course
from convclass.exam.collect import variants
from convclass.exam.examiner import Examiner
from convclass.exam.substitute import substituted
from convclass.release.module import solution_module
from convclass.sandbox.local import LocalStudent

ASSIGNMENTS = assignments(find_course(Path(__file__).parents[2]))
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


def examined(assignment, device, source, folder):
    file = folder / f"{assignment.module}.py"
    file.write_bytes(source)
    return Examiner(assignment, device=device).examine(LocalStudent(file))


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment.name)
def test_the_solution_gets_full_marks(assignment, device, tmp_path):
    tests = examined(assignment, device, solution_module(assignment), tmp_path).tests
    assert [test.name for test in tests if test.score < test.points] == []
    assert sum(test.points for test in tests) == 100


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda assignment: assignment.name)
def test_a_mistake_loses_points_and_is_named(assignment, device, tmp_path):
    file = assignment.autograder / "misconceptions.py"
    function, known = next(iter(variants(file).items()))
    source = substituted(solution_module(assignment), file, known[0])
    tests = [t for t in examined(assignment, device, source, tmp_path).tests if t.question == function]
    assert sum(test.score for test in tests) < sum(test.points for test in tests)
    assert {test.mistake.name for test in tests if test.mistake} == {known[0].name}


@pytest.mark.gpu
def test_tf32_is_off():
    Examiner(ASSIGNMENTS[0], device="cuda")
    a = torch.full((64, 64), 1 + 2**-12, device="cuda")
    assert (a @ a)[0, 0].item() == pytest.approx(64 * (1 + 2**-12) ** 2, rel=1e-6)
