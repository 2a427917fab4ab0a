"""The scores of a class: as CSV that no spreadsheet runs, and as JSON. Pure functions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from convclass.quiz.models import Quiz
from convclass.quiz.scoring import Scored
from convclass.report.text import csv_cell


@dataclass(frozen=True, slots=True)
class StudentScore:
    """What a student got, question by question; `unknown` are answers to what the quiz does not ask."""

    student: str
    quiz: Quiz
    scored: tuple[Scored, ...]
    unknown: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The points of all questions."""
        return sum(one.points for one in self.scored)

    @property
    def whole(self) -> float:
        """The points that the quiz has."""
        return sum(one.question.points for one in self.scored)

    @property
    def answered(self) -> int:
        """How many questions were answered."""
        return sum(one.judged.answered for one in self.scored)


def as_csv(students: Sequence[StudentScore]) -> str:
    """A line for each student; the columns of questions hold points, an empty cell means not answered."""
    most = max((len(student.scored) for student in students), default=0)
    head = ["student", "variant", "points", "out_of", "percent", "answered", *(str(i + 1) for i in range(most))]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    for student in students:
        percent = 100 * student.points / student.whole if student.whole else 0.0
        totals = [_rounded(student.points), _rounded(student.whole), _rounded(percent), str(student.answered)]
        cells = [_rounded(one.points) if one.judged.answered else "" for one in student.scored]
        writer.writerow([csv_cell(student.student), csv_cell(student.quiz.variant), *totals, *cells])
    return buffer.getvalue()


def as_json(students: Sequence[StudentScore]) -> str:
    """An object for each student with everything that was found out."""
    return json.dumps([_student(student) for student in students], indent=1, ensure_ascii=True) + "\n"


def _student(student: StudentScore) -> dict[str, object]:
    return {
        "student": student.student,
        "assignment": student.quiz.assignment,
        "variant": student.quiz.variant,
        "points": _round(student.points),
        "out_of": _round(student.whole),
        "answered": student.answered,
        "unknown": list(student.unknown),
        "questions": [_question(one) for one in student.scored],
    }


def _question(one: Scored) -> dict[str, object]:
    question = one.question
    return {
        "id": question.id,
        "question": question.family,
        "title": question.title,
        "points": _round(one.points),
        "out_of": question.points,
        "answered": one.judged.answered,
        "chosen": list(one.judged.chosen),
        "mistakes": list(one.judged.mistakes),
    }


def _round(value: float) -> float:
    return round(value, 6)


def _rounded(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
