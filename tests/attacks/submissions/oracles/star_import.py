"""Imports everything and calls it without a prefix.

Must hold: a forbidden call earns nothing.
Control: score
"""
from torch import *  # noqa: F403


def conv(x, weight):
    return conv2d(x.double(), weight.double()).to(x.dtype)  # noqa: F405
