"""What a description can describe: layers, transformations and networks as plain torch modules and callables.

Every public function of this file is a kind of Described; its parameters are the parts. Nothing here is secret: a
description's numbers are, and they come with the call.
"""

from __future__ import annotations

import copy
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


def shifted(shift: Sequence[int]) -> Map:
    """Translation of the last two axes by (rows, columns); what leaves the image is lost, zeros come in."""
    down, right = shift
    return lambda x: nn.functional.pad(x, (right, -right, down, -down))


def permuted(order: Sequence[int], axis: int) -> Map:
    """The entries of one axis in another order: of the channels, or of the members of a set."""
    return lambda x: x.index_select(axis, torch.tensor(order, device=x.device))


def scaled(factor: Tensor) -> Map:
    """x * factor; a factor for each pixel treats places differently."""
    return lambda x: x * factor


def added(amount: Tensor) -> Map:
    """x + amount."""
    return lambda x: x + amount


def subsampled(stride: Sequence[int]) -> Map:
    """Every `stride`-th row and column, beginning with the first."""
    down, right = stride
    return lambda x: x[..., ::down, ::right]


def enlarged(factor: int) -> Map:
    """Every pixel repeated, `factor` times down and `factor` times across."""
    return lambda x: x.repeat_interleave(factor, -2).repeat_interleave(factor, -1)


def global_avg_pool2d() -> Map:
    """(N, C, H, W) → (N, C)."""
    return lambda x: x.mean((-2, -1))


def locally_connected2d(weight: Tensor) -> Map:
    """A layer with a filter of its own for every place, without padding; weight (oH, oW, K, C, kH, kW)."""
    height, width = weight.shape[-2:]

    def run(x: Tensor) -> Tensor:
        return torch.einsum("ncijuv,ijkcuv->nkij", x.unfold(2, height, 1).unfold(3, width, 1), weight)

    return run


def deep_set(own: Tensor, others: Tensor) -> Map:
    """(N, members, F) → (N, members, G): every member's features times `own`, plus the set's mean times `others`."""
    return lambda x: x @ own + x.mean(1, keepdim=True) @ others


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
        module.register_parameter(name, nn.Parameter(torch.zeros(tuple(shape))))
    for name, shape in (buffers or {}).items():
        module.register_buffer(name, torch.zeros(tuple(shape)))
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


def kept(number: int, value: Any) -> Any:
    """The value, built once in a call: wherever this number stands it is the same object, to be trained and asked."""
    return value


def dropout(share: float) -> nn.Module:
    """Dropout of this share of the numbers, in training mode."""
    return nn.Dropout(share)


def batch_norm(features: int, dtype: torch.dtype = torch.float32) -> nn.Module:
    """Batch normalisation over (N, features)."""
    return nn.BatchNorm1d(features, dtype=dtype)


def maker(model: nn.Module) -> Callable[[], nn.Module]:
    """A function that makes a copy of the model at every call."""
    return lambda: copy.deepcopy(model)


def linear_maker(in_features: int, classes: int) -> Callable[[], nn.Module]:
    """A function that makes a dense classifier with weights from torch's generator at every call."""
    return lambda: nn.Sequential(nn.Flatten(), nn.Linear(in_features, classes))


def set_training(model: nn.Module, mode: bool) -> nn.Module:
    """The model, in training mode or not."""
    return model.train(mode)


def is_training(model: nn.Module) -> bool:
    """Whether the model is in training mode."""
    return model.training


def type_name(value: Any) -> str:
    """The name of the value's type."""
    return type(value).__name__


def parameter_shapes(model: nn.Module) -> list[str]:
    """Name and shape of every parameter, such as "layers.0.weight 5 x 12", sorted by name."""
    return [f"{name} {' x '.join(map(str, p.shape))}" for name, p in sorted(model.named_parameters())]


def parameter_total(model: nn.Module) -> int:
    """How many numbers the parameters hold."""
    return sum(p.numel() for p in model.parameters())


def load_state(model: nn.Module, state: dict[str, Tensor]) -> nn.Module:
    """The model with these parameters, by name, or in order when the names are others.

    So wrong names cost what is asked about names, and no more. Raises ValueError when the shapes do not fit.
    """
    own = dict(model.named_parameters())
    names = list(state) if own.keys() == state.keys() else list(own)
    targets = [own[name] for name in names]
    if [p.shape for p in targets] != [value.shape for value in state.values()]:
        raise ValueError(f"the parameters are {parameter_shapes(model)}")
    for parameter, value in zip(targets, state.values(), strict=True):
        parameter.data = value.detach().clone()
    return model


def state(model: nn.Module) -> tuple[Tensor, ...]:
    """Parameters and buffers, sorted by name."""
    return tuple(value for _, value in sorted(model.state_dict().items()))


def gradients(model: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
    """The gradients of half the squared outputs in every parameter, sorted by name; zeros where none arrives."""
    parameters = [p for _, p in sorted(model.named_parameters())]
    found = torch.autograd.grad((model(x) ** 2).sum() / 2, parameters, allow_unused=True)
    return tuple(torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True))


def predict(model: nn.Module, x: Tensor) -> Tensor:
    """The class with the highest score for each image, in evaluation mode."""
    with torch.no_grad():
        scores: Tensor = model.eval()(x)
    return scores.argmax(1)


def numbers(values: Sequence[Any]) -> Tensor:
    """A list of numbers as float32, so that they are compared with its rounding."""
    return torch.tensor([float(value) for value in values], dtype=torch.float32)


def table(rows: dict[str, dict[str, Any]], names: Sequence[str], columns: Sequence[str]) -> Tensor:
    """The rows of these names and columns as float32, one row for each name."""
    return torch.stack([numbers([rows[name][column] for column in columns]) for name in names])


def _with_weights(layer: Any, weight: Tensor, bias: Tensor | None) -> nn.Module:
    layer.weight = nn.Parameter(weight.detach().clone(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias.detach().clone(), requires_grad=False)
    module: nn.Module = layer
    return module
