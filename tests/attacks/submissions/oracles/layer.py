"""Uses the layer instead of the function.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]), bias=False).double()
    layer.weight.data = weight.double()
    return layer(x.double()).detach().to(x.dtype)
