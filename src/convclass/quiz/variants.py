"""Which variant a student gets, and how one is printed again years later.

The id of a variant, such as `01_convolution-3f2a90c41b77-8d01c2ee`, holds the seed and a hash of the questions that
were drawn. Printing it again draws them again and compares: if the bank, the generator or the reference has changed
what the student saw, the id is refused instead of printing another quiz.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from convclass.course import CourseError, find_assignment
from convclass.quiz.bank import Bank, load
from convclass.quiz.models import Quiz

SEED_DIGITS = 12
"""Hexadecimal digits of a seed: 48 bits, which a JSON number holds exactly."""

_ID = re.compile(r"(?P<assignment>\w+)-(?P<seed>[0-9a-f]{12})-(?P<check>[0-9a-f]{8})(-(?P<count>[1-9][0-9]*))?")


def seed_of(assignment: str, student: str) -> int:
    """The seed of a student's variant: the first 48 bits of a SHA-256 of both names."""
    return int(hashlib.sha256(f"{assignment}\0{student}".encode()).hexdigest()[:SEED_DIGITS], 16)


def quiz_for(bank: Bank, student: str, count: int | None = None) -> Quiz:
    """The student's variant of a quiz, all questions or `count` of them."""
    return variant(bank, seed_of(bank.assignment, student), count)


def variant(bank: Bank, seed: int, count: int | None = None) -> Quiz:
    """The variant of a seed, which carries its id. Raises CourseError for a seed that no id can hold."""
    if not 0 <= seed < 16**SEED_DIGITS:
        raise CourseError(f"a seed is a number from 0 to {16**SEED_DIGITS - 1}, not {seed}")
    quiz = bank.quiz(seed, count)
    return quiz.model_copy(update={"variant": _id(quiz, seed, count)})


def reprint(course: Path, variant_id: str) -> Quiz:
    """The quiz that got this id, question by question.

    Raises CourseError for what is no id, and when the course would print other questions today.
    """
    return reprint_from(load(find_assignment(course, _parts(variant_id)["assignment"])), variant_id)


def reprint_from(bank: Bank, variant_id: str) -> Quiz:
    """The quiz of a bank that got this id. Raises CourseError as `reprint` does."""
    match = _parts(variant_id)
    count = match["count"] and int(match["count"])
    quiz = variant(bank, int(match["seed"], 16), count or None)
    if quiz.variant != variant_id.strip():
        raise CourseError(
            f"{variant_id}: the questions of {bank.assignment} have changed since this variant was made, and it would "
            "come out differently; check out the version of the course that it was made with, and print it there"
        )
    return quiz


def _parts(variant_id: str) -> re.Match[str]:
    match = _ID.fullmatch(variant_id.strip())
    if not match:
        raise CourseError(f"{variant_id!r} is no variant; an id looks like 01_convolution-3f2a90c41b77-8d01c2ee")
    return match


def _id(quiz: Quiz, seed: int, count: int | None) -> str:
    content = "".join(question.id for question in quiz.questions)
    check = hashlib.sha256(content.encode()).hexdigest()[:8]
    return f"{quiz.assignment}-{seed:0{SEED_DIGITS}x}-{check}" + (f"-{count}" if count else "")
