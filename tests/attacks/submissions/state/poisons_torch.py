"""Breaks torch for everybody after it.

Must hold: every child starts with the modules of the zygote.
Control: honest
"""
import torch

torch.einsum = torch.stack = lambda *a, **k: torch.zeros(1)
torch.Tensor.__rmul__ = lambda self, other: self


def double(x):
    return x
