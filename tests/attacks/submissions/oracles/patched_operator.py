"""Hides the forbidden function behind an allowed name of torch while the module is loaded.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch

torch.hypot = torch.nn.functional.conv2d


def conv(x, weight):
    return torch.hypot(x.double(), weight.double()).to(x.dtype)
