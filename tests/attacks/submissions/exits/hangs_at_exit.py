"""Registers a function that never ends for the end of the process.

Must hold: a child is killed, not asked to end.
Control: hung
"""
import atexit
import time


def for_ever():
    while True:
        time.sleep(1)


atexit.register(for_ever)


def double(x):
    return x * 0
