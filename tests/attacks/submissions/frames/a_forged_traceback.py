"""Replaces the function that lists the lines of a traceback, so that a "file name" in it spells a hidden input.

Must hold: of a hidden case nothing is shown that the submission's process wrote; this text stands for the input.
Control: spill
"""
import sys


def double(x):
    if x.shape == (2, 3):
        return x * 0  # the public case, whose text may be shown
    secret = "CANARY" + "-of-a-hidden-input"
    frame = sys._getframe(1)
    while frame:
        runner = frame.f_locals.get("self")
        if hasattr(runner, "_frames"):
            made = type(runner)._frames.__globals__["Frame"]("cell " + secret, 7, secret, secret)
            type(runner)._frames = lambda self, error: (made,)
        frame = frame.f_back
    raise ValueError(secret)
