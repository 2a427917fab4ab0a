"""A course with one assignment, and an empty folder for submissions."""

from __future__ import annotations

from pathlib import Path

import pytest

from convclass.course import Assignment


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    found = Assignment("01_convolution", tmp_path / "course")
    for folder in (found.solution, found.autograder, found.released):
        folder.mkdir(parents=True)
    (found.autograder / "test_hidden.py").write_text("# the exam")
    (found.released / "README.md").write_text("# Convolution by hand\n")
    (found.released / "convolution.py").write_text("# the stub\n")
    (found.released / "test_public.py").write_text("# public tests\n")
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder
