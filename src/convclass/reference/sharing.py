"""Weight sharing made visible: a convolution as one matrix, and the layer that shares nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from convclass.reference.conv import conv2d, im2col
from convclass.reference.geometry import IntPair, at_least, pair


def conv2d_matrix(weight: Tensor, in_size: IntPair, stride: IntPair = 1, padding: IntPair = 0) -> Tensor:
    """The matrix M with M @ x.flatten() = conv2d(x).flatten(): column p is what conv2d makes of pixel p alone.

    (K, C, kH, kW) -> (K·oH·oW, C·H·W). Raises ValueError where `conv2d` does.
    Source: Dumoulin & Visin 2016, section 4.1.
    """
    if weight.ndim != 4:
        raise ValueError(f"expected a weight (filters, channels, height, width), not {tuple(weight.shape)}")
    height, width = pair(in_size, "in_size")
    at_least(1, height=height, width=width)
    pixels = weight.shape[1] * height * width
    single = torch.eye(pixels, dtype=weight.dtype, device=weight.device)
    images = single.reshape(pixels, weight.shape[1], height, width)
    return conv2d(images, weight, stride=stride, padding=padding).flatten(1).T.contiguous()


def sharing_report(matrix: Tensor) -> tuple[int, int, int]:
    """How many entries a matrix has, how many are not zero, and how many different values those hold."""
    used = matrix[matrix != 0]
    return matrix.numel(), used.numel(), len(torch.unique(used))


def locally_connected2d(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y[n,k,i,j] = bias[k,i,j] + Σ_c,u,v x[n, c, i+u, j+v] weight[i,j,k,c,u,v]: conv2d with filters for each position.

    (N, C, H, W), (oH, oW, K, C, kH, kW), (K, oH, oW) -> (N, K, oH, oW) with oH = H-kH+1 and oW = W-kW+1.
    Raises ValueError when the shapes do not belong together.
    """
    if weight.ndim != 6 or 0 in weight.shape:
        raise ValueError(f"expected a weight (rows, columns, filters, channels, height, width), not {weight.shape}")
    rows, columns, filters, channels, height, width = weight.shape
    windows = im2col(x, (height, width))
    if x.shape[1] != channels or (rows, columns) != (x.shape[2] - height + 1, x.shape[3] - width + 1):
        raise ValueError(f"weight {tuple(weight.shape)} does not belong to images {tuple(x.shape[1:])}")
    if bias is not None and bias.shape != (filters, rows, columns):
        raise ValueError(f"bias must have the shape {(filters, rows, columns)}, not {tuple(bias.shape)}")
    windows = windows.reshape(len(x), channels, height, width, rows, columns)
    y = (windows.permute(4, 5, 0, 1, 2, 3)[:, :, :, None] * weight[:, :, None]).sum((-3, -2, -1), dtype=x.dtype)
    y = y.permute(2, 3, 0, 1).contiguous()
    return y if bias is None else y + bias
