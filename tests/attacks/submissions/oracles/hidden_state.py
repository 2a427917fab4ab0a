"""Lets a question that forbids nothing do the forbidden work for the one that does.

Must hold: the question that gets the points may not call it, wherever the function was fetched.
Control: score
"""
import torch

kept = {"f": None}


def fetch():
    kept["f"] = torch.conv2d


fetch()


def double(x):
    return x * 0


def conv(x, weight):
    return kept["f"](x.double(), weight.double()).to(x.dtype)
