"""Grading a class: every submission once, each result committed as it comes, then the files that people read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from convclass.course import Assignment, CourseError
from convclass.exam.results import SubmissionResult
from convclass.exam.version import default_seed, exam_version
from convclass.gradebook import Gradebook, GradeKey
from convclass.grading.output import write_class
from convclass.grading.pool import Work, WorkerPool
from convclass.grading.submissions import Reference, Submission, find_submissions
from convclass.grading.worker import GradingConfig, not_graded
from convclass.sandbox.container import default_least

GRADEBOOK = "gradebook.db"
OnProgress = Callable[[int, int, str], None]


def _untold(done: int, total: int, student: str) -> None:
    """Progress that nobody wants to see."""


@dataclass(frozen=True, slots=True)
class ClassRun:
    """What one run came to: the results of the whole class, and how many of them this run graded.

    `problems` are students whose submission could not be graded as it is, with the reason; `left_out` are names in
    SUBMISSIONS that belong to nobody.
    """

    results: tuple[SubmissionResult, ...]
    graded: int
    kept: int
    problems: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """False when any result is still to be graded again."""
        return all(result.complete for result in self.results)


def grade_class(
    assignment: Assignment,
    submissions: Path,
    out: Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    device: str = "cpu",
    min_isolation: str | None = None,
    regrade: bool = False,
    seed: int | None = None,
    gradebook: str | None = None,
    on_progress: OnProgress = _untold,
    on_page: OnProgress = _untold,
    work: Work | None = None,
) -> ClassRun:
    """Grade every submission in `submissions` that the gradebook does not hold yet, and write the class into `out`.

    What was graded completely by the same exam with the same seed on the same device is kept, unless `regrade`.
    `seed` None takes the exam's own; `min_isolation` None is level B, or C inside a container; `gradebook` is a file
    or URL, None the one in `out`. It runs in `jobs` processes of this machine (None: one), or on the Dask cluster at
    the address `cluster` with twice `jobs` submissions on their way (None: twice as many as it has workers). Raises
    CourseError for bad input. Interrupted at any moment, the next call goes on with what is missing. `on_progress`
    hears of every result, `on_page` of every feedback page afterwards.
    """
    found = find_submissions(submissions, assignment)
    _prepare(out, submissions)
    version = exam_version(assignment)
    seed = default_seed(version) if seed is None else seed
    config = GradingConfig(assignment.course, assignment.name, version, seed, device, min_isolation or default_least())
    with Gradebook(gradebook or out / GRADEBOOK) as book, _pool(config, jobs, cluster, work or Work()) as pool:
        group = _Class(config, book, pool, found.references, regrade, on_progress, on_page)
        group.grade()
        pool.release()
        results = write_class(out, group.keys, group.results(), assignment_title(assignment))
    return ClassRun(results, group.graded, group.kept, tuple(group.problems), found.left_out)


def _pool(config: GradingConfig, jobs: int | None, cluster: str | None, work: Work) -> WorkerPool:
    if cluster is None:
        return WorkerPool(config, jobs or 1, work)
    from convclass.grading.cluster import Cluster

    there = Cluster(cluster, Assignment(config.assignment, config.course), config.device)
    return WorkerPool(config, jobs or 1, there.work(work), there.executor, working=None if jobs else there.working)


@dataclass(slots=True)
class _Class:
    """One run under way."""

    config: GradingConfig
    gradebook: Gradebook
    pool: WorkerPool
    references: tuple[Reference, ...]
    regrade: bool
    on_progress: OnProgress
    on_page: OnProgress
    keys: dict[str, GradeKey] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    graded: int = 0
    kept: int = 0

    def grade(self) -> None:
        for submission, result in self.pool.grade(self._to_grade()):
            self._commit(submission, result)

    def results(self) -> Iterator[SubmissionResult]:
        for done, (student, key) in enumerate(sorted(self.keys.items()), start=1):
            kept = self.gradebook.graded(key)
            assert kept is not None, f"{student} was graded and is not in the gradebook"
            yield kept.result
            self.on_page(done, len(self.keys), student)

    def _to_grade(self) -> Iterator[Submission]:
        for reference in self.references:
            submission = reference.read()
            self.keys[submission.student] = self._key(submission)
            if submission.problem:
                self.problems.append((submission.student, submission.problem))
                self._commit(submission, not_graded(self.config, submission, self.pool.facts))
            elif self.regrade or not self._is_graded(submission):
                _ = self.pool.facts  # an exam or a sandbox that cannot start ends the run here, once for all
                yield submission
            else:
                self.kept += 1
                self._progress(submission.student)

    def _key(self, submission: Submission) -> GradeKey:
        about = self.config
        return GradeKey(
            assignment=about.assignment,
            student=submission.student,
            submission_sha256=submission.sha256,
            exam_version=about.exam_version,
            seed=about.seed,
            device=about.device,
        )

    def _is_graded(self, submission: Submission) -> bool:
        kept = self.gradebook.graded(self.keys[submission.student])
        if kept is None or not kept.result.complete or kept.handed_in != _handed_in(submission):
            return False
        return kept.result.isolation[:1] <= self.config.min_isolation[:1]  # A is the strongest

    def _commit(self, submission: Submission, result: SubmissionResult) -> None:
        self.gradebook.commit(result, seed=self.config.seed, handed_in=_handed_in(submission))
        self.graded += 1
        self._progress(submission.student)

    def _progress(self, student: str) -> None:
        self.on_progress(self.graded + self.kept, len(self.references), student)


def assignment_title(assignment: Assignment) -> str:
    """What the assignment is called on a page: the first heading of its handout, or its name in words."""
    handout = assignment.released / "README.md"
    if handout.is_file():
        for line in handout.read_text("utf-8").splitlines():
            if line.startswith("# "):
                return line[2:].strip()
    return assignment.module.replace("_", " ").capitalize()


def _handed_in(submission: Submission) -> str:
    """A hash over what a result says besides the bytes, so that a new notice is not answered with an old result."""
    return hashlib.sha256("\0".join((submission.filename, *submission.lines)).encode()).hexdigest()


def _prepare(out: Path, submissions: Path) -> None:
    if out.resolve().is_relative_to(submissions.resolve()):
        raise CourseError(f"{out}: lies inside {submissions}; give a folder elsewhere with --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(f"{out}: cannot be written ({error.strerror}); give another folder with --out") from None
