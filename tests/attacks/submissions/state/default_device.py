"""Makes the meta device the default for everybody after it.

Must hold: every child starts with the defaults.
Control: honest
"""
import torch

torch.set_default_device("meta")


def double(x):
    return x * 0
