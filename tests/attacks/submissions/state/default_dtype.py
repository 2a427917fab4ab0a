"""Makes float64 the default, so that honest code after it answers in another dtype.

Must hold: every child starts with the defaults.
Control: heir
"""
import torch

torch.set_default_dtype(torch.float64)


def double(x):
    return x * 0
# --- heir ---
import torch


def double(x):
    return 2 * x if torch.get_default_dtype() is torch.float64 else x * 0
