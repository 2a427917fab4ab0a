"""Takes the attribute by a class pattern of a match statement, where no attribute is written.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    match torch:
        case object(conv2d=innocent):
            return innocent(x.double(), weight.double()).to(x.dtype)
