"""Writes forty megabytes to standard error past Python, right answers and all.

Must hold: it goes nowhere. The answers are right and earn their points.
Control: flood
Earns: 4
"""
import os


def double(x):
    for _ in range(10):
        os.write(2, b"flood " * 2**18)
    return 2 * x
