"""Uses the convolution of another number of dimensions.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    return torch.conv3d(x.double()[:, :, None], weight.double()[:, :, None])[:, :, 0].to(x.dtype)
