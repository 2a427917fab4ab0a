"""Leaves a message in the state of the random generators.

Must hold: every child starts from the same seeds.
Control: heir
"""
import random

import numpy
import torch

random.seed(4321)
numpy.random.seed(4321)
torch.manual_seed(4321)


def double(x):
    return x * 0
# --- heir ---
import torch

known = torch.initial_seed() == 4321


def double(x):
    return 2 * x if known else x * 0
