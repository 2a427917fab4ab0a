"""Prints twenty megabytes, right answers and all.

Must hold: what is kept of it is little. The answers are right and earn their points.
Control: flood
Earns: 4
"""


def double(x):
    for _ in range(4):
        print("flood " * 2**18)
    return 2 * x
