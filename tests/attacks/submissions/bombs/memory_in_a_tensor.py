"""One tensor that is larger than what a submission may have.

Must hold: memory is limited.
Control: score
"""
import torch


def double(x):
    large = torch.empty(5 * 2**29, dtype=torch.uint8)
    large[:: 2**20] = 1
    return 2 * x
