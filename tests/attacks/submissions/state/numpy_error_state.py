"""Makes numpy raise on every rounding, for everybody after it.

Must hold: every child starts with the defaults.
Control: heir
"""
import numpy

numpy.seterr(all="raise")


def double(x):
    return x * 0
# --- heir ---
import numpy


def double(x):
    return 2 * x if numpy.geterr()["under"] == "raise" else x * 0
