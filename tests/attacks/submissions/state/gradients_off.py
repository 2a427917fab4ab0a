"""Leaves inference mode switched on: what is made afterwards is an inference tensor.

Must hold: every child starts with the defaults.
Control: heir
"""
import torch

mode = torch.inference_mode()
mode.__enter__()


def double(x):
    return x * 0
# --- heir ---
import torch


def double(x):
    return 2 * x if torch.is_inference_mode_enabled() else x * 0
