"""Our side of the bench: `convclass grade` over a class, and the floor under it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Usage, run
from bench.peers import Graded, Venv
from bench.students import Programme
from nbformat.v4 import new_code_cell, new_notebook, writes

from convclass.course import Assignment


class ConvClass:
    """`convclass grade`: one command for the whole class, with every layer of the sandbox this machine has."""

    name = "convclass grade"

    def __init__(self, venv: Venv, assignment: Assignment, seed: int, folder: Path) -> None:
        self._venv, self._assignment, self._seed = venv, assignment, seed
        self._environment = venv.environment(folder / "home")

    def grade(self, programmes: Sequence[Programme], folder: Path) -> Graded:
        """Grade the class with one command; every second submission is a notebook."""
        handed_in, out = folder / "submissions", folder / "out"
        for number, programme in enumerate(programmes):
            _hand_in(programme, handed_in / programme.name, notebook=number % 2 == 1)
        words = [self._venv / "convclass", "grade", self._assignment.name, handed_in, "--out", out]
        options = ["--seed", str(self._seed), "--jobs", "1", "--no-progress"]
        usage, _ = run([*words, *options], folder=self._assignment.course, environment=self._environment)
        results = {programme.name: self._result(out, programme) for programme in programmes}
        return Graded(usage, len(programmes), results)

    def _result(self, out: Path, programme: Programme) -> bool:
        result = json.loads((out / "results" / f"{programme.name}.json").read_text())
        return bool(result["score"] == result["max_score"] > 0 and result["extra_data"]["complete"])


class Floor:
    """The same calls in one warm process without a sandbox; its start-up is not counted."""

    name = "the floor"

    def __init__(self, venv: Venv, calls: Path, folder: Path) -> None:
        self._python, self._calls = venv / "python", calls
        tests = str(Path(__file__).resolve().parent.parent)
        self._environment = venv.environment(folder / "home") | {"PYTHONPATH": tests}

    def grade(self, programmes: Sequence[Programme], folder: Path) -> Graded:
        """Run all programmes in one process. Nothing is judged, so nobody's marks are told."""
        folder.mkdir(parents=True)
        for programme in programmes:
            (folder / f"{programme.name}.py").write_text(programme.source)
        command = [self._python, "-m", "bench.floor", self._calls, *sorted(folder.glob("*.py"))]
        _, done = run(command, folder=folder, environment=self._environment)
        return Graded(Usage(**json.loads(done.stdout)), len(programmes), {})


def _hand_in(programme: Programme, folder: Path, *, notebook: bool) -> None:
    folder.mkdir(parents=True)
    if notebook:
        text = writes(new_notebook(cells=[new_code_cell(programme.source)]))
        (folder / "convolution.ipynb").write_text(text)
    else:
        (folder / "convolution.py").write_text(programme.source)
