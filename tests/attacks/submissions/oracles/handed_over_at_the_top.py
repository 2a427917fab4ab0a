"""Hands the oracle over at the top of the file, inside of a lambda.

Must hold: a forbidden call earns nothing, or the instructor is shown the line.
Control: score
Flagged: yes
"""
import torch

kept = []


def keep(function):
    kept.append(function)


keep(lambda x, weight: torch.conv2d(x, weight))


def conv(x, weight):
    return kept[0](x.double(), weight.double()).to(x.dtype)
