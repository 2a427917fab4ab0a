"""Fixtures of the quiz tests."""

from pathlib import Path

import pytest

from convclass.course import assignments, find_course
from convclass.quiz import bank, variants
from convclass.quiz.models import Quiz


@pytest.fixture(scope="session")
def course() -> Path:
    return find_course(Path(__file__))


@pytest.fixture(scope="session")
def real_quizzes(course: Path) -> list[Quiz]:
    """The quizzes of all assignments, as all students get them."""
    return [variants.variant(bank.load(found), 0) for found in assignments(course) if bank.has_bank(found)]
