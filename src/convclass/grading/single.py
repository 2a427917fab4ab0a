"""Grading one submission, for tools that bring their own class: nbgrader, otter-grader, Gradescope."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from convclass.course import Assignment
from convclass.exam.results import SubmissionResult
from convclass.exam.version import default_seed, exam_version
from convclass.grading.submissions import Submission, read_submission
from convclass.grading.worker import ExamFacts, GradingConfig, describe_exam, end_sandbox, grade_submission, not_graded
from convclass.sandbox.container import default_least


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
        if self._facts is not None:
            end_sandbox(self._config())
        self._facts = None

    def _config(self) -> GradingConfig:
        version = exam_version(self.assignment)
        seed = default_seed(version) if self.seed is None else self.seed
        least = self.min_isolation or default_least()
        return GradingConfig(self.assignment.course, self.assignment.name, version, seed, self.device, least)
