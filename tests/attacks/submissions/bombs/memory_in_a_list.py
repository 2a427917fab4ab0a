"""Keeps more and more objects.

Must hold: memory is limited.
Control: score
"""
kept = []


def double(x):
    while len(kept) < 40:
        kept.append(bytes(2**26))
    return 2 * x
