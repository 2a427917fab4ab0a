"""What a change would do to a class's scores, worked out before anybody decides. Pure functions of standings."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convclass.web.instructor.classroom import Row
from convclass.web.standing import Standing


@dataclass(frozen=True, slots=True)
class Changed:
    """One student whose score changes."""

    student: str
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a class's scores, in points and as the share of the points, 0 to 1."""

    points: float
    share: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Whose score changes and how the mean does; the means are None while nobody has a score."""

    students: int
    changed: tuple[Changed, ...]
    before: Mean | None
    after: Mean | None
    max_before: float
    max_after: float


def effect(rows: Sequence[Row], after: Mapping[int, Standing]) -> Effect:
    """The effect on `rows` when the standings become `after`, by user id."""
    pairs = [(row, after.get(row.person.user.id, row.standing)) for row in rows if row.standing.score is not None]
    changed = [
        Changed(row.person.label, row.standing, then) for row, then in pairs if _value(row.standing) != _value(then)
    ]
    before, later = [row.standing for row, _ in pairs], [then for _, then in pairs]
    return Effect(len(pairs), tuple(changed), _mean(before), _mean(later), _most(before), _most(later))


def _value(standing: Standing) -> tuple[float | None, float]:
    return standing.score, standing.max_score


def _mean(standings: Sequence[Standing]) -> Mean | None:
    scored = [(one.score, one.max_score) for one in standings if one.score is not None and one.max_score]
    if not scored:
        return None
    return Mean(
        statistics.fmean(score for score, _ in scored), statistics.fmean(score / most for score, most in scored)
    )


def _most(standings: Sequence[Standing]) -> float:
    """What most students' work is out of."""
    return statistics.mode(one.max_score for one in standings) if standings else 0.0
