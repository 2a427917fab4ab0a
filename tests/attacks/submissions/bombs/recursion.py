"""Recurses without a limit, until the stack is gone.

Must hold: it costs nobody else a grade.
Control: honest
"""
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __repr__(self):
        return repr(self)

    __eq__ = __hash__ = None


def deep(n):
    return [deep(n + 1)].copy()


def double(x):
    nested = []
    for _ in range(2 * 10**5):
        nested = [nested]
    return repr(nested)
