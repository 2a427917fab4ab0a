"""The exam's calls, recorded once while the solution takes the exam."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.recorded_calls import Call

from convclass.course import Assignment
from convclass.exam.examiner import Examiner
from convclass.release.module import solution_module
from convclass.sandbox.local import LocalStudent
from convclass.sandbox.reply import Loaded, Raised, Reply, Returned

Calls = dict[str, list[Call]]


def record(assignment: Assignment, seed: int, folder: Path) -> Calls:
    """All calls of the exam, public and hidden, by the function called; raises ValueError unless it is passed."""
    path = folder / "solution.py"
    path.write_bytes(solution_module(assignment))
    recorder = Recorder(LocalStudent(path))
    examined = Examiner(assignment, seed=seed).examine(recorder)
    lost = [test.name for test in examined.tests if test.score < test.points]
    if lost:
        raise ValueError(f"the solution itself loses points in {', '.join(lost)}; `convclass verify` says why")
    return recorder.calls


class Recorder:
    """A Student that hands every call on to `student` and keeps it with its answer."""

    def __init__(self, student: LocalStudent) -> None:
        self._student = student
        self.calls: Calls = {}

    @property
    def loaded(self) -> Loaded:
        """What loading the student's module brought to light."""
        return self._student.loaded

    def call(self, function: str, arguments: tuple[Any, ...], keywords: dict[str, Any], **options: Any) -> Reply:
        """Call, and keep what a right answer to this call is."""
        reply = self._student.call(function, arguments, keywords, **options)
        if isinstance(reply, Raised):
            call = Call(function, arguments, keywords, raises=reply.kind)
        elif isinstance(reply, Returned):
            call = Call(function, arguments, keywords, expected=reply.value)
        else:
            raise ValueError(f"the solution neither returned nor raised in {function}: {reply}")
        self.calls.setdefault(function, []).append(call)
        return reply
