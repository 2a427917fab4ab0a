"""What a description can describe: layers, transformations and networks as plain torch modules and callables.

Every public function of this file is a kind of Described; its parameters are the parts. Nothing here is secret: a
description's numbers are, and they come with the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from convclass.sandbox import networks

Map = Callable[[Tensor], Tensor]


def conv2d(
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    padding_mode: Any = "zeros",
) -> nn.Module:
    """A convolution layer with these weights; `padding_mode` is "zeros" or "circular"."""
    outputs, inputs, height, width = weight.shape
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    kernel = height, width
    layer = nn.Conv2d(inputs * groups, outputs, kernel, bias=bias is not None, padding_mode=padding_mode, **settings)
    return _with_weights(layer, weight, bias)


def linear(weight: Tensor, bias: Tensor | None = None) -> nn.Module:
    """A dense layer with these weights, over the last axis."""
    return _with_weights(nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None), weight, bias)


def relu() -> nn.Module:
    """max(x, 0)."""
    return nn.ReLU()


def flatten() -> nn.Module:
    """(N, ...) → (N, features)."""
    return nn.Flatten()


def unflatten(shape: Sequence[int]) -> nn.Module:
    """(N, features) → (N, *shape)."""
    return nn.Unflatten(1, tuple(shape))


def max_pool2d(kernel_size: Any, stride: Any = None, padding: Any = 0) -> nn.Module:
    """Max pooling."""
    return nn.MaxPool2d(kernel_size, stride, padding)


def avg_pool2d(kernel_size: Any, stride: Any = None, padding: Any = 0) -> nn.Module:
    """Average pooling."""
    return nn.AvgPool2d(kernel_size, stride, padding)


def sequence(parts: Sequence[Map]) -> Map:
    """One after the other."""

    def run(x: Tensor) -> Tensor:
        for part in parts:
            x = part(x)
        return x

    modules = [part for part in parts if isinstance(part, nn.Module)]
    return nn.Sequential(*modules) if len(modules) == len(parts) else run


def identity() -> Map:
    """x → x."""
    return nn.Identity()


def roll(shift: Sequence[int]) -> Map:
    """Circular translation of the last two axes by (rows, columns)."""
    return lambda x: torch.roll(x, tuple(shift), (-2, -1))


def rot90(turns: int = 1) -> Map:
    """Rotation of the last two axes by quarter turns."""
    return lambda x: torch.rot90(x, turns, (-2, -1))


def flip(axis: int) -> Map:
    """Reversal of one axis."""
    return lambda x: x.flip(axis)


def call(target: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """What `target` answers to the arguments: for functions that return functions, and for models."""
    return target(*arguments)


def leaf(values: Tensor) -> Tensor:
    """A copy of the tensor from which on gradients are recorded, to be handed to a function."""
    return values.detach().clone().requires_grad_()


def gradient(output: Any, grad_out: Tensor) -> Tensor:
    """The gradient that `grad_out` becomes on its way from `output` back to the leaf that it was computed from.

    Zeros like grad_out where none arrives, since the output does not remember where it comes from.
    """
    if isinstance(output, Tensor) and output.requires_grad:
        (arrived,) = torch.autograd.grad(output, _leaf_of(output), grad_out, allow_unused=True)
        if arrived is not None:
            return arrived
    return torch.zeros_like(grad_out)


def _leaf_of(output: Tensor) -> Tensor:
    """The first leaf that is met on the way back from a tensor which requires gradients."""
    waiting: list[Any] = [output.grad_fn]
    while waiting:
        node = waiting.pop()
        if hasattr(node, "variable"):
            found: Tensor = node.variable
            return found
        waiting += [before for before, _ in getattr(node, "next_functions", ()) if before is not None]
    return output


def network(layers: Sequence[dict[str, Any]], in_shape: Sequence[int]) -> nn.Module:
    """A whole network from descriptions such as `network_params` reads; its parameters have no particular values."""
    return networks.network(layers, in_shape)


def tree(children: dict[str, nn.Module], parameters: Any = None, buffers: Any = None) -> nn.Module:
    """A module with these children, and with parameters and buffers of its own: dicts from a name to a shape."""
    module = nn.Module()
    for name, child in children.items():
        module.add_module(name, child)
    for name, shape in (parameters or {}).items():
        module.register_parameter(name, nn.Parameter(torch.zeros(*shape)))
    for name, shape in (buffers or {}).items():
        module.register_buffer(name, torch.zeros(*shape))
    return module


def embedding(words: int, features: int) -> nn.Module:
    """A table with a vector for each word."""
    return nn.Embedding(words, features)


def tied(parts: Sequence[nn.Module], names: Sequence[str] = ("weight",)) -> nn.Module:
    """One after the other; the parameters of these names in the later parts are the first part's own."""
    for part in parts[1:]:
        for name in names:
            setattr(part, name, getattr(parts[0], name))
    return nn.Sequential(*parts)


def repeated(part: nn.Module, times: int) -> nn.Module:
    """The same module several times."""
    return nn.Sequential(*[part] * times)


def frozen(part: nn.Module) -> nn.Module:
    """The module, whose parameters training leaves as they are."""
    return part.requires_grad_(False)


def trainable(part: nn.Module) -> nn.Module:
    """The module, all of whose parameters training changes."""
    return part.requires_grad_(True)


def _with_weights(layer: Any, weight: Tensor, bias: Tensor | None) -> nn.Module:
    layer.weight = nn.Parameter(weight.detach().clone(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias.detach().clone(), requires_grad=False)
    module: nn.Module = layer
    return module
