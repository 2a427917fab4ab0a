"""Callables as data: a description crosses the wire, and what it describes is built where it is used.

So a hidden network reaches a student's function as an ordinary callable, and stays unknown until the call. The same
description builds the same thing for the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from convclass.sandbox import layers

RUN = "@run"
"""As the function of a call: build the arguments one after the other; the last is the answer."""


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
        self._made: dict[int, Any] = {}

    def build(self, value: Any) -> Any:
        """`value` with every description in it built, in containers too."""
        if isinstance(value, Described):
            return getattr(layers, value.kind)(**{name: self.build(part) for name, part in value.parts.items()})
        if isinstance(value, Later):
            if value.number not in self._made:
                arguments, keywords = self.build(value.arguments), self.build(value.keywords)
                self._made[value.number] = self._resolve(value.function)(*arguments, **keywords)
            return self._made[value.number]
        if type(value) in (tuple, list):
            return type(value)(self.build(item) for item in value)
        if type(value) is dict:
            return {name: self.build(item) for name, item in value.items()}
        return value

    @staticmethod
    def last(*steps: Any) -> Any:
        """The answer of a call of RUN, whose arguments are built in order."""
        return steps[-1]


def is_kind(kind: str) -> bool:
    """Whether convclass.sandbox.layers has a public function of that name, so that a description may ask for it."""
    made_there = getattr(getattr(layers, kind, None), "__module__", None) == layers.__name__
    return made_there and not kind.startswith("_")
