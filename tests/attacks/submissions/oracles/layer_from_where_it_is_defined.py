"""Takes the layer from torch.nn.modules, where it has another name.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch
from torch.nn.modules import Conv2d


def conv(x, weight):
    layer = Conv2d(2, 3, (2, 3), bias=False).double()
    layer.weight.data = weight.double()
    return layer(x.double()).detach().to(x.dtype)


kept = torch
