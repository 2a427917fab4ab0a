"""A grader for one submission after the other, as other tools and the LTI tool use it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from convclass.course import Assignment
from convclass.grading import single, worker

RIGHT = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"


def test_an_exam_that_changes_is_noticed_and_the_old_sandbox_ended(
    tiny_course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "scaling.py"
    file.write_text(RIGHT)
    exam = tiny_course / "autograder/06_scaling/test_hidden.py"
    with closing(single.Grader(Assignment("06_scaling", tiny_course), min_isolation="D")) as grader:
        before = grader.grade(file, "ada")
        sandbox = worker._sandbox(grader._config())
        exam.write_text(exam.read_text() + "\n# changed\n")
        assert grader.grade(file, "ada").exam_version == before.exam_version  # within the seconds in which nobody looks
        monkeypatch.setattr(grader, "_known_until", 0.0)
        after = grader.grade(file, "ada")
        assert after.exam_version != before.exam_version and after.score == before.score == 7
        assert sandbox.keeper.process.poll() is not None
        assert worker._sandbox.cache_info().currsize == 1
