"""Training in a child: the same steps as anywhere, without torch's compiler."""

from __future__ import annotations

import pytest
import torch

from convclass.sandbox.reply import Returned
from convclass.sandbox.sandbox import Sandbox

TRAINING = b"""
import sys
import torch

def train(name, weights):
    leaf = weights.clone().requires_grad_()
    optimizer = getattr(torch.optim, name)([leaf], lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for _ in range(4):
        optimizer.zero_grad()
        ((leaf - 1) ** 4).sum().backward()
        optimizer.step()
        schedule.step()
    return leaf.detach()

def compiler():
    return "torch._dynamo" in sys.modules
"""


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam"])
def test_an_optimizer_takes_the_same_steps_and_imports_no_compiler(sandbox: Sandbox, name: str):
    weights = torch.linspace(-1, 2, 7)
    here: dict = {}
    exec(TRAINING, here)
    with sandbox.student(TRAINING, "training.py") as student:
        reply = student.call("train", (name, weights), {})
        assert isinstance(reply, Returned)
        assert torch.equal(reply.value, here["train"](name, weights))
        assert student.call("compiler", (), {}) == Returned(False)


def test_an_optimizer_that_is_made_to_be_differentiated_records_its_steps(sandbox: Sandbox):
    source = b"""
import torch

def sensitivity(start, rate):
    weights = start.clone().requires_grad_()
    moved = weights.clone()
    optimizer = torch.optim.SGD([moved], lr=rate, differentiable=True)
    moved.grad = 2 * moved
    optimizer.step()
    return torch.autograd.grad(moved.sum(), weights)[0], torch.is_grad_enabled()
"""
    with sandbox.student(source, "sensitivity.py") as student:
        reply = student.call("sensitivity", (torch.ones(3), 0.25), {})
        assert isinstance(reply, Returned)
        assert torch.equal(reply.value[0], torch.full((3,), 0.5))
        assert reply.value[1] is True
