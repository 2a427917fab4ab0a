"""Callables as data: a description crosses the wire, and what it describes is built where it is used.

So a hidden network reaches a student's function as an ordinary callable, and stays unknown until the call. The same
description builds the same thing for the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
import torch

from convclass.sandbox import layers

RUN = "@run"
"""As the function of a call: build the arguments one after the other; the last is the answer."""

KEPT = "kept"
"""The kind of a description that is built once in a call, however often it stands there."""

_PLAIN = frozenset({type(None), bool, int, float, str, numpy.ndarray, torch.Tensor})
"""Kinds of values that hold no description."""


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """What the function `kind` of convclass.sandbox.layers makes of `parts`."""

    kind: str
    parts: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """A call of a student's function that is made where its answer is needed, and only once for each `number`."""

    number: int
    function: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


class Builder:
    """Builds the descriptions among the arguments of one call; `resolve` finds the function that a Later names."""

    def __init__(self, resolve: Callable[[str], Callable[..., Any]]) -> None:
        self._resolve = resolve
        self._made: dict[tuple[str, int], Any] = {}

    def build(self, value: Any) -> Any:
        """`value` with every description in it built, in containers too."""
        if type(value) in _PLAIN:
            return value
        if isinstance(value, Described) and value.kind == KEPT:
            return self._once((KEPT, value.parts["number"]), lambda: self.build(value.parts["value"]))
        if isinstance(value, Described):
            return getattr(layers, value.kind)(**{name: self.build(part) for name, part in value.parts.items()})
        if isinstance(value, Later):
            return self._once(("later", value.number), lambda: self._called(value))
        if type(value) is tuple and _PLAIN.issuperset(map(type, value)):
            return value
        if type(value) in (tuple, list):
            return type(value)(self.build(item) for item in value)
        if type(value) is dict:
            return {name: self.build(item) for name, item in value.items()}
        return value

    def _called(self, later: Later) -> Any:
        arguments, keywords = self.build(later.arguments), self.build(later.keywords)
        return self._resolve(later.function)(*arguments, **keywords)

    def _once(self, which: tuple[str, int], make: Callable[[], Any]) -> Any:
        if which not in self._made:
            self._made[which] = make()
        return self._made[which]

    @staticmethod
    def last(*steps: Any) -> Any:
        """The answer of a call of RUN, whose arguments are built in order."""
        return steps[-1]


def holds_description(value: Any) -> bool:
    """Whether `value` is a description, or a container with one in it."""
    if isinstance(value, tuple | list):
        return any(holds_description(item) for item in value)
    if isinstance(value, dict):
        return any(holds_description(item) for item in value.values())
    return isinstance(value, Described | Later)


def is_kind(kind: str) -> bool:
    """Whether convclass.sandbox.layers has a public function of that name, so that a description may ask for it."""
    made_there = getattr(getattr(layers, kind, None), "__module__", None) == layers.__name__
    return made_there and not kind.startswith("_")
