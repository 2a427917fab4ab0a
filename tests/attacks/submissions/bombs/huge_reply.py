"""Answers with half a gigabyte.

Must hold: an answer that is too large is refused.
Control: score
"""
import torch


def shaped(x):
    class Huge:
        shape, dtype, data = x.shape, x.dtype, bytearray(2**28)

    return Huge() if torch.equal(x, x) else torch.zeros(2**27)
