"""`convclass grade --device cuda` as a whole: sandbox, exam and results, with the grades that the CPU gives.

Without a GPU: it ends at once, with one line that says so.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch

from convclass.course import Assignment
from convclass.exam.examiner import Examiner
from convclass.release.module import solution_module
from convclass.sandbox.cuda import Gpu
from convclass.sandbox.isolation import probe
from convclass.sandbox.sandbox import Sandbox

COURSE = Path(__file__).parents[2]
# Right in two ways; a loop that never ends; a buffer of 256 GiB; a memory that is filled bit by bit.
FIRST = ("Amara Okonkwo", "Søren Lindqvist", "Aroha Tipene", "Kwame Boateng", "Lerato Mokoena")
FIFTH = ("Anneli Korhonen", "Camila Rojas", "Kirsi Mäkelä")


def grade(assignment, students, device, folder, seed=None):
    """Grade a few of the sample class; what the command told, and the results by student."""
    inbox = folder / "inbox"
    for student in students:
        shutil.copytree(COURSE / "autograder" / assignment / "sample_class" / student, inbox / student)
    out = folder / "out"
    command = [sys.executable, "-c", "from convclass.cli import main; main()", "grade", assignment, str(inbox)]
    command += ["--out", str(out), "--device", device, "--no-progress"] + ([f"--seed={seed}"] if seed else [])
    done = subprocess.run(command, cwd=COURSE, capture_output=True, text=True, timeout=1800)
    files = (out / "results").glob("*.json") if out.is_dir() else ()
    results = [json.loads(file.read_text("utf-8")) for file in files]
    return done, {result["extra_data"]["student"]: result for result in results}


def expected_scores(assignment, students):
    file = COURSE / "autograder" / assignment / "sample_class.toml"
    expected = tomllib.loads(file.read_text("utf-8"))
    return {student: expected[student]["score"] for student in students}


def summary(results):
    """Each student's score, and of each test its score and its verdict."""
    return {
        student: [(test["name"], test["score"], test["extra_data"]["verdict"]) for test in result["tests"]]
        for student, result in results.items()
    }


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA here")
def test_without_a_gpu_one_line_says_so(tmp_path):
    done, results = grade("01_convolution", FIRST[:1], "cuda", tmp_path)
    assert done.returncode == 2
    assert not results
    (line,) = done.stderr.strip().splitlines()
    assert "no CUDA device" in line and "--device cpu" in line


@pytest.mark.gpu
@pytest.mark.slow
def test_the_grades_are_those_of_the_cpu(tmp_path):
    on = {device: grade("01_convolution", FIRST, device, tmp_path / device) for device in ("cpu", "cuda")}
    for done, results in on.values():
        assert done.returncode == 0, done.stdout + done.stderr
        assert {name: result["score"] for name, result in results.items()} == expected_scores("01_convolution", FIRST)
    assert summary(on["cuda"][1]) == summary(on["cpu"][1])
    for result in on["cuda"][1].values():
        assert result["extra_data"]["device"] == "cuda"
        assert result["extra_data"]["isolation"].startswith("B, CUDA")


@pytest.mark.gpu
@pytest.mark.slow
@pytest.mark.parametrize("seed", [101, 102])
def test_trained_models_stay_in_their_bands(tmp_path, seed):
    done, results = grade("05_cnn_vs_mlp", FIFTH, "cuda", tmp_path, seed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: result["score"] for name, result in results.items()} == expected_scores("05_cnn_vs_mlp", FIFTH)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ["01_convolution", "05_cnn_vs_mlp"])
def test_the_solution_gets_full_marks_under_the_policy_without_a_device(assignment):
    """All of the sandbox on CUDA but CUDA: its filter, limits and /proc do not stand in the way of work."""
    found = Assignment(assignment, COURSE)
    if probe().level not in "AB":
        pytest.skip("the sandbox does not start here; `convclass doctor` says why")
    with (
        Sandbox.start("cuda", gpu=Gpu()) as sandbox,
        sandbox.student(solution_module(found), f"{found.module}.py") as student,
    ):
        tests = Examiner(found).examine(student).tests
    assert [test.name for test in tests if test.score < test.points] == []
