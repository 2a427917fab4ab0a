"""Loads a program that was saved by torch from bytes in the source.

Must hold: nothing is loaded that was not observed.
Control: score
"""
import io

import torch


class Program(torch.nn.Module):
    def forward(self, x, weight):
        return torch.conv2d(x, weight)


room = io.BytesIO()
torch.jit.save(torch.jit.trace(Program(), (torch.ones(1, 2, 4, 4).double(), torch.ones(1, 2, 2, 2).double())), room)


def conv(x, weight):
    room.seek(0)
    return torch.jit.load(room)(x.double(), weight.double()).to(x.dtype)
