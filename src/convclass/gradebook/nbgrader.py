"""Our results in an nbgrader gradebook, through nbgrader's own API; one transaction for a whole class."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DatabaseError, SAWarning
from sqlalchemy.orm import scoped_session, sessionmaker

from convclass.course import CourseError
from convclass.exam.results import SubmissionResult
from convclass.nbgrader_course import answer_cell, check_cell, question_of
from convclass.report.comment import comment
from convclass.report.summary import QuestionSummary, questions


@dataclass(frozen=True, slots=True)
class Written:
    """How many students' scores were written, and who of them was added to the gradebook."""

    students: int
    added: tuple[str, ...]


def write_scores(database: Path, results: Iterable[SubmissionResult], *, add_students: bool = False) -> Written:
    """Write scores and comments of one assignment's `results` into the nbgrader gradebook `database`.

    Scores that a person gave stay in force, as after `nbgrader autograde`. Raises CourseError, and writes nothing, when
    there is no such gradebook, when it does not hold the assignment as it was graded, or, unless `add_students`, when
    it does not know a student.
    """
    with _opened(database) as gradebook:
        before = {student.id for student in gradebook.students}
        written: list[str] = []
        for result in results:
            notebook = _notebook(gradebook, database, result)
            if result.student not in before and add_students:
                gradebook.add_student(result.student)
            if result.student in before or add_students:
                _write(gradebook, result, notebook)
            written.append(result.student)
        unknown = tuple(student for student in written if student not in before)
        if unknown and not add_students:
            raise CourseError(
                f"{database}: does not know {', '.join(unknown)}; nothing was written. Mend the names, or add these "
                "students with --add-students"
            )
    return Written(len(written), unknown)


def _write(gradebook: Any, result: SubmissionResult, notebook: str) -> None:
    by_name = {question.name: question for question in questions(result.tests)}
    submission = gradebook.update_or_create_submission(result.assignment, result.student)
    submitted = next(one for one in submission.notebooks if one.name == notebook)
    for grade in submitted.grades:
        if question := by_name.get(question_of(grade.name)):
            grade.auto_score = score_of(question)
            grade.needs_manual_grade = grade.manual_score is not None or not question.complete
    write_comments(submitted, by_name.values())


def score_of(question: QuestionSummary) -> float:
    """The points of a question as nbgrader takes them: a float, never beyond the question's points by rounding."""
    return min(max(float(question.score), 0.0), float(question.points))


def write_comments(submitted: Any, summaries: Iterable[QuestionSummary]) -> None:
    """Comment on the answers of a submitted notebook of an nbgrader gradebook."""
    by_cell = {answer_cell(question.name): question for question in summaries}
    for remark in submitted.comments:
        if remark.name in by_cell:
            remark.auto_comment = comment(by_cell[remark.name]) or None


def _notebook(gradebook: Any, database: Path, result: SubmissionResult) -> str:
    """The name of the assignment's notebook, whose check cells must be those of the questions of `result`."""
    from nbgrader.api import MissingEntry

    name = result.assignment.partition("_")[2]
    try:
        notebook = gradebook.find_notebook(name, result.assignment)
    except MissingEntry:
        raise CourseError(
            f"{database}: has no assignment {result.assignment} with a notebook {name}; make both with "
            "`convclass release --to nbgrader` and `nbgrader generate_assignment`"
        ) from None
    there = {cell.name: cell.max_score for cell in notebook.grade_cells if question_of(cell.name)}
    wanted = {check_cell(question.name): question.points for question in questions(result.tests)}
    if there != wanted:
        differ = ", ".join(sorted(cell for cell, _ in there.items() ^ wanted.items()))
        raise CourseError(
            f"{database}: {result.assignment} was graded by another exam (questions or points of {differ} differ); run "
            "`convclass release --to nbgrader` and `nbgrader generate_assignment` again"
        )
    return name


@contextmanager
def _opened(database: Path) -> Iterator[Any]:
    """The gradebook, with all that is written inside the block in one transaction."""
    _demand_gradebook(database)
    from nbgrader.api import Gradebook

    try:
        gradebook = Gradebook(f"sqlite:///{database}", "")
        with warnings.catch_warnings(), gradebook, gradebook.engine.connect() as connection, connection.begin():
            warnings.simplefilter("ignore", SAWarning)  # of how nbgrader makes a submission
            # nbgrader commits at every step; its session is given a connection whose transaction it cannot end.
            gradebook.db.remove()
            gradebook.db = scoped_session(sessionmaker(connection, join_transaction_mode="rollback_only"))
            yield gradebook
            gradebook.db.commit()
    except DatabaseError as error:
        raise CourseError(f"{database}: cannot be written ({error.orig or error}); nothing was written") from None


def _demand_gradebook(database: Path) -> None:
    """Refuse what is no nbgrader gradebook; nbgrader itself would make one of any file or name."""
    try:
        is_one = database.is_file() and inspect(create_engine(f"sqlite:///{database}")).has_table("submitted_notebook")
    except DatabaseError:
        is_one = False
    if not is_one:
        raise CourseError(
            f"{database}: no nbgrader gradebook; name the gradebook.db of your nbgrader course, which "
            "`nbgrader generate_assignment` makes"
        )
