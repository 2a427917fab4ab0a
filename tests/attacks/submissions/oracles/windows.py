"""Uses Tensor.unfold.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    windows = x.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    return torch.einsum("ncijuv,kcuv->nkij", windows, weight)
