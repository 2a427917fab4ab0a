"""A regular expression with exponential backtracking.

Must hold: it costs its own question.
Control: hung
"""
import re


def double(x):
    re.match(r"(a+)+$", "a" * 64 + "b")
    return 2 * x
