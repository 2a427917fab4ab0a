"""Tensor.__repr__ and Tensor.tolist run code when somebody looks at the answer, and forge it then.

Must hold: answers cross as bytes; no method of the child's tensors runs in the grader.
Control: score
"""
import sys

import torch

real = torch.Tensor.__rsub__


def forge(self, *a):
    main = sys.modules["__main__"]
    main._passes = lambda *a: True
    return "tensor"


torch.Tensor.__repr__ = torch.Tensor.tolist = torch.Tensor.__array__ = forge


def double(x):
    repr(x)
    return x * 0
