"""What a student's function may answer: tensors, arrays, numbers, texts, and tuples, lists and dicts of these."""

from __future__ import annotations

from typing import Any

import numpy
import torch

from convclass.sandbox.reply import Unsendable


def refusal(value: Any) -> Unsendable | None:
    """Why `value` is no answer, or None when nothing speaks against it; encoding it may still find something."""
    problem = _problem(value, set(), 0)
    return None if problem is None else Unsendable(kind_name(value), problem)


def plain(value: Any) -> Any:
    """The value with its tensors and arrays detached and contiguous; a size becomes a tuple."""
    if isinstance(value, torch.Tensor):
        return value.detach().resolve_conj().resolve_neg().contiguous()
    if type(value) is numpy.ndarray:
        return numpy.ascontiguousarray(value).reshape(value.shape)
    if type(value) in (tuple, torch.Size):
        return tuple(plain(item) for item in value)
    if type(value) is list:
        return [plain(item) for item in value]
    if type(value) is dict:
        return {key: plain(item) for key, item in value.items()}
    return value


def kind_name(value: Any) -> str:
    """The name of the value's type, such as `Conv2d`, at most 100 characters."""
    try:
        return str(type(value).__name__)[:100]
    except Exception:
        return "object"


def _problem(value: Any, above: set[int], depth: int) -> str | None:
    """What keeps `value` from being sent, in words, or None."""
    if isinstance(value, torch.Tensor):
        return _tensor_problem(value)
    if isinstance(value, numpy.ndarray):
        return _array_problem(value)
    if type(value) in (tuple, list, dict):
        if id(value) in above:
            return "it contains itself"
        if depth > 30:
            return "it is nested too deeply"
        parts = [*value, *value.values()] if type(value) is dict else value
        found = (_problem(part, above | {id(value)}, depth + 1) for part in parts)
        return next((problem for problem in found if problem), None)
    return None


def _tensor_problem(tensor: torch.Tensor) -> str | None:
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        return f"it is a subclass of torch.Tensor ({kind_name(tensor)}); return a plain tensor"
    if tensor.device.type == "meta":
        return "it is a tensor on the meta device, which holds no values"
    if tensor.is_quantized:
        return "it is a quantised tensor; return an ordinary one"
    if tensor.layout is not torch.strided:
        return "it is a sparse tensor; return a dense one (.to_dense())"
    if tensor.is_nested:
        return "it is a nested tensor; return an ordinary one"
    return None


def _array_problem(array: numpy.ndarray[Any, Any]) -> str | None:
    if type(array) is not numpy.ndarray:
        return f"it is a subclass of numpy.ndarray ({kind_name(array)}); return a plain array"
    if array.dtype.kind not in "biufc":
        return f"it is a numpy array of dtype {array.dtype.name[:100]}; return an array of numbers"
    return None
