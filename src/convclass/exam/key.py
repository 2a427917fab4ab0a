"""The answer key: for any call, the right answer and what each known misconception would answer.

`LiveKey` computes on the instructor's side, once for each different call of an exam. A student's check reads a
`StoredKey` instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import torch

from convclass.exam.call import Call
from convclass.exam.call_log import same_content
from convclass.exam.compare import agrees, allowed_error
from convclass.exam.question import Variant
from convclass.exam.results import NamedMistake
from convclass.sandbox.described import Described, Later
from convclass.sandbox.reply import Raised, Returned

Answer = Returned | Raised
CACHED_CALLS = 8192  # an exam has some hundred calls; only calls on a student's own answers go beyond


@dataclass(frozen=True, slots=True)
class Expected:
    """The right answer to a call, the error that rounding explains in it, and the names of the parameters."""

    answer: Answer
    allowed: Any = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """What a known misconception answers to a call; `right` when that is right all the same.

    Misconceptions that answer a call alike share one object.
    """

    answer: Answer
    right: bool


class AnswerKey(Protocol):
    """What the exam asks of a key."""

    def expected(self, call: Call) -> Expected:
        """The right answer."""

    def wrong(self, call: Call) -> Mapping[NamedMistake, WrongAnswer]:
        """What each known misconception of the called function answers, in the order they are to be preferred."""


class LiveKey:
    """A key that runs the reference and the misconceptions, and remembers their answers."""

    def __init__(
        self,
        reference: Callable[[str], Callable[..., Any]],
        misconceptions: Mapping[str, tuple[Variant, ...]],
    ) -> None:
        self._reference = reference
        self._misconceptions = misconceptions
        self.expected = lru_cache(CACHED_CALLS)(self._expected)
        self.wrong = lru_cache(CACHED_CALLS)(self._wrong)

    def _expected(self, call: Call) -> Expected:
        answer = call.run(self._reference)
        names = tuple(inspect.signature(self._reference(call.function)).parameters)
        if isinstance(answer, Raised) or not _holds_floats(answer.value):
            return Expected(answer, None, names)
        if any(isinstance(argument, Described | Later) for argument in call.arguments):
            return Expected(answer, allowed_error(answer.value), names)
        arguments = tuple(a.abs() if isinstance(a, torch.Tensor) else _absolute(a) for a in call.arguments)
        magnitude = Call(call.function, arguments, call.keywords, call.steps).run(self._reference)
        scale = magnitude.value if isinstance(magnitude, Returned) else None
        return Expected(answer, allowed_error(answer.value, scale), names)

    def _wrong(self, call: Call) -> Mapping[NamedMistake, WrongAnswer]:
        variants = self._misconceptions.get(call.function, ())
        answers = {NamedMistake(v.name, v.sentence): call.run(self._with(v)) for v in variants}
        return judged(answers, self.expected(call))

    def _with(self, variant: Variant) -> Callable[[str], Callable[..., Any]]:
        """The references, with the variant in the place of its function."""
        return lambda name: variant.implementation if name == variant.function else self._reference(name)


def judged(answers: Mapping[NamedMistake, Answer], expected: Expected) -> dict[NamedMistake, WrongAnswer]:
    """The misconceptions' answers to one call, each compared with the right one."""
    kinds: list[WrongAnswer] = []
    found = {}
    for mistake, answer in answers.items():
        known = next((kind for kind in kinds if _same_answer(kind.answer, answer)), None)
        if known is None:
            known = WrongAnswer(answer, _is_right(answer, expected))
            kinds.append(known)
        found[mistake] = known
    return found


def _same_answer(one: Answer, other: Answer) -> bool:
    if isinstance(one, Returned) and isinstance(other, Returned):
        return same_content((one.value, one.arguments), (other.value, other.arguments))
    return one == other if isinstance(one, Raised) and isinstance(other, Raised) else False


def _is_right(answer: Answer, expected: Expected) -> bool:
    if isinstance(expected.answer, Raised):
        return isinstance(answer, Raised)
    return isinstance(answer, Returned) and agrees(answer.value, expected.answer.value, expected.allowed)


def _absolute(value: Any) -> Any:
    return np.abs(value) if isinstance(value, np.ndarray) else value


def _holds_floats(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_holds_floats(v) for v in value)
    if isinstance(value, torch.Tensor):
        return value.dtype.is_floating_point
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
