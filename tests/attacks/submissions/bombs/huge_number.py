"""Answers with an int of a hundred million bits.

Must hold: an answer that is too large is refused.
Control: hung
"""


def spill():
    return 1 << 10**8


def double(x):
    str_limit = __import__("sys").set_int_max_str_digits
    str_limit(0)
    raise ValueError(str(1 << 10**8))
