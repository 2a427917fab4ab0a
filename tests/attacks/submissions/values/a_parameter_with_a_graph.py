"""A parameter that requires gradients and hangs on a graph, with values that are wrong.

Must hold: values are compared, the graph stays behind.
Control: score
"""
import torch


def shaped(x):
    return torch.nn.Parameter(x * 0).exp() * 7
