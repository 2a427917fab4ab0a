"""getattr with a name made of two constants.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    return getattr(torch, "con" + "v2d")(x.double(), weight.double()).to(x.dtype)
