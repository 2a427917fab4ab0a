"""One number, expanded without memory to the shape that is due.

Must hold: values are compared.
Control: score
"""
import torch


def shaped(x):
    return torch.zeros(1).expand(x.shape)
