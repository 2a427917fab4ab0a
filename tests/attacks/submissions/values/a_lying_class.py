"""An object whose __class__ says torch.Tensor, and whose shape and dtype are right.

Must hold: what something says about itself counts for nothing.
Control: score
"""
import torch


class Liar:
    __class__ = torch.Tensor

    def __init__(self, x):
        self.shape, self.dtype = x.shape, x.dtype


def shaped(x):
    return Liar(x)
