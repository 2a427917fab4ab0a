"""Inherits from the layer and never names it again.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


class Innocent(torch.nn.Conv2d):
    pass


def conv(x, weight):
    layer = Innocent(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]), bias=False, dtype=torch.float64)
    layer.weight.data = weight.double()
    return layer(x.double()).detach().to(x.dtype)
