"""The check cells of an assignment's notebook: `check("conv2d")` tests the function as it stands in the notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convclass.course import CourseError

if TYPE_CHECKING:
    from convclass.exam.results import TestResult


@dataclass(frozen=True)
class Outcome:
    """The public tests of one question, as Jupyter shows them: rich in a notebook, text elsewhere."""

    tests: tuple[TestResult, ...]

    def _repr_html_(self) -> str:
        from convclass.report import notebook_html

        return notebook_html(self.tests, ())

    def __repr__(self) -> str:
        return "\n".join(f"{test.question}: {test.verdict.words}. {test.message}".rstrip() for test in self.tests)


def check(question: str, namespace: dict[str, Any] | None = None, folder: Path = Path()) -> Outcome:
    """Run the public tests of `question` on the functions of the notebook.

    `namespace` is where the functions are (the notebook's own by default), `folder` where test_public.py is. Raises
    CourseError when there is no such question.
    """
    from convclass.exam.stored_key import public_exam
    from convclass.sandbox.local import NamespaceStudent

    exam = public_exam(folder)
    if question not in exam.questions:
        raise CourseError(f"there is no question {question!r}; there are: {', '.join(exam.questions)}")
    student = NamespaceStudent(_notebook_names() if namespace is None else namespace)
    return Outcome(exam.only(question).examine(student).tests)


def _notebook_names() -> dict[str, Any]:
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise CourseError("check(...) without a namespace works in a notebook only")
    return dict(shell.user_ns)
