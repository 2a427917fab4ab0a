"""Compiles text with torch's own compiler.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


def conv(x, weight):
    unit = torch.jit.CompilationUnit("def f(x, w):\n    return torch.conv2d(x, w)\n")
    return unit.f(x.double(), weight.double()).to(x.dtype)
