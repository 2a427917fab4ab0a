"""What a layer costs: its parameters, and its multiply-accumulates for one image.

A parameter is a number that training changes. A multiply-accumulate (MAC) is one product and its addition to a sum;
adding a bias is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from convclass.reference.geometry import IntPair, at_least, output_size, pair


def linear_params(in_features: int, out_features: int, bias: bool = True) -> int:
    """One weight for every pair of an input and a unit, and one bias for every unit.

    Raises ValueError for fewer than one input or unit.
    """
    at_least(1, in_features=in_features, out_features=out_features)
    return in_features * out_features + out_features * bias


def mlp_params(widths: Sequence[int], bias: bool = True) -> int:
    """The parameters of dense layers one after the other: [784, 24, 10] has two of them.

    Raises ValueError for fewer than two widths, or a width below 1.
    """
    if len(widths) < 2:
        raise ValueError(f"a layer has an input and an output: two widths at least, not {len(widths)}")
    return sum(linear_params(*layer, bias=bias) for layer in pairwise(widths))


def conv2d_params(in_channels: int, out_channels: int, kernel_size: IntPair, groups: int = 1, bias: bool = True) -> int:
    """For every filter one weight for each tap and each channel of its group, and one bias.

    The size of the image is not in it. Raises ValueError for sizes below 1 and groups that do not divide.
    """
    return out_channels * _filter_weights(in_channels, out_channels, kernel_size, groups) + out_channels * bias


def locally_connected2d_params(
    in_channels: int,
    out_channels: int,
    in_size: IntPair,
    kernel_size: IntPair,
    stride: IntPair = 1,
    padding: IntPair = 0,
    bias: bool = True,
) -> int:
    """What a convolution would have, once for every position of the output: filters and biases of its own.

    Raises ValueError where `conv2d_params` does and when no window fits. Source: LeCun 1989, "Generalization and
    network design strategies".
    """
    shared = conv2d_params(in_channels, out_channels, kernel_size, bias=bias)
    return _positions(in_size, kernel_size, stride, padding) * shared


def conv2d_macs(
    in_channels: int,
    out_channels: int,
    in_size: IntPair,
    kernel_size: IntPair,
    stride: IntPair = 1,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> int:
    """One product for every unit of the output and every weight of its filter; products with padding count.

    Raises ValueError where `conv2d_params` does and when no window fits.
    """
    products = _filter_weights(in_channels, out_channels, kernel_size, groups)
    return out_channels * _positions(in_size, kernel_size, stride, padding, dilation) * products


def linear_macs(in_features: int, out_features: int) -> int:
    """One product for every weight. Raises ValueError for fewer than one input or unit."""
    return linear_params(in_features, out_features, bias=False)


def count_parameters(module: nn.Module, trainable_only: bool = False) -> int:
    """How many numbers a module's parameters hold: a tensor that is used twice counts once, a buffer never.

    With `trainable_only` only those that training changes (`requires_grad`).
    """
    once = {id(parameter): parameter for parameter in module.parameters()}.values()
    return sum(p.numel() for p in once if p.requires_grad or not trainable_only)


def _filter_weights(in_channels: int, out_channels: int, kernel_size: IntPair, groups: int) -> int:
    height, width = pair(kernel_size, "kernel_size")
    at_least(1, in_channels=in_channels, out_channels=out_channels, groups=groups)
    at_least(1, kernel_height=height, kernel_width=width)
    if in_channels % groups or out_channels % groups:
        raise ValueError(f"groups={groups} does not divide both {in_channels} channels and {out_channels} filters")
    return in_channels // groups * height * width


def _positions(in_size: IntPair, kernel_size: IntPair, stride: IntPair, padding: IntPair, dilation: IntPair = 1) -> int:
    settings = (in_size, kernel_size, stride, padding, dilation)
    names = ("in_size", "kernel_size", "stride", "padding", "dilation")
    vertical, horizontal = zip(*(pair(value, name) for value, name in zip(settings, names, strict=True)), strict=True)
    return output_size(*vertical) * output_size(*horizontal)
