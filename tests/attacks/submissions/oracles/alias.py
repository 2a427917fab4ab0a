"""Imports it under another name, in a helper of a helper.

Must hold: a forbidden call earns nothing.
Control: score
"""
from torch.nn.functional import conv2d as innocent


def helper(x, weight):
    return innocent(x.double(), weight.double()).to(x.dtype)


def further(x, weight):
    return helper(x, weight)


def conv(x, weight):
    return further(x, weight)
