"""The hidden cases as data: what the peers' test cells run, so that every tool makes the same calls.

This file and `calls.pt` are copied beside each peer's tests. It needs nothing but torch and numpy.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

CALLS = Path(__file__).with_name("calls.pt")


@dataclass(frozen=True)
class Call:
    """One call of a hidden case, and what is right: a value, or the name of the exception it has to raise."""

    function: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    expected: Any = None
    raises: str = ""


def save(calls: Mapping[str, list[Call]], path: Path) -> None:
    """Write the calls of each question to `path`, as plain data that does not depend on this module's name."""
    plain = {question: [vars(call) for call in made] for question, made in calls.items()}
    torch.save(plain, path)


@functools.cache
def load(path: Path = CALLS) -> dict[str, list[Call]]:
    """Read the calls of each question; the file is the bench's own."""
    plain = torch.load(path, weights_only=False)
    return {question: [Call(**call) for call in made] for question, made in plain.items()}


def check(question: str, functions: Mapping[str, Any]) -> None:
    """Make all calls of `question`; raises AssertionError that lists the wrong ones. None is skipped."""
    wrong = [text for call in load()[question] if (text := mistake(call, functions.get(call.function)))]
    assert not wrong, "\n".join(wrong)


def mistake(call: Call, function: Callable[..., Any] | None) -> str:
    """What is wrong with a student's answer to one call, or "" when it is right."""
    if function is None:
        return f"{call.function} is missing"
    try:
        answer = function(*copy.deepcopy(call.arguments), **call.keywords)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return "" if call.raises in kinds else f"{call.function} raised {error!r}"
    if call.raises:
        return f"{call.function} did not raise {call.raises}"
    return "" if same(answer, call.expected) else f"{call.function}: wrong answer"


def same(answer: Any, expected: Any) -> bool:
    """Whether two answers agree in structure, shape and values, with room for rounding errors in float32."""
    if isinstance(expected, (tuple, list)):
        alike = isinstance(answer, (tuple, list)) and len(answer) == len(expected)
        return alike and all(map(same, answer, expected))
    if not isinstance(answer, (torch.Tensor, np.ndarray, np.generic, int, float)):
        return False
    left, right = (torch.as_tensor(value, dtype=torch.float64) for value in (answer, expected))
    return left.shape == right.shape and torch.allclose(left, right, rtol=1e-4, atol=1e-4)
