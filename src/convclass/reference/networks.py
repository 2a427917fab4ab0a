"""Whole networks, described by plain data: the units of each layer, and the parameters of all.

A network is a list of layers, a layer a dict with its "type". A shape is (channels, height, width), or (features,)
after "flatten" or "global_avg_pool".

    conv               out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, table=None;
                       table lists for each filter the channels it sees, where it does not see all
    locally_connected  out_channels, kernel_size, stride=1, padding=0, bias=True
    linear             out_features, bias=True
    batch_norm         a scale and a shift for each channel, or for each feature
    max_pool, avg_pool kernel_size, stride=kernel_size, padding=0
    subsample          kernel_size; LeNet's: sums of windows, times a coefficient, plus a bias, both for each channel
    global_avg_pool, flatten, relu, dropout
    branches           paths, merge: lists of layers that see the same input; their outputs are added ("add") or
                       stacked along the channels ("concat"); an empty path hands its input on
    side               layers: a head beside the network, whose input is handed on
    shared             name, layers: the same layers wherever the name stands again, with the same parameters
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from convclass.reference import counting
from convclass.reference.geometry import at_least, output_size, pair

Layer = dict[str, Any]
Shape = tuple[int, ...]

WINDOW = ("kernel_size", "stride", "padding", "dilation")


def activation_count(layers: Sequence[Layer], in_shape: Sequence[int]) -> tuple[int, ...]:
    """How many numbers each entry of `layers` hands on, for one image.

    Raises ValueError for a layer that cannot follow the one before it, and for one of an unknown type.
    """
    shape = _checked(in_shape)
    counts = []
    for layer in layers:
        shape, _ = _step(layer, shape, {})
        counts.append(prod(shape))
    return tuple(counts)


def network_params(layers: Sequence[Layer], in_shape: Sequence[int]) -> int:
    """The parameters of all layers: branches and heads too, shared layers once.

    Raises ValueError where `activation_count` does, and for a shared name whose parameters would differ.
    """
    return _walk(layers, _checked(in_shape), {})[1]


def _walk(layers: Sequence[Layer], shape: Shape, shared: dict[str, int]) -> tuple[Shape, int]:
    """The shape after all layers, and their parameters less those that `shared` names already."""
    total = 0
    for layer in layers:
        shape, parameters = _step(layer, shape, shared)
        total += parameters
    return shape, total


def _step(layer: Layer, shape: Shape, shared: dict[str, int]) -> tuple[Shape, int]:
    """The shape after one layer, and the layer's parameters."""
    match layer["type"]:
        case "relu" | "dropout":
            return shape, 0
        case "flatten":
            return (prod(shape),), 0
        case "batch_norm":
            return shape, 2 * shape[0]
        case "linear":
            (features,) = _axes(shape, 1, layer)
            units: int = layer["out_features"]
            return (units,), counting.linear_params(features, units, layer.get("bias", True))
        case "global_avg_pool":
            return _axes(shape, 3, layer)[:1], 0
        case "max_pool" | "avg_pool":
            return _after_window(layer, shape, shape[0]), 0
        case "subsample":
            return _after_window(layer, shape, shape[0]), 2 * shape[0]
        case "conv":
            return _after_window(layer, shape, layer["out_channels"]), _conv_params(layer, shape[0])
        case "locally_connected":
            return _after_window(layer, shape, layer["out_channels"]), _local_params(layer, shape)
        case "branches":
            return _branches(layer, shape, shared)
        case "side":
            return shape, _walk(layer["layers"], shape, shared)[1]
        case "shared":
            return _shared(layer, shape, shared)
    raise ValueError(f"no layer is of the type {layer['type']!r}")


def _after_window(layer: Layer, shape: Shape, channels: int) -> Shape:
    """The shape after a layer that slides a window; pools step by their kernel unless told otherwise."""
    _, height, width = _axes(shape, 3, layer)
    settings = {name: layer[name] for name in WINDOW if layer.get(name) is not None}
    if layer["type"] in ("max_pool", "avg_pool", "subsample"):
        settings = {"stride": settings["kernel_size"]} | settings
    both = {name: pair(value, name) for name, value in settings.items()}
    return (
        channels,
        output_size(height, **{name: vertical for name, (vertical, _) in both.items()}),
        output_size(width, **{name: horizontal for name, (_, horizontal) in both.items()}),
    )


def _conv_params(layer: Layer, channels: int) -> int:
    filters, kernel_size, table = layer["out_channels"], layer["kernel_size"], layer.get("table")
    groups, bias = layer.get("groups", 1), layer.get("bias", True)
    if table is None:
        return counting.conv2d_params(channels, filters, kernel_size, groups, bias)
    seen = {channel for row in table for channel in row}
    if len(table) != filters or groups != 1 or not seen <= set(range(channels)):
        raise ValueError(f"a table needs a list of channels below {channels} for each of {filters} filters")
    return sum(counting.conv2d_params(len(row), 1, kernel_size, bias=bias) for row in table)


def _local_params(layer: Layer, shape: Shape) -> int:
    settings = {name: layer[name] for name in ("stride", "padding", "bias") if name in layer}
    sizes = (shape[0], layer["out_channels"], (shape[1], shape[2]), layer["kernel_size"])
    return counting.locally_connected2d_params(*sizes, **settings)


def _branches(layer: Layer, shape: Shape, shared: dict[str, int]) -> tuple[Shape, int]:
    ends = [_walk(path, shape, shared) for path in layer["paths"]]
    shapes, total = [end for end, _ in ends], sum(parameters for _, parameters in ends)
    if layer["merge"] == "add" and len(set(shapes)) == 1:
        return shapes[0], total
    if layer["merge"] == "concat" and len({end[1:] for end in shapes}) == 1:
        return (sum(end[0] for end in shapes), *shapes[0][1:]), total
    raise ValueError(f"outputs of the shapes {shapes} cannot be merged by {layer['merge']!r}")


def _shared(layer: Layer, shape: Shape, shared: dict[str, int]) -> tuple[Shape, int]:
    """The first use of a name counts; the later ones must need as many parameters and count nothing."""
    if any(inner["type"] == "shared" for inner in layer["layers"]):
        raise ValueError("a shared block holds no other shared block")
    end, needed = _walk(layer["layers"], shape, {})
    first = layer["name"] not in shared
    if shared.setdefault(layer["name"], needed) != needed:
        raise ValueError(f"{layer['name']!r} has {shared[layer['name']]} parameters, and {needed} are needed here")
    return end, needed if first else 0


def _checked(shape: Sequence[int]) -> Shape:
    if len(shape) not in (1, 3):
        raise ValueError(f"a shape is (channels, height, width) or (features,), not {tuple(shape)}")
    for size in shape:
        at_least(1, size=size)
    return tuple(shape)


def _axes(shape: Shape, axes: int, layer: Layer) -> Shape:
    if len(shape) != axes:
        raise ValueError(f"{layer['type']} cannot follow the shape {shape}")
    return shape
