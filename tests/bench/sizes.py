"""How much of everything a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Chosen so that all of it takes less than 20 minutes on 2 cores; `tiny` are classes of the small course."""

    rounds: int = 3
    students: int = 100
    classes: tuple[int, ...] = (10, 100, 400)
    tiny: tuple[int, ...] = (10, 100, 1000, 10_000)
    distinct: int = 50
    jobs: tuple[int, ...] = (1, 2, 4)
    of_jobs: int = 150
    checks: int = 3
    quiz_seconds: float = 1.0
    commits: int = 700
    web_students: int = 300
    web_seconds: int = 60


QUICK = Sizes(
    rounds=1,
    students=10,
    classes=(3,),
    tiny=(4,),
    distinct=2,
    jobs=(1,),
    of_jobs=3,
    checks=1,
    quiz_seconds=0.02,
    commits=20,
    web_students=10,
    web_seconds=5,
)
