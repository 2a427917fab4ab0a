"""The stored answers of the public cases, with which a student's check can name mistakes."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from convclass.course import Assignment


def public_answers(assignment: Assignment, tests: str) -> str:
    """The text of public_answers.json for the public tests `tests`.

    They are computed from a fresh copy of the tests, so that they never come from a released folder that is stale.
    """
    from convclass.exam.stored_key import stored_answers

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "test_public.py"
        path.write_text(tests, encoding="utf-8")
        warnings.simplefilter("ignore")  # what a misconception makes torch say is not for whoever releases
        return stored_answers(path, assignment.autograder)
