"""What SQLite takes: results into a gradebook, and attempts through the tool's queue with nothing graded between."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from bench.figures import DatabaseCosts
from bench.measure import say
from bench.students import programmes

from convclass.course import Assignment
from convclass.exam.examiner import Examiner
from convclass.exam.results import SubmissionResult
from convclass.exam.version import exam_version
from convclass.gradebook import Gradebook
from convclass.sandbox.local import LocalStudent
from convclass.web import queue
from convclass.web.database import Database
from convclass.web.grader import AttemptGrader
from convclass.web.models import Context, Deployment, Link, Platform, User, Work

SEED = 20


def measure(assignment: Assignment, folder: Path, number: int) -> DatabaseCosts:
    """`number` results of a partly wrong submission, each in a transaction of its own."""
    result, source = _a_result(assignment, folder)
    commits = _commits(result, folder / "gradebook.db", number)
    handed_in, graded, size = _attempts(assignment, result, source, folder / "tool.db", number)
    say(f"per second: {commits:.0f} commits, {handed_in:.0f} handed in, {graded:.0f} taken, stored and scored")
    return DatabaseCosts(commits, handed_in, graded, size)


def _a_result(assignment: Assignment, folder: Path) -> tuple[SubmissionResult, bytes]:
    """A result of the usual size, made in this process of our own wrong programme, and its source."""
    wrong = next(programme for programme in programmes(assignment, folder) if not programme.right)
    path = folder / f"{assignment.module}.py"
    path.write_text(wrong.source)
    examined = Examiner(assignment, seed=SEED).examine(LocalStudent(path))
    version = exam_version(assignment)
    result = SubmissionResult(assignment.name, "student", "0" * 64, version, "A", "cpu", examined.tests)
    return result, path.read_bytes()


def _commits(result: SubmissionResult, path: Path, number: int) -> float:
    students = [replace(result, student=f"student{turn:06}") for turn in range(number)]
    with Gradebook(path) as gradebook:
        start = time.perf_counter()
        for student in students:
            gradebook.commit(student, seed=SEED)
        return number / (time.perf_counter() - start)


def _attempts(
    assignment: Assignment, result: SubmissionResult, source: bytes, path: Path, number: int
) -> tuple[float, float, float]:
    database = Database(str(path))
    link, users = _people(database, assignment, number)
    start = time.perf_counter()
    for user in users:
        with database.writing() as session:
            found = session.get_one(Link, link), session.get_one(User, user)
            queue.hand_in(session, *found, f"{assignment.module}.py", source)
    handed_in = number / (time.perf_counter() - start)
    grader = AttemptGrader(database, lambda *_: result)
    start = time.perf_counter()
    while grader.step():
        pass
    graded = number / (time.perf_counter() - start)
    database.close()
    return handed_in, graded, path.stat().st_size / number


def _people(database: Database, assignment: Assignment, number: int) -> tuple[int, list[int]]:
    url = "https://lms.test"
    platform = Platform(
        name="Bench", issuer=url, client_id="bench", authorization_url=url, token_url=url, jwks_url=url
    )  # fmt: skip
    with database.writing() as session:
        context = Context(deployment=Deployment(deployment_id="1", platform=platform), lti_id="course")
        link = Link(context=context, lti_id="link", work=Work.ASSIGNMENT, assignment=assignment.name)
        session.add(link)
        session.flush()
        users = [User(platform_id=platform.id, sub=f"student{turn}") for turn in range(number)]
        session.add_all(users)
        session.flush()
        return link.id, [user.id for user in users]
