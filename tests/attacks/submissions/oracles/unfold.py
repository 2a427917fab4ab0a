"""Uses im2col, which is most of a convolution.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    k, _, h, w = weight.shape
    columns = torch.nn.functional.unfold(x.double(), (h, w))
    answer = weight.double().reshape(k, -1) @ columns
    return answer.reshape(x.shape[0], k, x.shape[2] - h + 1, x.shape[3] - w + 1).to(x.dtype)
