"""Opens files until there are no more numbers.

Must hold: descriptors are few.
Control: score
"""
import os


def double(x):
    for _ in range(500):
        os.open("/dev/null", os.O_RDONLY)
    return 2 * x
