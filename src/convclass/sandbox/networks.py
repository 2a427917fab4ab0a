"""Networks of described layers as torch modules, with parameters of the right shapes and no particular values.

The layers are described as `network_params` of assignment 3 reads them. They are made without memory at first and
then given some that nothing was written to: even the largest network takes milliseconds, and no memory until used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Layer = Mapping[str, Any]
Shape = tuple[int, ...]

WINDOW = ("stride", "padding", "dilation")


def network(layers: Sequence[Layer], in_shape: Sequence[int]) -> nn.Module:
    """The module of a whole network, for images or features of this shape."""
    with torch.device("meta"):
        built, _ = _sequence(layers, tuple(in_shape), {})
    module: nn.Module = built._apply(  # type: ignore[no-untyped-call]  # to_empty does it too, after seconds of imports
        lambda tensor: torch.empty(tensor.shape, dtype=tensor.dtype)
    )
    return module


class Branches(nn.Module):
    """Paths that see the same input, added or stacked along the channels."""

    def __init__(self, paths: Sequence[nn.Module], merge: str) -> None:
        super().__init__()
        self.paths, self.merge = nn.ModuleList(paths), merge

    def forward(self, x: Tensor) -> Tensor:
        """All paths, merged."""
        outputs = [path(x) for path in self.paths]
        return torch.cat(outputs, 1) if self.merge == "concat" else sum(outputs[1:], outputs[0])


class Side(nn.Module):
    """A head beside the network: its input is handed on."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        """What goes on to the next layer; the head's answer is for training only."""
        self.head(x)
        return x


class PartlyConnected(nn.Module):
    """A convolution each of whose filters sees the channels that its row of the table lists."""

    def __init__(self, table: Sequence[Sequence[int]], kernel_size: Any, settings: dict[str, Any]) -> None:
        super().__init__()
        self.table = [list(row) for row in table]
        self.filters = nn.ModuleList(nn.Conv2d(len(row), 1, kernel_size, **settings) for row in table)

    def forward(self, x: Tensor) -> Tensor:
        """One output channel for each filter."""
        return torch.cat([f(x[:, row]) for f, row in zip(self.filters, self.table, strict=True)], 1)


class Subsample(nn.Module):
    """LeNet's pooling: sums of windows, times a coefficient, plus a bias, both for each channel."""

    def __init__(self, channels: int, kernel_size: Any) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size, divisor_override=1)
        self.coefficient, self.bias = (nn.Parameter(torch.empty(channels, 1, 1)) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Smaller images."""
        scaled: Tensor = self.coefficient * self.pool(x) + self.bias
        return scaled


class LocallyConnected(nn.Module):
    """Filters of its own for every position; weight (oH·oW, K, C·kH·kW), bias (K, oH, oW)."""

    def __init__(self, taps: int, out_shape: Shape, bias: bool, window: nn.Unfold) -> None:
        super().__init__()
        filters, rows, columns = self.out_shape = out_shape
        self.window = window
        self.weight = nn.Parameter(torch.empty(rows * columns, filters, taps))
        self.bias = nn.Parameter(torch.empty(out_shape)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """One sum of products for each unit."""
        y = torch.einsum("ntp,pkt->nkp", self.window(x), self.weight).reshape(-1, *self.out_shape)
        return y if self.bias is None else y + self.bias


Made = tuple[nn.Module, Shape]


def _sequence(layers: Sequence[Layer], shape: Shape, shared: dict[str, Made]) -> Made:
    """The module of several layers, and the shape of what comes out of it."""
    modules = []
    for layer in layers:
        module, shape = _compound(layer, shape, shared) or _PLAIN[layer["type"]](layer, shape)
        modules.append(module)
    return nn.Sequential(*modules), shape


def _compound(layer: Layer, shape: Shape, shared: dict[str, Made]) -> Made | None:
    """The module of a layer that is made of layers, or None."""
    match layer["type"]:
        case "branches":
            paths, ends = zip(*(_sequence(path, shape, shared) for path in layer["paths"]), strict=True)
            channels = sum(end[0] for end in ends) if layer["merge"] == "concat" else ends[0][0]
            return Branches(paths, layer["merge"]), (channels, *ends[0][1:])
        case "side":
            return Side(_sequence(layer["layers"], shape, shared)[0]), shape
        case "shared":
            made = _sequence(layer["layers"], shape, shared)
            module, _ = shared.setdefault(layer["name"], made)
            return module, made[1]
    return None


def _conv(layer: Layer, shape: Shape) -> Made:
    settings = {name: layer[name] for name in (*WINDOW, "groups", "bias") if name in layer}
    end = _after(layer, shape, layer["out_channels"])
    if layer.get("table") is not None:
        return PartlyConnected(layer["table"], layer["kernel_size"], settings), end
    return nn.Conv2d(shape[0], layer["out_channels"], layer["kernel_size"], **settings), end


def _local(layer: Layer, shape: Shape) -> Made:
    settings = {name: layer[name] for name in WINDOW if name in layer}
    end = _after(layer, shape, layer["out_channels"])
    taps = shape[0] * math.prod(_pair(layer["kernel_size"]))
    window = nn.Unfold(layer["kernel_size"], **settings)
    return LocallyConnected(taps, end, layer.get("bias", True), window), end


def _linear(layer: Layer, shape: Shape) -> Made:
    units = layer["out_features"]
    return nn.Linear(shape[0], units, bias=layer.get("bias", True)), (units,)


def _batch_norm(layer: Layer, shape: Shape) -> Made:
    return (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(shape[0]), shape


def _pool(kind: Callable[..., nn.Module]) -> Callable[[Layer, Shape], Made]:
    def pool(layer: Layer, shape: Shape) -> Made:
        window, padding = layer["kernel_size"], layer.get("padding", 0)
        stride = window if layer.get("stride") is None else layer["stride"]
        end = _after({"kernel_size": window, "stride": stride, "padding": padding}, shape, shape[0])
        return kind(window, stride, padding), end

    return pool


def _subsample(layer: Layer, shape: Shape) -> Made:
    _, end = _pool(nn.AvgPool2d)(layer, shape)
    return Subsample(shape[0], layer["kernel_size"]), end


def _after(layer: Layer, shape: Shape, channels: int) -> Shape:
    """The shape after a window was slid over the image."""
    settings = [_pair(layer.get(name, usual)) for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))]
    axes = zip(shape[1:], _pair(layer["kernel_size"]), *settings, strict=True)
    return (channels, *((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes))


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


_PLAIN: dict[str, Callable[[Layer, Shape], Made]] = {
    "conv": _conv,
    "locally_connected": _local,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "max_pool": _pool(nn.MaxPool2d),
    "avg_pool": _pool(nn.AvgPool2d),
    "subsample": _subsample,
    "global_avg_pool": lambda layer, shape: (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), shape[:1]),
    "flatten": lambda layer, shape: (nn.Flatten(), (math.prod(shape),)),
    "relu": lambda layer, shape: (nn.ReLU(), shape),
    "dropout": lambda layer, shape: (nn.Dropout(), shape),
}
