"""Leaves a function in torch for an accomplice.

Must hold: every child starts with the modules of the zygote.
Control: heir
"""
import torch

torch.answer = lambda x: 2 * x


def double(x):
    return x * 0
# --- heir ---
import torch


def double(x):
    return getattr(torch, "answer", torch.zeros_like)(x)
