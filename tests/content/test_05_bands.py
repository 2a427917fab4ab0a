"""Trained models are graded by bands: they must hold for a right submission whatever the exam's seed."""

from pathlib import Path

import pytest

from convclass.course import Assignment
from convclass.exam.examiner import Examiner
from convclass.release.module import solution_module
from convclass.sandbox.local import LocalStudent

ASSIGNMENT = Assignment("05_cnn_vs_mlp", Path(__file__).parents[2])


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    file = tmp_path_factory.mktemp("solution") / "cnn_vs_mlp.py"
    file.write_bytes(solution_module(ASSIGNMENT))
    return LocalStudent(file)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(101, 106))
def test_the_solution_gets_full_marks_whatever_is_drawn(student, seed):
    examined = Examiner(ASSIGNMENT, seed=seed).examine(student)
    assert [test.name for test in examined.tests if test.score < test.points] == []
