"""The examiner: an exam collected once, taken by one student after another."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from convclass.course import Assignment, CourseError
from convclass.exam import collect, wording
from convclass.exam.collect import Test
from convclass.exam.judge import judge
from convclass.exam.key import AnswerKey, LiveKey
from convclass.exam.observation import chosen_places
from convclass.exam.results import TestResult
from convclass.exam.run import CaseInputs, SubmissionRun, unrun
from convclass.exam.version import default_seed, exam_version
from convclass.sandbox.reply import Student


@dataclass(frozen=True, slots=True)
class Examined:
    """What an exam found out about one student. `warnings` are for the instructor alone."""

    tests: tuple[TestResult, ...]
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Exam:
    """Tests and their key. `seed` and `device` say how hidden inputs are drawn, and where."""

    def __init__(self, tests: tuple[Test, ...], key: AnswerKey, *, seed: int = 0, device: str = "cpu") -> None:
        self.tests = tests
        self.key = key
        self.questions = collect.questions(tests)
        places = [(test.name, case.name) for test in tests for case in test.cases]
        self._chosen = chosen_places(tests, self.questions, seed)
        self._inputs = {place: CaseInputs(seed, "/".join(place), device) for place in places}

    def only(self, question: str) -> Exam:
        """The exam of one question."""
        return Exam(tuple(test for test in self.tests if test.mark.name == question), self.key)

    def examine(self, student: Student) -> Examined:
        """Run every test over one student's module and judge the whole."""
        loaded = student.loaded
        notices = wording.of_loaded(loaded)
        if loaded.error is not None:
            verdict, message = wording.of_load_error(loaded.error)
            results = tuple(unrun(t, self.questions[t.mark.name], verdict, message) for t in self.tests)
            return Examined(results, (message, *notices))
        submission = SubmissionRun(student, self.key, self.questions, self._inputs, self._chosen)
        runs = [submission.run(test) for test in self.tests]
        faults = tuple(f"could not be judged: {fault}" for run in runs for fault in run.faults)
        results = judge(runs, self.questions, submission.observed, loaded.calls, self.key)
        forbidden = dict.fromkeys(pattern for question in self.questions.values() for pattern in question.forbidden)
        return Examined(results, notices, (*faults, *wording.suspicious(loaded, forbidden)))


class Examiner:
    """The whole exam of an assignment: public and hidden tests over the reference and the misconceptions.

    `seed` None takes the exam's own. Raises CourseError when the exam cannot be collected.
    """

    def __init__(self, assignment: Assignment, *, device: str = "cpu", seed: int | None = None) -> None:
        prepare_torch(device)
        self.version = exam_version(assignment)
        self.seed = default_seed(self.version) if seed is None else seed
        self.device = device
        public = assignment.released / "test_public.py"
        tests = collect.public_tests(public) if public.is_file() else ()
        tests += collect.hidden_tests(assignment.autograder / "test_hidden.py")
        self.exam = Exam(tests, live_key(assignment.autograder), seed=self.seed, device=device)

    def examine(self, student: Student) -> Examined:
        """Run every test over one student's module and judge the whole."""
        return self.exam.examine(student)


def live_key(autograder: Path) -> LiveKey:
    """The key of an assignment; references of its own are in its reference.py, the others in convclass.reference."""
    return LiveKey(_reference(autograder), collect.variants(autograder / "misconceptions.py"))


def _reference(autograder: Path) -> Callable[[str], Callable[..., Any]]:
    own = autograder / "reference.py"
    modules = [collect.load_module(own, "convclass_own_reference")] if own.is_file() else []
    modules.append(import_module("convclass.reference"))

    def find(function: str) -> Callable[..., Any]:
        for module in modules:
            if (found := getattr(module, function, None)) is not None:
                return found  # type: ignore[no-any-return]
        raise CourseError(f"{own}: no reference for {function}; define it there")

    return find


def prepare_torch(device: str) -> None:
    """Settings that grades depend on: one thread, exact float32 on CUDA. Raises CourseError without the device."""
    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if device != "cpu":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            there = torch.cuda.is_available()
        if not there:
            raise CourseError(f"device {device}: torch finds no CUDA device here; use --device cpu")
