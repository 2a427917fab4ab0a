"""How a case was decided for an earlier student who answered the same, to the byte: it is decided in the same way.

A case is decided by its answers alone, since what it asks is drawn once for all students. In a class most answers are
those of somebody before: the right ones where numbers are whole, errors, stubs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from convclass.exam.checker import Record, same_question
from convclass.exam.results import CaseResult
from convclass.sandbox.reply import Asked, Heard, Hearing, Limits

MOST_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Decided:
    """A case that is decided, and what else it brought to light."""

    result: CaseResult
    records: tuple[Record, ...] = ()
    observed: frozenset[str] = frozenset()
    observe_next: bool = False


@dataclass(slots=True)
class _Point:
    """A point on the way through a case: the next call, and where each known answer leads; or the decision."""

    asked: Asked | None = None
    ways: dict[bytes, _Point] = field(default_factory=dict)
    decided: Decided | None = None


class Precedents:
    """The known ways through one case. They are forgotten when they take more than `most` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = self._left = most
        self._starts: dict[bool, _Point] = {}

    def follow(
        self, student: Hearing, limits: Limits, observe: bool
    ) -> tuple[list[tuple[Asked, Heard]], Decided | None]:
        """Ask the student as long as the answers are known; what was heard, and the decision if the way led to one.

        With `observe` the first small call is observed, which the replies then tell.
        """
        heard: list[tuple[Asked, Heard]] = []
        point = self._starts.get(observe)
        while point is not None and point.asked is not None:
            answer = student.hear(point.asked, limits, point.ways)
            heard.append((point.asked, answer))
            point = point.ways.get(answer.content) if answer.content is not None else None
        return heard, None if point is None else point.decided

    def remember(self, heard: Sequence[tuple[Asked, Heard]], observe: bool, decided: Decided) -> None:
        """Learn that these answers lead to this decision. A way with an answer that is no message is not learned."""
        contents = [answer.content for _, answer in heard if answer.content is not None]
        size = sum(map(len, contents))
        if len(contents) < len(heard) or size > self._most // 4:
            return
        if size > self._left:
            self._starts, self._left = {}, self._most
        self._left -= size
        point = self._starts.setdefault(observe, _Point())
        for (asked, _), content in zip(heard, contents, strict=True):
            point.asked = point.asked or asked
            if not same_question(point.asked, asked):
                return  # the test does not ask by the answers alone
            point = point.ways.setdefault(content, _Point())
        point.decided = decided
