"""Gradescope's results.json for one submission: the fields of Gradescope, and ours under `extra_data`."""

from __future__ import annotations

import json
from typing import Any

from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict

_MOST_MESSAGES = 5


def results_json(result: SubmissionResult) -> str:
    """The result as Gradescope's results.json. Warnings, which are for the instructor alone, are not in it."""
    return as_text(results_fields(result))


def as_text(fields: dict[str, Any]) -> str:
    """The fields as JSON in ASCII."""
    return json.dumps(fields, ensure_ascii=True, allow_nan=False) + "\n"  # indented it costs five times as much


def results_fields(result: SubmissionResult) -> dict[str, Any]:
    """What results.json says, as data."""
    return {
        "score": result.score,
        "max_score": result.max_score,
        "output": _overall(result),
        "visibility": "visible",
        "tests": [_test(test) for test in result.tests],
        "extra_data": {
            "assignment": result.assignment,
            "student": result.student,
            "submission_sha256": result.submission_sha256,
            "exam_version": result.exam_version,
            "isolation": result.isolation,
            "device": result.device,
            "complete": result.complete,
        },
    }


def _test(test: TestResult) -> dict[str, Any]:
    return {
        "name": f"{test.question}: {test.title}",
        "score": round(test.score, 4),
        "max_score": test.points,
        "status": "passed" if test.verdict is Verdict.PASSED else "failed",
        "output": _output(test),
        "visibility": "visible",
        "tags": [test.question, "public" if test.public else "hidden"],
        "extra_data": {
            "question": test.question,
            "verdict": test.verdict.value,
            "misconception": test.mistake.name if test.mistake else None,
        },
    }


def _overall(result: SubmissionResult) -> str:
    lines = [f"{result.score:g} of {result.max_score:g} points"]
    if not result.complete:
        lines.append(
            "Not complete: a part could not be graded, by our mistake. It costs no points and is graded again."
        )
    return "\n".join([*lines, *result.notices])


def _output(test: TestResult) -> str:
    lines = [test.verdict.words, test.message]
    if test.mistake:
        lines.append(f"{test.mistake.name}: {test.mistake.sentence}")
    notes = dict.fromkeys(note for case in test.cases for note in case.notes)
    lines += [f"Note: {note}" for note in list(notes)[:_MOST_MESSAGES]]
    if test.verdict is not Verdict.PASSED:
        told = [f"{case.name}: {case.message}" for case in test.cases if case.message and case.message != test.message]
        lines += told[:_MOST_MESSAGES]
        lines += [f"Hint: {hint}" for hint in test.hints]
    return "\n".join(line for line in lines if line)
