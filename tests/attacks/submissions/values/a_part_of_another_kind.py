"""Answers with a tuple whose first part is wrong, and whose second is no tensor at all.

Must hold: it is a wrong answer, also where a test goes on to reckon with its parts.
Control: score
"""
import torch


class Pair(tuple):
    shape, dtype = torch.Size((2, 3)), torch.float32


def shaped(x):
    return Pair((x * 0, "text"))
