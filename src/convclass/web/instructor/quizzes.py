"""The quizzes of a class: what the attempts that count came to, and the item analysis."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from convclass.course import CourseError, find_assignment
from convclass.quiz.analysis import analyse
from convclass.quiz.analysis_page import sections
from convclass.quiz.bank import Bank, load
from convclass.quiz.scores import StudentScore
from convclass.quiz.scoring import score_quiz
from convclass.quiz.variants import reprint_from
from convclass.report.classpage import histogram
from convclass.report.classstats import bins_of
from convclass.web.instructor.classroom import Classroom, Row
from convclass.web.models import QuizAttempt


def counted(row: Row) -> QuizAttempt | None:
    """The attempt of a student that counts; None when none was handed in."""
    found = (one for one in row.attempts if isinstance(one, QuizAttempt) and one.number == row.standing.attempt)
    return next(found, None)


def scored(course: Path, assignment: str, attempt: QuizAttempt) -> StudentScore:
    """What the answers of an attempt are worth. Raises CourseError when its questions are no longer those of then."""
    return _scored(load(find_assignment(course, assignment)), attempt, "")


def analysis(
    course: Path, assignment: str, attempts: Iterable[QuizAttempt], labels: Mapping[int, str]
) -> dict[str, Any]:
    """The item analysis as HTML, over the attempts whose questions are still those of then; and who is left out."""
    bank = load(find_assignment(course, assignment))
    students, left_out = [], []
    for attempt in attempts:
        try:
            students.append(_scored(bank, attempt, labels[attempt.user_id]))
        except CourseError:
            left_out.append(labels[attempt.user_id])
    return {
        "students": len(students),
        "left_out": left_out,
        "sections": sections(analyse(students)) if students else "",
    }


def figures(room: Classroom) -> dict[str, Any] | None:
    """How the quiz went; None while nobody has handed it in."""
    shares = [row.share for row in room.rows if row.standing.score is not None]
    if not shares:
        return None
    return {
        "n": len(shares),
        "mean": statistics.fmean(shares),
        "median": statistics.median(shares),
        "lowest": min(shares),
        "highest": max(shares),
        "histogram": histogram(bins_of(shares)),
    }


def _scored(bank: Bank, attempt: QuizAttempt, student: str) -> StudentScore:
    quiz = reprint_from(bank, attempt.variant)
    return StudentScore(student, quiz, score_quiz(quiz, attempt.answers))
