"""The results.json that our autograder hands to Gradescope: what it documents and no more, and never too large.

https://gradescope-autograders.readthedocs.io: specs, troubleshooting. No leaderboard, and nothing as HTML or markdown.
"""

from __future__ import annotations

from typing import Any

from convclass.exam.results import SubmissionResult
from convclass.report.results_json import as_text, results_fields

LARGEST = 6_000_000  # bytes; Gradescope is said to take 6 MB
_LONGEST_OUTPUTS = (200_000, 20_000, 2_000, 200)  # characters, tried in this order
_CUT = "\n[cut here: {} more characters; Gradescope takes 6 MB in all]"
_PLAIN = {
    "output_format": "text",
    "test_output_format": "text",
    "test_name_format": "text",
    "visibility": "visible",
    "stdout_visibility": "hidden",
}


def gradescope_json(result: SubmissionResult, seconds: float) -> str:
    """The result for Gradescope; `seconds` is how long it took.

    A result that is not complete has no score, so that Gradescope keeps none: somebody has to grade again.
    """
    fields = results_fields(result) | _PLAIN | {"execution_time": round(seconds)}
    del fields["max_score"]  # of tests only, at Gradescope
    fields["output"] += f"\nGraded by ConvClass at isolation level {result.isolation}."
    if not result.complete:
        fields |= {"output": _no_grade("a part of it could not be graded")}
        del fields["score"], fields["tests"]
    return _bounded(fields)


def no_grade_json(reason: str, assignment: str) -> str:
    """What Gradescope gets when nothing could be graded: no score, and the reason in words for the student."""
    about = {"assignment": assignment, "complete": False}
    return as_text({"output": _no_grade(reason), **_PLAIN, "extra_data": about})


def _no_grade(reason: str) -> str:
    return (
        f"Not graded, by a mistake of ours and not yours: {reason}. This is not a 0. Please tell your instructor, "
        "who can read why and run the autograder again."
    )


def _bounded(fields: dict[str, Any]) -> str:
    """The fields as JSON of at most LARGEST bytes: outputs are cut, and say so, the longest first."""
    text = as_text(fields)
    for longest in _LONGEST_OUTPUTS:
        if len(text) <= LARGEST:
            return text
        shorter: dict[str, Any] = {"output": _cut(fields["output"], longest)}
        if "tests" in fields:
            shorter["tests"] = [test | {"output": _cut(test["output"], longest)} for test in fields["tests"]]
        text = as_text(fields | shorter)
    if len(text) > LARGEST:
        raise ValueError(f"results.json has {len(text)} bytes, whatever is cut; Gradescope takes {LARGEST}")
    return text


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + _CUT.format(len(text) - longest)
