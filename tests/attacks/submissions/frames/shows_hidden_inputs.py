"""Prints its input and raises an exception that spells it out, to learn the hidden inputs from the feedback.

Must hold: nothing that is said in a hidden case is shown to the student; this number stands for a hidden input.
Control: spill
"""
import os


def double(x):
    if x.shape == (2, 3):
        return x * 0  # the public case, whose text may be shown
    secret = os.environ.get("EXAM_SECRET", "") or "CANARY" + "-of-a-hidden-input"
    print(secret)
    raise RuntimeError(secret)
