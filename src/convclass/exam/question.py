"""What an author writes above a test: which question it belongs to, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """What one test says about its question; the exam joins the marks of all tests of a question."""

    name: str
    points: float = 0.0
    after: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    seconds: float | None = None


def question(
    name: str,
    *,
    points: float = 0.0,
    after: str | tuple[str, ...] = (),
    forbidden: tuple[str, ...] = (),
    hints: str | tuple[str, ...] = (),
    seconds: float | None = None,
) -> Callable[[F], F]:
    """Mark a test as one of the question `name`.

    `points` is what the test is worth (0 for a public one), shared evenly by its cases; `after` names the questions
    this one builds on; `forbidden` the calls that lose the question its points (patterns over full names such as
    `torch.nn.functional.conv*`, and over operators such as `aten::*conv*`); `hints` what to tell a student who is
    stuck; `seconds` the CPU time one call may take.
    """
    mark = QuestionMark(name, points, _tuple(after), tuple(forbidden), _tuple(hints), seconds)

    def attach(test: F) -> F:
        test.question = mark  # type: ignore[attr-defined]
        return test

    return attach


@dataclass(frozen=True, slots=True)
class Variant:
    """A whole implementation of one function that is not the solution: a misconception or an alternative."""

    function: str
    name: str
    sentence: str
    implementation: Callable[..., Any]


def misconception(function: str, name: str, sentence: str) -> Callable[[F], F]:
    """Mark an implementation of `function` that is wrong on purpose; `sentence` is what helps a student out of it."""
    return _variant(function, name, sentence)


def alternative(function: str, name: str) -> Callable[[F], F]:
    """Mark an implementation of `function` that is right in another way than the solution."""
    return _variant(function, name, "")


def _variant(function: str, name: str, sentence: str) -> Callable[[F], F]:
    def attach(implementation: F) -> F:
        implementation.variant = Variant(function, name, sentence, implementation)  # type: ignore[attr-defined]
        return implementation

    return attach


def _tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
