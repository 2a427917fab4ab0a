"""From the cases of a test to its verdict and its points."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from convclass.exam.results import CaseResult
from convclass.exam.verdict import Verdict
from convclass.sandbox.reply import ForbiddenUse, Loaded


def verdict_of(cases: Sequence[CaseResult]) -> Verdict:
    """The verdict of a test over its cases: INTERNAL outranks all, then all or none or part of them passed."""
    verdicts = [case.verdict for case in cases]
    if Verdict.INTERNAL in verdicts:
        return Verdict.INTERNAL
    passed = verdicts.count(Verdict.PASSED)
    if passed == len(verdicts):
        return Verdict.PASSED
    if passed or any(case.credit for case in cases):
        return Verdict.PARTIAL
    attempted = [v for v in verdicts if v is not Verdict.NOT_ATTEMPTED]
    return attempted[0] if attempted else Verdict.NOT_ATTEMPTED


def score_of(points: float, cases: Sequence[CaseResult]) -> float:
    """The points of a test, shared evenly by its cases. A case that we failed to judge costs nothing."""
    earned = sum(1.0 if case.verdict in (Verdict.PASSED, Verdict.INTERNAL) else case.credit for case in cases)
    return points * earned / len(cases)


def forbidden_use(loaded: Loaded, function: str, patterns: Sequence[str]) -> ForbiddenUse | None:
    """The first forbidden name that `function` uses, itself or through the functions of its module that it calls.

    A function that is not defined with `def` is judged by the module's top level.
    """
    if not patterns:
        return None
    owners = reachable(loaded.calls, function) if function in loaded.calls else {""}
    forbids = matcher(tuple(patterns))
    return next((use for use in loaded.uses if use.function in owners and forbids(use.name)), None)


def forbidden_operator(observed: Sequence[str], patterns: Sequence[str]) -> str | None:
    """The first observed operator that is forbidden."""
    forbids = matcher(tuple(patterns))
    return next((name for name in observed if forbids(name)), None)


@lru_cache
def matcher(patterns: tuple[str, ...]) -> Callable[[str], object]:
    """Whether a name matches any of the shell-like patterns, case-sensitively, as one regular expression."""
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)").match


def reachable(calls: Mapping[str, Sequence[str]], function: str) -> set[str]:
    """The functions of a module that `function` may come to, itself among them; `calls` as in Loaded."""
    found: set[str] = set()
    waiting = [function]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += calls.get(name, ())
    return found
