"""Takes the module from a list, so that the attribute seems to be some object's.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    return [torch][0].conv2d(x.double(), weight.double()).to(x.dtype)
