"""Complex numbers where real ones are due.

Must hold: the dtype is the input's.
Control: score
"""
import torch


def double(x):
    return torch.complex(2 * x, x * 0)
