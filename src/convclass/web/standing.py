"""Where a student stands at a link: which attempt counts, what it is worth, and why. Pure functions of rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from convclass.exam.results import SubmissionResult
from convclass.gradebook import from_json
from convclass.web.models import Attempt, Extension, Link, Override, QuizAttempt


@dataclass(frozen=True, slots=True)
class Standing:
    """A student's score at a link; `score` None: nothing is graded yet.

    computed: the score of the attempt that counts, before an override. complete: False while a mistake of ours keeps
    a part from being judged.
    """

    score: float | None
    max_score: float
    computed: float | None
    complete: bool = True
    attempt: int | None = None
    override: Override | None = None


def result_of(attempt: Attempt, excluded: Collection[str] = ()) -> SubmissionResult | None:
    """The last result of an attempt without the excluded questions; None when there is none yet.

    One that is being graded again keeps its result until there is a new one: nobody loses points in between.
    """
    return without(from_json(attempt.result), excluded) if attempt.result else None


def without(result: SubmissionResult, excluded: Collection[str]) -> SubmissionResult:
    """The result without the excluded questions."""
    if not excluded:
        return result
    return replace(result, tests=tuple(test for test in result.tests if test.question not in excluded))


@dataclass(frozen=True, slots=True)
class Graded:
    """What one attempt came to."""

    number: int
    score: float
    max_score: float
    complete: bool


Results = Callable[[Attempt, Collection[str]], SubmissionResult | None]
"""How the result of an attempt is had without some questions: `result_of`, or from where it was parsed before."""


def graded(number: int, result: SubmissionResult) -> Graded:
    """What the attempt of this number came to."""
    return Graded(number, result.score, result.max_score, result.complete)


def assignment_standing(
    attempts: Sequence[Attempt], excluded: Collection[str], override: Override | None, results: Results = result_of
) -> Standing:
    """The standing by all attempts at an assignment, graded or not."""
    found = ((attempt.number, results(attempt, excluded)) for attempt in attempts)
    return best_standing([graded(number, result) for number, result in found if result is not None], override)


def best_standing(attempts: Sequence[Graded], override: Override | None) -> Standing:
    """Of all graded attempts the best counts, of equal ones the later."""
    if not attempts:
        return _overridden(Standing(None, 0.0, None), override)
    best = max(attempts, key=lambda one: (_share(one.score, one.max_score), one.number))
    return _overridden(Standing(best.score, best.max_score, best.score, best.complete, best.number), override)


def quiz_standing(attempts: Sequence[QuizAttempt], excluded: Collection[str], override: Override | None) -> Standing:
    """The standing by all attempts at a quiz, handed in or not."""
    found = (quiz_graded(attempt, excluded) for attempt in attempts)
    return best_standing([one for one in found if one is not None], override)


def quiz_graded(attempt: QuizAttempt, excluded: Collection[str]) -> Graded | None:
    """What an attempt at a quiz came to without the excluded questions; None until it is handed in."""
    if attempt.score is None or not attempt.max_score:
        return None
    left_out = [parts for question, parts in attempt.earned.items() if question in excluded]
    score = attempt.score - sum(points for _, points, _ in left_out)
    most = attempt.max_score - sum(out_of for _, _, out_of in left_out)
    return Graded(attempt.number, round(max(score, 0.0), 4), round(max(most, 0.0), 4), True)


def due(link: Link, extension: Extension | None) -> datetime | None:
    """Until when this student may hand in; None: without end."""
    if link.due_at is None or extension is None or extension.due_at is None:
        return link.due_at
    return max(link.due_at, extension.due_at)


def attempts_left(link: Link, extension: Extension | None, used: int) -> int | None:
    """How many more attempts this student has; None: as many as they like."""
    if link.attempts_allowed is None:
        return None
    return max(0, link.attempts_allowed + (extension.more_attempts if extension else 0) - used)


def _overridden(counted: Standing, override: Override | None) -> Standing:
    if override is None or override.score is None:
        return counted
    most = counted.max_score if override.max_score is None else override.max_score
    return replace(counted, score=override.score, max_score=most, complete=True, override=override)


def _share(score: float, most: float) -> float:
    return score / most if most else 0.0
