"""Calls torch._convolution, which few lists of names hold.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    return torch._convolution(
        x.double(), weight.double(), None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, False, False, False, False
    ).to(x.dtype)
