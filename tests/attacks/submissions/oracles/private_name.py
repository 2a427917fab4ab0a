"""Calls a private name that only torch itself uses.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    return torch._C._VariableFunctions.conv2d(x.double(), weight.double()).to(x.dtype)
