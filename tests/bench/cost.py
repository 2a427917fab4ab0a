"""What one submission costs, from runs over few and over many. Pure functions."""

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
    return Cost(middle_usage([cost.share for cost in costs]), middle_usage([cost.further for cost in costs]))


def middle_usage(usages: Sequence[Usage]) -> Usage:
    """The median of seconds, and of CPU seconds."""
    return Usage(median(usage.seconds for usage in usages), median(usage.cpu_seconds for usage in usages))
