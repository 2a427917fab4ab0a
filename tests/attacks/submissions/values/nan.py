"""NaN, from which nothing differs by more than a tolerance.

Must hold: NaN never passes.
Control: score
"""


def double(x):
    return x * float("nan")
