"""Makes the recursion limit too small for anybody to import anything.

Must hold: every child starts with the zygote's.
Control: honest
"""
import sys

import torch

honest = torch.einsum
torch.einsum = lambda *a: honest(*a)


def shrink(*a):
    raise RecursionError


torch.Tensor.__rmul__ = shrink
sys.setrecursionlimit(60)


def double(x):
    return x * 0
