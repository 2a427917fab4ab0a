"""A view whose elements share one place, so that who writes to it writes everywhere.

Must hold: what arrives has memory of its own.
Control: score
"""
import torch


def shaped(x):
    return torch.zeros(4).as_strided(x.shape, (0, 1))
