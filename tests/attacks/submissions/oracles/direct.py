"""Calls what it should build.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch.nn.functional as F


def conv(x, weight):
    return F.conv2d(x.double(), weight.double()).to(x.dtype)
