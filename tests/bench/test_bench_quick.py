"""The parts run, from the command line to the JSON; their figures mean nothing here."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench import check_costs, made, quiz_costs
from bench.__main__ import measured
from bench.figures import load

ROOT = Path(__file__).parents[2]


def bench(*words):
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)


@pytest.mark.slow
def test_quick_parts(tmp_path):
    done = bench("--quick", "--only", "check,scaling,quiz,database", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    results = load(tmp_path / "bench.json")
    assert results.quick
    assert results.missing() == ["peers", "sandbox", "web"]
    assert results.scaling.distinct.distinct_answers
    assert [(run.course, run.students) for run in results.scaling.sizes] == [("01_convolution", 3), ("06_scaling", 4)]
    assert min(run.disk.total_bytes for run in results.scaling.sizes) > 1000
    assert len(results.quiz.exports_per_second) == 11
    assert "figures mean nothing" in (tmp_path / "bench.md").read_text()
    assert (tmp_path / "bench.svg").stat().st_size > 1000


def test_a_part_that_cannot_run_is_told_and_the_next_is_run(tmp_path):
    done = bench("--quick", "--only", "peers,quiz", "--peers", str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    results = load(tmp_path / "out/bench.json")
    assert "otter is not installed there; `make bench` does that" in results.problems[0]
    assert results.peers is None
    assert results.quiz is not None


def test_a_mistake_of_the_bench_costs_its_part_only(tmp_path, monkeypatch):
    def broken(assignment, seconds):
        raise ZeroDivisionError("no time")

    monkeypatch.setattr(quiz_costs, "measure", broken)
    monkeypatch.setattr(check_costs, "measure", lambda *_: made.results().check)
    wanted = argparse.Namespace(quick=True, only=["check", "quiz"], peers=tmp_path)
    results = measured(wanted, tmp_path)
    assert results.problems == ["quiz: ZeroDivisionError('no time')"]
    assert results.check == made.results().check


def test_an_unknown_part_is_told(tmp_path):
    done = bench("--only", "peer", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "peer: no such part; there are peers, sandbox" in done.stderr
