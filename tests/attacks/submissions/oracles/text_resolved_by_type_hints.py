"""Has an annotation that is a text evaluated.

Must hold: a forbidden call earns nothing, or the instructor is shown the line.
Control: score
Flagged: yes
"""
import typing

import torch


class Holder:
    held: "torch.conv2d"


def conv(x, weight):
    return typing.get_type_hints(Holder, {"torch": torch})["held"](x.double(), weight.double()).to(x.dtype)
