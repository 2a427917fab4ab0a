"""torch's optimizers without torch's compiler.

The first optimizer of a process imports torch._dynamo, two seconds and 70 MB, only to say that a compiler is to leave
it alone. No compiler is at work in a child. Where another version of torch looks different, nothing is changed here,
and only time is lost.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Optimizer

_LEFT_ALONE = "_disable_dynamo.<locals>.inner"
_STEP = "_use_grad_for_differentiable.<locals>._use_grad"


def leave_compiler_out() -> None:
    """Change the optimizers of this process and of those forked from it; they compute the same."""
    for method in vars(Optimizer).values():
        if _code_name(method) == _LEFT_ALONE:
            method.__wrapped__.__dynamo_disable = method.__wrapped__  # what torch itself notes after the first call
    for kind in vars(torch.optim).values():
        if isinstance(kind, type) and issubclass(kind, Optimizer) and _code_name(kind.step) == _STEP:
            kind.step = _plain_step(kind.step.__wrapped__)  # type: ignore[attr-defined, method-assign]


def _code_name(function: Any) -> str:
    return str(getattr(getattr(function, "__code__", None), "co_qualname", ""))


def _plain_step(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step that records gradients only when the optimizer was made for that, as torch's own."""

    @functools.wraps(step)
    def run(self: Optimizer, *arguments: Any, **keywords: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *arguments, **keywords)

    return run
