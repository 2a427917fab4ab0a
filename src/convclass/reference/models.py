"""A dense and a convolutional classifier; shuffled pixels, and a convolution as a dense layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from convclass.reference.geometry import IntPair, at_least, pair
from convclass.reference.sharing import conv2d_matrix


class MLP(nn.Module):
    """Flatten, then dense layers with a ReLU between each two: (N, ...) -> scores (N, classes), without softmax.

    The parameters are `layers.0.weight`, `layers.0.bias`, `layers.1.weight`, ... in order; `hidden` may be empty.
    Raises ValueError for a width below 1.
    """

    def __init__(self, in_features: int, hidden: Sequence[int], classes: int) -> None:
        super().__init__()
        widths = [in_features, *hidden, classes]
        for width in widths:
            at_least(1, width=width)
        pairs = zip(widths[:-1], widths[1:], strict=True)
        self.layers = nn.ModuleList(nn.Linear(inside, out) for inside, out in pairs)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of every class for every image."""
        x = x.flatten(1)
        for number, layer in enumerate(self.layers):
            x = layer(relu(x) if number else x)
        return x


class CNN(nn.Module):
    """For each entry of `channels` a 3×3 convolution (padding 1), ReLU and 2×2 max pooling; then a dense layer.

    (N, in_channels, H, W) -> scores (N, classes), without softmax. The parameters are `blocks.0.weight`,
    `blocks.0.bias`, ..., `head.weight` and `head.bias`. `in_size` is (H, W), or an int for both.
    Raises ValueError for a number below 1, for no block at all, and when the pools leave nothing of the image.
    Source: the plan of LeCun et al. 1998, with ReLU and max pooling.
    """

    def __init__(self, in_channels: int, channels: Sequence[int], classes: int, in_size: IntPair) -> None:
        super().__init__()
        widths = [in_channels, *channels]
        for width in widths:
            at_least(1, width=width)
        height, width = (side // 2 ** len(channels) for side in pair(in_size, "in_size"))
        at_least(1, blocks=len(channels), classes=classes, rows_left=height, columns_left=width)
        pairs = zip(widths[:-1], widths[1:], strict=True)
        self.blocks = nn.ModuleList(nn.Conv2d(inside, out, 3, padding=1) for inside, out in pairs)
        self.head = nn.Linear(widths[-1] * height * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of every class for every image."""
        for block in self.blocks:
            x = max_pool2d(relu(block(x)), 2)
        scores: Tensor = self.head(x.flatten(1))
        return scores


def permute_pixels(x: Tensor, permutation: Tensor) -> Tensor:
    """Pixel p of every image and channel becomes its pixel permutation[p]; pixels are counted row by row.

    (N, C, ...) and (P,) -> (N, C, ...), where P is the number of pixels. Raises ValueError unless `permutation` holds
    each of 0 ... P-1 once.
    """
    pixels = x.flatten(2)
    places = torch.arange(pixels.shape[2], device=permutation.device)
    if permutation.shape != places.shape or not torch.equal(permutation.sort().values, places):
        raise ValueError(f"the permutation must hold each of 0 ... {len(places) - 1} once")
    return pixels[:, :, permutation.to(x.device)].reshape(x.shape)


def mlp_from_conv(
    weight: Tensor, bias: Tensor | None, in_size: IntPair, stride: IntPair = 1, padding: IntPair = 0
) -> nn.Linear:
    """A dense layer that does to a flattened image what the convolution does to the image.

    (K, C, kH, kW), (K,) or None -> a layer from C·H·W to K·oH·oW features. Its weight is the convolution's matrix,
    and each filter's bias is repeated for every position. Raises ValueError where `conv2d` does.
    """
    matrix = conv2d_matrix(weight, in_size, stride=stride, padding=padding)
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"bias must hold one number for each of {len(weight)} filters, not {tuple(bias.shape)}")
    units, pixels = matrix.shape
    layer = nn.Linear(pixels, units, bias=bias is not None, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(matrix)
        if bias is not None:
            layer.bias.copy_(bias.repeat_interleave(units // len(bias)))
    return layer
