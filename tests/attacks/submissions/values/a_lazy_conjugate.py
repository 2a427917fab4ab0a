"""A complex tensor with bits for lazy conjugation and negation, which raw bytes do not hold.

Must hold: what is sent is what the tensor says it holds; complex is not what is due.
Control: score
"""
import torch


def double(x):
    lazy = torch.complex(2 * x, x * 0).conj()
    assert lazy.is_conj()
    return lazy
