"""The answer key: for any call, the right answer and what each known misconception would answer.

`LiveKey` computes on the instructor's side, once for each different call of an exam. `StoredKey` reads what
`convclass release` stored for the public cases, so that a student's check can name mistakes without holding a line
of the hidden material.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from convclass.course import CourseError
from convclass.exam.call import Call
from convclass.exam.question import Variant
from convclass.exam.results import NamedMistake
from convclass.sandbox.reply import Raised, Returned

Answer = Returned | Raised
CACHED_CALLS = 8192  # an exam has some hundred calls; only calls on a student's own answers go beyond


@dataclass(frozen=True, slots=True)
class Expected:
    """The right answer to a call and, where it is a sum of products, the magnitude that rounding is judged by.

    `parameters` are the names of the function's parameters.
    """

    answer: Answer
    magnitude: Any = None
    parameters: tuple[str, ...] = ()


class AnswerKey(Protocol):
    """What the exam asks of a key."""

    def expected(self, call: Call) -> Expected:
        """The right answer."""

    def wrong(self, call: Call) -> tuple[tuple[NamedMistake, Answer], ...]:
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
        reference = self._reference(call.function)
        answer = call.run(reference)
        names = tuple(inspect.signature(reference).parameters)
        if isinstance(answer, Raised) or not _holds_floats(answer.value):
            return Expected(answer, None, names)
        arguments = tuple(a.abs() if isinstance(a, torch.Tensor) else _absolute(a) for a in call.arguments)
        magnitude = Call(call.function, arguments, call.keywords).run(reference)
        return Expected(answer, magnitude.value if isinstance(magnitude, Returned) else None, names)

    def _wrong(self, call: Call) -> tuple[tuple[NamedMistake, Answer], ...]:
        variants = self._misconceptions.get(call.function, ())
        return tuple((NamedMistake(v.name, v.sentence), call.run(v.implementation)) for v in variants)


class StoredKey:
    """A key that looks calls up in the JSON text made by `stored_answers`."""

    def __init__(self, text: str, origin: Path) -> None:
        self._origin = origin
        content = json.loads(text)
        self._mistakes = {name: NamedMistake(name, s) for name, s in content["mistakes"].items()}
        self._calls = content["calls"]

    def expected(self, call: Call) -> Expected:
        """The stored answer; CourseError when the call is not one of the released public cases."""
        entry = self._entry(call)
        return Expected(_decoded(entry["right"]), None, tuple(entry["parameters"]))

    def wrong(self, call: Call) -> tuple[tuple[NamedMistake, Answer], ...]:
        """The stored answers of the misconceptions that are wrong on this very call."""
        entry = self._entry(call)
        right = _decoded(entry["right"])
        found = {name: _decoded(answer) for name, answer in entry["wrong"].items()}
        return tuple((self._mistakes[name], found.get(name, right)) for name in entry["known"])

    def _entry(self, call: Call) -> Any:
        try:
            return self._calls[call.digest]
        except KeyError:
            raise CourseError(
                f"{self._origin}: holds no answer for this call of {call.function}; "
                "the public tests were edited: take test_public.py and public_answers.json from the course again"
            ) from None


def recorded(calls: Mapping[str, Call], key: LiveKey) -> str:
    """The JSON text of a StoredKey for `calls`, by digest."""
    mistakes: dict[str, str] = {}
    entries = {}
    for digest, call in sorted(calls.items()):
        expected = key.expected(call)
        right = _encoded(expected.answer)
        answers = {mistake.name: _encoded(answer) for mistake, answer in key.wrong(call)}
        mistakes |= {mistake.name: mistake.sentence for mistake, _ in key.wrong(call)}
        wrong = {name: answer for name, answer in answers.items() if answer != right}
        entries[digest] = {
            "function": call.function,
            "parameters": expected.parameters,
            "right": right,
            "known": list(answers),
            "wrong": wrong,
        }
    content = {"mistakes": mistakes, "calls": entries}
    return json.dumps(content, indent=None, separators=(",", ":"), sort_keys=True, allow_nan=False) + "\n"


def _encoded(answer: Answer) -> Any:
    if isinstance(answer, Raised):
        return {"raised": answer.kind, "ancestors": list(answer.ancestors)}
    return _encoded_value(answer.value)


def _encoded_value(value: Any) -> Any:
    if isinstance(value, torch.Tensor | np.ndarray):
        kind = "tensor" if isinstance(value, torch.Tensor) else "array"
        digits = 17 if str(value.dtype).endswith("float64") else 9
        flat = [_humane(v, digits) for v in np.asarray(value).ravel().tolist()]
        return {kind: str(value.dtype).removeprefix("torch."), "shape": list(value.shape), "values": flat}
    if isinstance(value, tuple):
        return {"tuple": [_encoded_value(v) for v in value]}
    return value


def _humane(value: float, digits: int) -> float | str:
    """Whole numbers without a point; the rest with as many digits as the dtype holds; NaN and infinity as text."""
    if isinstance(value, int):
        return value
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return int(value) if value == int(value) else float(f"{value:.{digits}g}")


def _decoded(entry: Any) -> Answer:
    if isinstance(entry, dict) and "raised" in entry:
        return Raised(entry["raised"], "", tuple(entry["ancestors"]))
    return Returned(_decoded_value(entry))


def _decoded_value(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    if "tuple" in entry:
        return tuple(_decoded_value(v) for v in entry["tuple"])
    flat = [float(v) if isinstance(v, str) else v for v in entry["values"]]
    if "array" in entry:
        return np.array(flat, dtype=entry["array"]).reshape(entry["shape"])
    return torch.tensor(flat, dtype=getattr(torch, entry["tensor"])).reshape(entry["shape"])


def _absolute(value: Any) -> Any:
    return np.abs(value) if isinstance(value, np.ndarray) else value


def _holds_floats(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_holds_floats(v) for v in value)
    if isinstance(value, torch.Tensor):
        return value.dtype.is_floating_point
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
