"""Infinities, whose difference is no number.

Must hold: an infinity is right only where one is due.
Control: score
"""


def double(x):
    return x * 0 + float("nan") if x.ndim == 1 else x / 0
