"""In which order a question's parts are shown, the same wherever it is shown and read back.

What a student chooses is told by its place in this order, so that neither page nor sheet gives the key away.
"""

from __future__ import annotations

import hashlib

from convclass.quiz.models import Matching, Ordering

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def right_sides(question: Matching) -> tuple[str, ...]:
    """Every right side once, in an order that does not tell where it belongs."""
    return tuple(sorted({pair.right for pair in question.pairs} | set(question.distractors)))


def mixed(question: Ordering) -> tuple[int, ...]:
    """Indices into the items, in the order in which they are shown, which is never the right one."""
    indices = range(len(question.items))
    order = sorted(indices, key=lambda i: hashlib.sha256(f"{question.id}\n{question.items[i]}".encode()).digest())
    return tuple(order if order != list(indices) else [*order[1:], order[0]])
