"""Leaves a mode on torch's stack that makes every answer wrong.

Must hold: every child starts with empty stacks.
Control: honest
"""
import torch
from torch.overrides import TorchFunctionMode


class Wrong(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        return result * 0 if func in (torch.einsum, torch.stack, torch.Tensor.__rmul__) else result


mode = Wrong()
mode.__enter__()


def double(x):
    return x * 0
