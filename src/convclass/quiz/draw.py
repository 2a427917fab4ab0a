"""Drawing the numbers of a question, the same on every machine and with every version of Python.

Every number has a name, and is read off a SHA-256 of (seed, question, attempt, name). So a number does not depend on
those that were drawn before it, and whoever checks a question knows by name what was drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_WORD = 1 << 64


class Again(Exception):  # noqa: N818  it is no error: the numbers do not make a question, and others are drawn
    """These numbers make no question, because a mistake happens to give the right answer."""


class Draw:
    """Numbers for one attempt at one question; `given` is what has been drawn, by name."""

    def __init__(self, seed: int, question: str, attempt: int = 0) -> None:
        self._source = f"{seed}/{question}/{attempt}"
        self.given: dict[str, Any] = {}

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self._keep(name, low + self._below(high - low + 1, name, 0))

    def choice(self, name: str, items: Sequence[T]) -> T:
        """One of the items."""
        return self._keep(name, items[self._below(len(items), name, 0)])

    def sample(self, name: str, items: Sequence[T], count: int) -> list[T]:
        """Different items, in the order drawn. Raises ValueError when there are fewer than `count`."""
        if count > len(items):
            raise ValueError(f"{name}: {count} of {len(items)} items cannot be drawn")
        return self._keep(name, self._shuffled(items, name)[:count])

    def row(self, name: str, length: int, low: int, high: int) -> list[int]:
        """`length` whole numbers from low to high."""
        return self._keep(name, [low + self._below(high - low + 1, name, place) for place in range(length)])

    def matrix(self, name: str, rows: int, columns: int, low: int, high: int) -> list[list[int]]:
        """Rows of whole numbers from low to high."""
        span = high - low + 1
        cells = [low + self._below(span, name, place) for place in range(rows * columns)]
        return self._keep(name, [cells[row * columns : (row + 1) * columns] for row in range(rows)])

    def shuffled(self, items: Iterable[T], name: str = "order") -> list[T]:
        """The items in another order, which is not kept in `given`."""
        return self._shuffled(list(items), name)

    def need(self, condition: bool) -> None:
        """Draw again unless the condition holds."""
        if not condition:
            raise Again

    def _keep(self, name: str, value: T) -> T:
        if name in self.given:
            raise ValueError(f"{name!r} is drawn twice; it would be the same number again")
        self.given[name] = value
        return value

    def _shuffled(self, items: Sequence[T], name: str) -> list[T]:
        """Fisher and Yates: the last place gets any item, the one before it any of the others, and so on."""
        deck = list(items)
        for last in range(len(deck) - 1, 0, -1):
            other = self._below(last + 1, name, last)
            deck[last], deck[other] = deck[other], deck[last]
        return deck

    def _below(self, bound: int, name: str, place: int) -> int:
        """A number from 0 to bound-1, all equally likely: words beyond the last multiple of bound are refused."""
        if bound < 1:
            raise ValueError(f"{name}: there is nothing to draw from")
        for refusals in range(256):
            text = f"{self._source}/{name}/{place}/{refusals}"
            word = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            if word < _WORD - _WORD % bound:
                return word % bound
        raise AssertionError("256 refusals in a row do not happen")
