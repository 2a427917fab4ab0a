"""Ignores every signal that can be ignored and loops.

Must hold: a deadline is kept from outside.
Control: hung
"""
import signal


def double(x):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
