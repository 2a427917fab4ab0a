"""`python -m convclass.grading.scores EXAMS ASSIGNMENT NOTEBOOK`: the points of every question, as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from convclass.course import Assignment, CourseError
from convclass.grading.single import Grader
from convclass.report.summary import questions


def main(exams: str, assignment: str, notebook: str) -> None:
    """Grade one notebook in the sandbox and print the points."""
    result = Grader(Assignment(assignment, Path(exams))).grade(Path(notebook), "notebook")
    print(json.dumps({question.name: question.score for question in questions(result.tests)}))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except CourseError as error:
        sys.exit(f"convclass: {error}")
