"""What the zygote goes through once, so that no child has to do it for the first time.

torch and Python make much of what they need only when it is first used: the Python face of an operator, the cache of
an attribute, a table of conversions. A child that is forked afterwards inherits it; otherwise each child pays, in time
and in pages that it must copy. So this runs the ways that answers go, over the operators that coursework uses.
"""

from __future__ import annotations

from typing import Any

import numpy
import torch

from convclass.sandbox import message, runner

_MODULE = '''
"""A module like those that students hand in."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self, width: int = 3):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, width), nn.Linear(width, 2)])

    def forward(self, x):
        return self.layers[1](F.relu(self.layers[0](x)))


def operators(x, n=2):
    rows, columns = x.shape[-2:]
    if rows < 1:
        raise ValueError(f"no rows: {rows}")
    y = x.new_zeros(2, rows, columns) + torch.zeros_like(x) * torch.ones(rows, columns, dtype=x.dtype)
    y[:, 1:, :-1] += x[1:, :-1] * n
    y[0, 0] = x[0].sum()
    y[..., ::2] -= 1
    padded = F.pad(x[None, None], (1, 1, 1, 1))
    windows = padded.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).contiguous().reshape(-1, 4)
    strided = torch.as_strided(x.contiguous(), (2, 2), (1, 1))
    product = windows @ windows.transpose(0, 1).to(x.dtype)
    batch = torch.bmm(x[None], x.T[None]).squeeze(0) + torch.einsum("ij,kj->ik", x, x)
    both = torch.cat([x.flip(0), x.roll(1, dims=1)], dim=1).view(-1)
    stacked = torch.stack([x, x.clone()]).unsqueeze(1).expand(2, 3, rows, columns).flatten(1)
    tensordot = torch.tensordot(x, x, dims=([1], [1])) / 2 - x.abs().max() ** 2
    numbers = torch.tensor([[1.0, 2.0]], dtype=x.dtype), torch.arange(4), torch.empty_like(x).fill_(0)
    index = torch.arange(rows)[:, None] * n + torch.arange(2)
    picked = x[index.clamp(max=rows - 1) % rows, :2].sum(dim=(0, 1)), x.amax(dim=(0, 1)), x.argmax()
    put = torch.zeros_like(x).index_add(0, torch.tensor([0]), x[:1]).repeat(1, 2)
    mask = torch.where(x > 0, x, torch.zeros_like(x)).masked_fill(x < 0, 0).mean() if x.is_floating_point() else x.sum()
    return y, product.sum((0, 1)), batch, both, stacked, tensordot, numbers, picked, put, mask, strided


def arrays(image, kernel):
    rows, columns = image.shape
    out = np.zeros((rows - 1, columns - 1), dtype=image.dtype)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + 2, j : j + 2] * kernel[::-1, ::-1])
    return out


def number(size, kernel_size, *, stride=1):
    if kernel_size > size:
        raise ValueError("the kernel does not fit: " + str(math.floor(size / stride)))
    return (size - kernel_size) // stride + 1


def learn(x):
    net = Net()
    loss = F.cross_entropy(net(x.float()), torch.tensor([0, 1, 1]))
    loss.backward()
    return loss.item()
'''


def rehearse(*, learn: bool = True) -> None:
    """Load a module and let it answer what an exam asks, with every kind of data that goes over the wire.

    `learn` False leaves autograd alone: its first use starts CUDA and a thread for each device.
    """
    warm = runner.Runner(_MODULE.encode(), "rehearsal.py", 0)
    message.encode_reply(0, warm.inspect())
    message.encode_reply(0, warm.load())
    for dtype in (torch.float32, torch.float64, torch.int64):
        for observe in (False, True):
            _ask(warm, "operators", (torch.arange(12).reshape(3, 4).to(dtype),), {"n": 2}, observe)
    _ask(warm, "operators", (torch.zeros(0, 4),), {}, False)
    _ask(warm, "operators", (numpy.ones((2, 2)),), {}, False)
    _ask(warm, "arrays", (numpy.ones((3, 4)), numpy.ones((2, 2), numpy.float32)), {}, True)
    _ask(warm, "number", (5, 3), {"stride": (2, 1)}, False)
    _ask(warm, "number", (5, 3), {"stride": 2}, False)
    _ask(warm, "number", (3, 5), {}, False)
    if learn:
        _ask(warm, "learn", (torch.ones(3, 4, dtype=torch.float64),), {}, True)
    _ask(warm, "missing", (), {}, False)


def _ask(
    warm: runner.Runner, function: str, arguments: tuple[Any, ...], keywords: dict[str, Any], observe: bool
) -> None:
    """One call on the way that it takes: packed, unpacked, answered, packed."""
    pieces = message.encode_question(message.Question(1, "call", (function, arguments, keywords, observe, observe)))
    header, payload = bytes(pieces[1]), b"".join(pieces[2:])
    room: Any = numpy.frombuffer(payload, numpy.uint8).copy()
    asked = message.decode_question(header, memoryview(room))
    name, given, named, return_arguments, seen = asked.fields
    reply = warm.call(name, given, named, return_arguments=return_arguments, observe=seen)
    message.encode_reply(1, reply)
