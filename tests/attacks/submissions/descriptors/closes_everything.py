"""Closes all descriptors and goes on computing.

Must hold: a closed connection is a crash of this submission.
Control: honest
"""
import os


def double(x):
    os.closerange(0, 4096)
    return 2 * x
