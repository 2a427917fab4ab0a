"""Networks of described layers as torch modules, with parameters of the right shapes and no particular values.

The layers are described as `network_params` of assignment 3 reads them. Each is built for the shape that reaches it,
which torch itself says: everything is made without memory at first, and run on an image without numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Layer = Mapping[str, Any]

WINDOW = ("stride", "padding", "dilation")


def network(layers: Sequence[Layer], in_shape: Sequence[int]) -> nn.Module:
    """The module of a whole network, in memory that nothing was written to yet."""
    with torch.device("meta"):
        built, _ = _sequence(layers, torch.empty(1, *in_shape), {})
    return built.to_empty(device="cpu")


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
    """Filters of its own for every position; weight (oH·oW, K, C·kH·kW)."""

    def __init__(self, x: Tensor, filters: int, kernel_size: Any, bias: bool, settings: dict[str, Any]) -> None:
        super().__init__()
        self.unfold = nn.Unfold(kernel_size, **settings)
        taps, positions = self.unfold(x).shape[1:]
        self.out = nn.Conv2d(x.shape[1], filters, kernel_size, **settings)(x).shape[1:]
        self.weight = nn.Parameter(torch.empty(positions, filters, taps))
        self.bias = nn.Parameter(torch.empty(self.out)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """One sum of products for each unit."""
        y = torch.einsum("ntp,pkt->nkp", self.unfold(x), self.weight).reshape(-1, *self.out)
        return y if self.bias is None else y + self.bias


Made = tuple[nn.Module, Tensor]


def _sequence(layers: Sequence[Layer], x: Tensor, shared: dict[str, nn.Module]) -> Made:
    """The module of several layers, and what comes out of it."""
    modules = []
    for layer in layers:
        module = _compound(layer, x, shared) or _PLAIN[layer["type"]](layer, x)
        x = module(x)
        modules.append(module)
    return nn.Sequential(*modules), x


def _compound(layer: Layer, x: Tensor, shared: dict[str, nn.Module]) -> nn.Module | None:
    """The module of a layer that is made of layers, or None."""
    match layer["type"]:
        case "branches":
            return Branches([_sequence(path, x, shared)[0] for path in layer["paths"]], layer["merge"])
        case "side":
            return Side(_sequence(layer["layers"], x, shared)[0])
        case "shared":
            name = layer["name"]
            shared[name] = shared[name] if name in shared else _sequence(layer["layers"], x, shared)[0]
            return shared[name]
    return None


def _conv(layer: Layer, x: Tensor) -> nn.Module:
    settings = {name: layer[name] for name in (*WINDOW, "groups", "bias") if name in layer}
    if layer.get("table") is not None:
        return PartlyConnected(layer["table"], layer["kernel_size"], settings)
    return nn.Conv2d(x.shape[1], layer["out_channels"], layer["kernel_size"], **settings)


def _local(layer: Layer, x: Tensor) -> nn.Module:
    settings = {name: layer[name] for name in WINDOW if name in layer}
    return LocallyConnected(x, layer["out_channels"], layer["kernel_size"], layer.get("bias", True), settings)


def _pool(kind: Callable[..., nn.Module]) -> Callable[[Layer, Tensor], nn.Module]:
    return lambda layer, x: kind(layer["kernel_size"], layer.get("stride"), layer.get("padding", 0))


_PLAIN: dict[str, Callable[[Layer, Tensor], nn.Module]] = {
    "conv": _conv,
    "locally_connected": _local,
    "linear": lambda layer, x: nn.Linear(x.shape[1], layer["out_features"], bias=layer.get("bias", True)),
    "batch_norm": lambda layer, x: (nn.BatchNorm2d if x.ndim == 4 else nn.BatchNorm1d)(x.shape[1]).eval(),
    "max_pool": _pool(nn.MaxPool2d),
    "avg_pool": _pool(nn.AvgPool2d),
    "subsample": lambda layer, x: Subsample(x.shape[1], layer["kernel_size"]),
    "global_avg_pool": lambda layer, x: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    "flatten": lambda layer, x: nn.Flatten(),
    "relu": lambda layer, x: nn.ReLU(),
    "dropout": lambda layer, x: nn.Dropout(),
}
