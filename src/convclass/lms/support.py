"""What a format can say of each kind of question: as it is, in a simpler way, or not at all. Rules as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from convclass.course import CourseError
from convclass.quiz.models import AnyQuestion, Quiz


class Kind(StrEnum):
    """The kinds of questions, and what belongs to questions of several kinds."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"
    CLOZE = "cloze"
    SHORT_TEXT = "short_text"
    SPOT_THE_ERROR = "spot_the_error"
    FIGURES = "figures"
    MATH = "math"
    FEEDBACK = "feedback"
    EXPLANATION = "explanation"
    POINTS = "points"
    PARTIAL_CREDIT = "partial credit"


class How(StrEnum):
    """How faithful a format is."""

    NATIVE = "native"
    DEGRADED = "degraded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Rule:
    """How a format says one kind; `words` is the way of a degraded one and the cause of a refused one."""

    how: How
    words: str = ""


Support = Mapping[Kind, Rule]

NATIVE = Rule(How.NATIVE)


def native(words: str) -> Rule:
    """Nothing is lost; `words` tells what it becomes."""
    return Rule(How.NATIVE, words)


def degraded(words: str) -> Rule:
    """Something is lost or changed."""
    return Rule(How.DEGRADED, words)


def refused(words: str) -> Rule:
    """The file does not hold it."""
    return Rule(How.REFUSED, words)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an exporter made: the file, and what of the quiz is not in it, with the cause, by question.

    beside: files that belong to it, by what is added to its name, such as `-key`.
    """

    content: bytes
    left_out: tuple[tuple[AnyQuestion, str], ...] = ()
    beside: tuple[tuple[str, bytes], ...] = ()


class EmptyExportError(CourseError):
    """No question of the quiz can be said in the format."""


def split(
    quiz: Quiz, refusals: Mapping[str, str]
) -> tuple[tuple[AnyQuestion, ...], tuple[tuple[AnyQuestion, str], ...]]:
    """The questions to write and those left out, with the cause; `refusals` are causes by question id.

    Raises EmptyExportError when nothing is left to write.
    """
    kept = tuple(question for question in quiz.questions if question.id not in refusals)
    left_out = tuple((question, refusals[question.id]) for question in quiz.questions if question.id in refusals)
    if not kept:
        causes = "; ".join(sorted({cause for _, cause in left_out})) or "the quiz is empty"
        raise EmptyExportError(f"{quiz.assignment}: this format can say no question of it ({causes}); choose another")
    return kept, left_out
