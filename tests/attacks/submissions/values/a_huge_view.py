"""An expanded view of a billion numbers that costs nothing until somebody compares it.

Must hold: an answer that is too large is refused, before anybody makes room for it.
Control: score
"""
import torch


class Shape:
    pass


def shaped(x):
    answer = Shape()
    answer.shape, answer.dtype = x.shape, x.dtype
    answer.data = torch.zeros(1).expand(2**15, 2**15)
    return answer


def double(x):
    return torch.zeros(1).expand(2**15, 2**15)
