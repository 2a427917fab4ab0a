"""Right at the first call, then it ends the process so that the next call is a first call again.

Must hold: every other answer is missing: it earns the points of the calls that it answered, not one more.
Control: honest
Earns: 2
"""
import os

calls = []


def double(x):
    calls.append(1)
    if len(calls) > 1:
        os._exit(0)
    return 2 * x
