"""Memory in a file that has no name.

Must hold: such files cannot be made.
Control: score
"""
import os


def double(x):
    file = os.memfd_create("large")
    for _ in range(64):
        os.write(file, bytes(2**20))
    return 2 * x
