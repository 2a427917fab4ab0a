"""What is promised at each isolation level, as far as attacks can tell the levels apart.

What is not named here holds at every level for every attack. A promise that a level does not make stands here with the
reason, and in SECURITY.md; the tests demand that the attack then does get through, so that nothing stale stays here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotPromised:
    """An attack that gets through at some levels, which of its marks it leaves there, and why."""

    attack: str
    levels: str
    mark: str
    why: str


NOT_PROMISED: tuple[NotPromised, ...] = ()


def promised(attack: str, level: str, mark: str) -> bool:
    """Whether the level promises that the attack does not leave the mark."""
    return not any(p.attack == attack and level in p.levels and p.mark == mark for p in NOT_PROMISED)
