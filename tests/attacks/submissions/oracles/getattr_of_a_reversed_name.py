"""getattr with a name that is computed.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    return getattr(torch, "d2vnoc"[::-1])(x.double(), weight.double()).to(x.dtype)
