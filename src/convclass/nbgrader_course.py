"""What an nbgrader course made by ConvClass looks like: the names of its cells, and the folder of its exams."""

from __future__ import annotations

EXAMS = "convclass_exam"
"""The folder of the packed exams in the course, beside source/; it never goes out to students."""

SCORE_IMPORT = "from convclass.notebook import score"
"""What the hidden part of every check cell begins with; by it an assignment is known to be ours."""

_CHECK = "check_"


def check_cell(question: str) -> str:
    """The grade_id of the locked cell that carries the question's points."""
    return f"{_CHECK}{question}"


def answer_cell(function: str) -> str:
    """The grade_id of the cell that a student fills in; a question's is that of its function."""
    return f"answer_{function}"


def question_of(grade_id: str) -> str:
    """The question of a check cell's grade_id; "" when it is no check cell of ours."""
    return grade_id.removeprefix(_CHECK) if grade_id.startswith(_CHECK) else ""
