"""What the bench makes of its measurements: cost per submission, ratios, goals, and the table. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import Usage


@dataclass(frozen=True)
class Cost:
    """What one submission costs with one tool.

    `share` is one submission's part of grading a whole class, start-up included; `further` is what one more
    submission adds to a class. They are the same for a tool that starts anew for each submission.
    """

    share: Usage
    further: Usage


@dataclass(frozen=True)
class Goal:
    """One goal of the project, and what was measured; `further` tells on which of the two costs."""

    text: str
    measured: str
    met: bool
    further: bool


def process_each(total: Usage, submissions: int) -> Cost:
    """The cost with a tool that starts a process for each submission."""
    each = total / submissions
    return Cost(each, each)


def class_at_once(small: Usage, few: int, large: Usage, many: int, size: int) -> Cost:
    """The cost with a tool that grades a class with one command, from runs over `few` and over `many` submissions.

    `share` is for a class of `size`: measured when that is `many`, else on the straight line through both runs.
    """
    further = (large - small) / (many - few)
    at_size = large if size == many else large + further * (size - many)
    return Cost(at_size / size, further)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure over the rounds."""
    return Cost(_middle([cost.share for cost in costs]), _middle([cost.further for cost in costs]))


def goals(
    ours: Cost, floor: Cost, peers: Sequence[tuple[str, Cost, float]], most_above_floor: float = 0.1
) -> list[Goal]:
    """Judge the goals by CPU seconds, on both costs: like is compared with like.

    `peers` are the name, the cost, and how many times less than it ours has to be.
    """
    judged = []
    for further in (True, False):
        for name, cost, times in peers:
            ratio = _cpu(cost, further) / _cpu(ours, further)
            judged.append(Goal(f"{times:g} times less than {name}", f"{ratio:.0f} times", ratio >= times, further))
        above = _cpu(ours, further) - _cpu(floor, further)
        text = f"at most {1000 * most_above_floor:g} ms above the floor"
        judged.append(Goal(text, f"{1000 * above:.0f} ms", above <= most_above_floor, further))
    return judged


def markdown(costs: dict[str, Cost], ours: str, judged: Sequence[Goal], about: Sequence[str], size: int) -> str:
    """The table for the README: seconds per submission, ratios to ours, the goals, and where it was measured."""
    head = [
        f"| per submission | CPU s, class of {size} | CPU s, one more | seconds, class of {size} | seconds, one more "
        "| CPU against ours |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows = [_row(name, cost, costs[ours]) for name, cost in costs.items()]
    goal_head = ["", "| goal, by CPU per submission | on | measured | met |", "| --- | --- | ---: | --- |"]
    goal_rows = [
        f"| {goal.text} | {'one more' if goal.further else f'class of {size}'} | {goal.measured} "
        f"| {'yes' if goal.met else '**no**'} |"
        for goal in judged
    ]
    return "\n".join([*head, *rows, *goal_head, *goal_rows, "", *about]) + "\n"


def _row(name: str, cost: Cost, ours: Cost) -> str:
    figures = (cost.share.cpu, cost.further.cpu, cost.share.seconds, cost.further.seconds)
    times = (cost.share.cpu / ours.share.cpu, cost.further.cpu / ours.further.cpu)
    against = " / ".join(f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}" for ratio in times)
    return f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in figures) + f" | {against} |"


def _cpu(cost: Cost, further: bool) -> float:
    return (cost.further if further else cost.share).cpu


def _middle(usages: Sequence[Usage]) -> Usage:
    return Usage(median(usage.seconds for usage in usages), median(usage.cpu for usage in usages))
