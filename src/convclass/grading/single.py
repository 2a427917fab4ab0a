"""Grading one submission, for tools that bring their own class: nbgrader, otter-grader, Gradescope."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from convclass.course import Assignment
from convclass.exam.results import SubmissionResult
from convclass.exam.version import default_seed, exam_version
from convclass.grading.submissions import Submission, read_submission
from convclass.grading.worker import ExamFacts, GradingConfig, describe_exam, end_sandbox, grade_submission, not_graded
from convclass.sandbox.container import default_least

_NOTICES_CHANGES = 2.0
"""Seconds for which an exam is taken to be as it was: reading all its files costs as much as some submissions."""


@dataclass(slots=True)
class Grader:
    """Grades submissions of one assignment in this process, as `convclass grade` does, and keeps no gradebook.

    `seed` None takes the exam's own; `min_isolation` None is level B, or C inside a container. The exam is collected
    and the sandbox started (seconds) at the first submission; both stay for the next. Raises CourseError when either
    cannot be had.
    """

    assignment: Assignment
    device: str = "cpu"
    min_isolation: str | None = None
    seed: int | None = None
    _facts: ExamFacts | None = field(default=None, init=False, repr=False)
    _known: GradingConfig | None = field(default=None, init=False, repr=False)
    _known_until: float = field(default=0.0, init=False, repr=False)

    def grade(self, path: Path, student: str) -> SubmissionResult:
        """The result of one student's file or folder. Raises CourseError when there is neither."""
        return self.grade_read(read_submission(path, self.assignment, student))

    def grade_read(self, submission: Submission) -> SubmissionResult:
        """The result of a submission that was read already."""
        config = self._config()
        if self._facts is None:
            self._facts = describe_exam(config)
        if submission.problem:
            return not_graded(config, submission, self._facts)
        return grade_submission(config, submission)

    def close(self) -> None:
        """End the sandbox; the next submission starts another one."""
        if self._known is not None and self._facts is not None:
            end_sandbox(self._known)
        self._facts = None

    def _config(self) -> GradingConfig:
        """What is graded with; another one some seconds after the exam's files were changed."""
        if self._known is None or time.monotonic() > self._known_until:
            config = self._read()
            if config != self._known:
                self.close()
            self._known, self._known_until = config, time.monotonic() + _NOTICES_CHANGES
        return self._known

    def _read(self) -> GradingConfig:
        version = exam_version(self.assignment)
        seed = default_seed(version) if self.seed is None else self.seed
        least = self.min_isolation or default_least()
        return GradingConfig(self.assignment.course, self.assignment.name, version, seed, self.device, least)
