"""Imports the oracle as a name of a class.

Must hold: a forbidden call earns nothing.
Control: score
"""
class Tools:
    from torch import conv2d as multiply


def conv(x, weight):
    return Tools.multiply(x.double(), weight.double()).to(x.dtype)
