"""Answers with a list in a list in a list, to exhaust the reader.

Must hold: an answer that is nested too deeply is refused.
Control: honest
"""


def spill():
    nested = []
    for _ in range(2 * 10**5):
        nested = [nested]
    return nested


def double(x):
    import sys

    sys.setrecursionlimit(10**9)
    raise ValueError(spill())
