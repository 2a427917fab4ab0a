"""What an assignment's notebook calls: `check("conv2d")` for the student, `score("conv2d")` for the instructor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convclass.course import CourseError
from convclass.nbgrader_course import EXAMS

if TYPE_CHECKING:
    from convclass.exam.results import TestResult

_WIDTH = 80


@dataclass(frozen=True)
class Outcome:
    """The public tests of one question, as Jupyter shows them: rich in a notebook, text elsewhere."""

    tests: tuple[TestResult, ...]

    def _repr_html_(self) -> str:
        from convclass.report.feedback import notebook_html

        return notebook_html(self.tests, ())

    def __repr__(self) -> str:
        return "\n".join(f"{test.question}: {test.verdict.words}. {test.message}".rstrip() for test in self.tests)


class NotRight(AssertionError):  # noqa: N818 - it tells of the student's work, it is no error of ours
    """A check that is not right, where only an exception says so; IPython shows it in as many lines as it needs."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def check(question: str, namespace: dict[str, Any] | None = None, folder: Path = Path()) -> Outcome | None:
    """Run the public tests of `question` on the functions of the notebook.

    `namespace` is where the functions are (the notebook's own by default), `folder` where test_public.py is. Raises
    CourseError when there is no such question. Under `nbgrader validate`, which takes a cell's value for points, it
    has none, and raises NotRight when a test does not pass.
    """
    from convclass.exam.verdict import Verdict

    outcome = outcome_of(question, _notebook_names() if namespace is None else namespace, folder)
    if "NBGRADER_VALIDATING" not in os.environ:
        return outcome
    if any(test.verdict is not Verdict.PASSED for test in outcome.tests):
        raise NotRight(_told(outcome))
    return None


def outcome_of(question: str, names: dict[str, Any], folder: Path) -> Outcome:
    """What the public tests of `question` in `folder` say of the functions in `names`; errors are those of `check`."""
    from convclass.exam.stored_key import public_exam
    from convclass.sandbox.local import NamespaceStudent

    exam = public_exam(folder)
    if question not in exam.questions:
        raise CourseError(f"there is no question {question!r}; there are: {', '.join(exam.questions)}")
    return Outcome(exam.only(question).examine(NamespaceStudent(names)).tests)


def score(question: str, folder: Path = Path()) -> float:
    """The points that the notebook in `folder` earns for `question` in the hidden tests, for an instructor.

    The notebook is graded as it was saved last, in a process of its own, so that this one never holds an answer. Raises
    CourseError where there is no exam.
    """
    folder = folder.resolve()
    exams = next((above / EXAMS for above in folder.parents if (above / EXAMS / "autograder").is_dir()), None)
    if exams is None:
        raise CourseError(f"{folder}: not in an nbgrader course made by `convclass release`; only there is an exam")
    notebook = folder / f"{folder.name.partition('_')[2]}.ipynb"
    if not notebook.is_file():
        raise CourseError(f"{notebook}: no such file; the notebook must keep its name and its folder")
    scores = _scores(exams, folder.name, notebook, notebook.stat().st_mtime_ns)
    if question not in scores:
        raise CourseError(f"there is no question {question!r}; there are: {', '.join(scores)}")
    return scores[question]


@lru_cache(maxsize=1)
def _scores(exams: Path, assignment: str, notebook: Path, saved: int) -> dict[str, float]:
    """The points of every question, graded once for each time (`saved`) that the notebook was written."""
    command = [sys.executable, "-m", "convclass.grading.scores", str(exams), assignment, str(notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CourseError(done.stderr.strip() or f"{notebook}: could not be graded")
    scores: dict[str, float] = json.loads(done.stdout)
    return scores


def _told(outcome: Outcome) -> str:
    """The diagnosis in lines that `nbgrader validate` does not cut off."""
    from convclass.report.cells import question_text
    from convclass.report.summary import questions

    lines = (line for summary in questions(outcome.tests) for line in question_text(summary).splitlines())
    return "\n".join(textwrap.fill(line, _WIDTH, subsequent_indent="  ") for line in lines)


def _notebook_names() -> dict[str, Any]:
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise CourseError("check(...) without a namespace works in a notebook only")
    return dict(shell.user_ns)
