"""The stored answers of the public cases, with which a student's check can name mistakes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from convclass.course import Assignment


def public_answers(assignment: Assignment, tests: str) -> str:
    """The text of public_answers.json for the public tests `tests`."""
    from convclass.exam.stored_key import stored_answers

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "test_public.py"
        file.write_text(tests, encoding="utf-8")
        return stored_answers(file, assignment.autograder)
