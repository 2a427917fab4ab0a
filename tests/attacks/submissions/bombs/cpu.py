"""Computes for ever.

Must hold: it costs its own question.
Control: hung
"""


def double(x):
    while True:
        pass
