"""The otter plugin that grades: the submission runs in our sandbox, and nothing of it in the kernel of otter's tests.

otter executes a submission in the kernel that holds its tests, where a student's code can change either. The plugin
comes before that: it grades the file as `convclass grade` does, gives otter an empty notebook to execute, and writes
the scores into otter's results when otter is done.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from convclass.course import Assignment, CourseError
from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.grading.single import Grader
from convclass.otter.public import GRADED
from convclass.report.results_json import results_json
from convclass.report.summary import QuestionSummary, questions
from convclass.report.text import terminal

EXAM = "exam"
"""The folder of the autograder's files that holds the packed exam."""

_TESTS = "tests"
_KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Settings:
    """What the master notebook says below the plugin's name."""

    assignment: str
    min_isolation: str | None = None
    seed: int | None = None
    device: str = "cpu"


class SandboxedGrading:
    """An otter plugin, made by otter with the path of the submission and what otter_config.json says of the plugin.

    Whatever is missing, above all the sandbox, is a CourseError: `otter run` then ends with it and gives no score.
    """

    def __init__(self, submission_path: str, submission_metadata: Any, plugin_config: dict[str, Any]) -> None:
        self._submission = Path(submission_path)
        self._config = plugin_config
        self._result: SubmissionResult | None = None

    def before_grading(self, config: Any) -> None:
        """Grade the submission, before otter does anything with what was handed in."""
        settings = _settings(self._config)
        leave_only(self._submission)
        if self._submission.suffix == ".py":
            _refuse_shadowing(self._submission.stem)
        assignment = Assignment(settings.assignment, _exam(self._submission, settings))
        grader = Grader(assignment, settings.device, settings.min_isolation, settings.seed)
        with contextlib.closing(grader):
            self._result = grader.grade(self._submission, "submission")

    def before_execution(self, submission: Any) -> Any:
        """The notebook that otter's kernel executes in place of the student's: it says that there is none."""
        self._graded()
        from nbformat.v4 import new_code_cell, new_notebook

        return new_notebook(cells=[new_code_cell(f"{GRADED} = True")], metadata=_KERNEL)

    def after_grading(self, results: Any) -> None:
        """Replace what otter's tests found, which is nothing, with our results."""
        result = self._graded()
        write_scores(result, results)

    def generate_report(self) -> str:
        """What is for the instructor alone; otter prints it, and shows it to no student by default."""
        result = self._graded()
        lines = [
            f"{result.score:g} of {result.max_score:g} points, in the sandbox at isolation {result.isolation}",
            f"exam {result.exam_version}, submission {result.submission_sha256}",
            "" if result.complete else "NOT COMPLETE: grade it again",
            *result.warnings,
        ]
        return "\n".join(terminal(line) for line in lines if line)

    def _graded(self) -> SubmissionResult:
        if self._result is None:
            raise CourseError("the submission was not graded before otter executed it; otter-grader 7 does that")
        return self._result


def leave_only(submission: Path) -> None:
    """Delete what else was handed in: the log, which otter would unpickle, and modules, which its kernel would import.

    otter's tests, copied there from the autograder, stay.
    """
    for path in submission.parent.iterdir():
        if path.name in (submission.name, _TESTS):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_scores(result: SubmissionResult, results: Any) -> None:
    """Our result as the content of otter's GradingResults: a test file per question, a test case per test.

    Scores are ours, times what the master notebook makes of a question's points. Raises CourseError when otter's tests
    are not those of the exam.
    """
    output = json.loads(results_json(result))
    told = {test.name: shown["output"] for test, shown in zip(result.tests, output["tests"], strict=True)}
    ours = {question.name: question for question in questions(result.tests)}
    if ours.keys() != results.results.keys():
        reason = results.catastrophic_error or f"its tests are {', '.join(results.results)}"
        raise CourseError(f"otter did not run the tests of this exam ({', '.join(ours)}): {reason}")
    for name, question in ours.items():
        _write_question(question, results.results[name], told)
    results.set_output(terminal(output["output"]))


def _write_question(question: QuestionSummary, file: Any, told: dict[str, str]) -> None:
    scale = _scale(file.possible, question.points)
    hinted = next((test for test in question.tests if test.verdict is not Verdict.PASSED), None)
    found = [_case(test, scale, told[test.name], test is hinted) for test in question.tests]
    file.test_cases = [one.test_case for one in found]
    file.test_case_results = found
    if all(one.passed for one in found):
        return  # otter adds the points up itself, in the order in which it adds up what is possible
    earned = question.score * scale
    if file.all_or_nothing:
        earned = file.possible if earned > file.possible - _SAME else 0.0
    file.update_score(earned)


def _case(test: TestResult, scale: float, told: str, hinted: bool) -> Any:
    from otter.test_files.abstract_test import TestCase, TestCaseResult

    hints = () if hinted else {f"Hint: {hint}" for hint in test.hints}  # they are the same for the whole question
    told = "\n".join(line for line in told.split("\n") if line not in hints)
    passed = test.verdict is Verdict.PASSED
    sign = {Verdict.PASSED: "✅", Verdict.INTERNAL: "❔"}.get(test.verdict, "❌")
    case = TestCase(test.title, "", not test.public, test.points * scale, None, None)
    return TestCaseResult(case, f"{sign} {terminal(told)}", passed)


def _scale(theirs: float, ours: float) -> float:
    """What one of our points is worth in a master notebook whose author changed a question's points."""
    if ours == 0 or abs(theirs - ours) < _SAME:
        return 1.0
    return theirs / ours


def _settings(config: dict[str, Any]) -> Settings:
    try:
        return Settings(**config)
    except TypeError:
        known = ", ".join(Settings.__slots__)
        raise CourseError(
            f"otter_config.json: {SandboxedGrading.__name__} has the settings {', '.join(config) or 'none'}; "
            f"it needs assignment, and knows {known}"
        ) from None


def _exam(submission: Path, settings: Settings) -> Path:
    """The packed exam, from where the autograder was unpacked to: its copy beside the submission may be replaced."""
    folder = submission.parent.parent / "source" / "files" / EXAM
    if not (folder / "autograder" / settings.assignment).is_dir():
        raise CourseError(
            f"{folder}: holds no exam of {settings.assignment}; make the autograder with `otter assign` from the "
            "folder that `convclass release --to otter` writes"
        )
    return folder


def _refuse_shadowing(stem: str) -> None:
    # otter's kernel looks for modules beside the submission first
    if stem.isidentifier() and find_spec(stem) is not None:
        raise CourseError(f"{stem}.py: has the name of an installed module, which otter would import; rename the file")
