"""A view that reaches past what it is made of, with memory beside it.

Must hold: what arrives is exactly as large as it says.
Control: score
"""
import torch


def shaped(x):
    big = torch.zeros(100)
    return big.as_strided(x.shape, (7, 3), 40)
