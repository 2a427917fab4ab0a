"""Has an annotation that is a text run by singledispatch, which looks for a type there.

Must hold: a forbidden call earns nothing, or the instructor is shown the line.
Control: score
Flagged: yes
"""
import functools

import torch

kept = []


@functools.singledispatch
def known(x):
    return x


def other(x: "kept.append(torch.conv2d)"):
    return x


try:
    known.register(other)
except TypeError:
    pass


def conv(x, weight):
    return kept[0](x.double(), weight.double()).to(x.dtype)
