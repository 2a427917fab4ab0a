"""Convolution from its definition: forward, backward, as a matrix product, and transposed.

Axes in the equations: n batch, g group, c input channel, k output channel (filter), i j output position,
u v position in the kernel. s is the stride, d the dilation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from convclass.reference.geometry import IntPair, at_least, output_size, pair, transposed_output_size

Array = npt.NDArray[Any]


def cross_correlate2d(image: Array, kernel: Array) -> Array:
    """Cross-correlation where the kernel fits whole: S[i,j] = Σ_u,v image[i+u, j+v] kernel[u,v].

    (H, W), (kH, kW) -> (H-kH+1, W-kW+1). Raises ValueError unless both are matrices and the kernel fits.
    Source: Goodfellow et al. 2016, equation 9.6.
    """
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"image and kernel must be matrices, not {image.shape} and {kernel.shape}")
    for size, kernel_size in zip(image.shape, kernel.shape, strict=True):
        output_size(size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    correlation: Array = np.einsum("ijuv,uv->ij", windows, kernel)
    return correlation


def convolve2d(image: Array, kernel: Array) -> Array:
    """Convolution where the kernel fits whole: S[i,j] = Σ_u,v image[i+kH-1-u, j+kW-1-v] kernel[u,v].

    That is cross-correlation with the kernel turned by half a turn; shapes and errors are those of
    `cross_correlate2d`. Source: Goodfellow et al. 2016, equation 9.5.
    """
    return cross_correlate2d(image, np.flip(kernel))


def im2col(x: Tensor, kernel_size: IntPair, stride: IntPair = 1, padding: IntPair = 0, dilation: IntPair = 1) -> Tensor:
    """Every window of `x` as a column: out[n, (c,u,v), (i,j)] = x_pad[n, c, i·s+u·d, j·s+v·d].

    (N, C, H, W) -> (N, C·kH·kW, oH·oW): channels outermost, positions row by row, as torch's `unfold` has it.
    Raises ValueError for anything but a batch of images or when no window fits.
    Source: Chellapilla et al. 2006, "High performance convolutional neural networks for document processing".
    """
    windows = _windows(x, pair(kernel_size, "kernel_size"), stride, padding, dilation)
    batch, channels, rows, columns, height, width = windows.shape
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(batch, channels * height * width, rows * columns)


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntPair = 1,
    padding: IntPair = 0,
    dilation: IntPair = 1,
    groups: int = 1,
) -> Tensor:
    """y[n,k,i,j] = bias[k] + Σ_c,u,v x_pad[n, c, i·s+u·d, j·s+v·d] weight[k,c,u,v].

    (N, C, H, W), (K, C/groups, kH, kW), (K,) -> (N, K, oH, oW); c runs over the channels of k's own group.
    Raises ValueError when the shapes do not belong together, groups do not divide, or no window fits.
    Source: Goodfellow et al. 2016, section 9.5; Dumoulin & Visin 2016, chapter 2.
    """
    _check_weight(x, weight, groups)
    filters, channels, height, width = weight.shape
    _check_bias(bias, filters)
    windows = _windows(x, (height, width), stride, padding, dilation)
    grouped_windows = windows.reshape(len(x), groups, channels, *windows.shape[2:])
    grouped_weight = weight.reshape(groups, filters // groups, *weight.shape[1:])
    y = _sum_of_products("ngcijuv,gkcuv->ngkij", grouped_windows, grouped_weight).flatten(1, 2)
    return y if bias is None else y + bias[:, None, None]


def conv2d_backward(
    grad_out: Tensor, x: Tensor, weight: Tensor, stride: IntPair = 1, padding: IntPair = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of `conv2d` in x, weight and bias, given the gradient in its output.

    grad_bias[k] = Σ_n,i,j g[n,k,i,j];  grad_weight[k,c,u,v] = Σ_n,i,j g[n,k,i,j] x_pad[n, c, i·s+u, j·s+v];
    grad_x: each g[n,k,i,j]·weight[k,c,u,v] is added where its factor x_pad[n, c, i·s+u, j·s+v] came from.
    (N, K, oH, oW) -> shapes of x, weight and (K,). Raises ValueError when the shapes do not belong together.
    Source: Goodfellow et al. 2016, equations 9.11 and 9.13.
    """
    _check_weight(x, weight, groups=1)
    height, width = weight.shape[2:]
    windows = _windows(x, (height, width), stride, padding)
    expected = (x.shape[0], weight.shape[0], *windows.shape[2:4])
    if grad_out.shape != expected:
        raise ValueError(f"grad_out must have the output's shape {expected}, not {tuple(grad_out.shape)}")
    grad_bias = grad_out.sum((0, 2, 3))
    grad_weight = _sum_of_products("nkij,ncijuv->kcuv", grad_out, windows)
    grad_x = _scatter(grad_out, weight, pair(stride, "stride"), pair(padding, "padding"), x.shape[2:])
    return grad_x, grad_weight, grad_bias


def conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntPair = 1,
    padding: IntPair = 0,
    output_padding: IntPair = 0,
) -> Tensor:
    """The adjoint of `conv2d`: each x[n,c,i,j]·weight[c,k,u,v] is added to the output at (i·s+u, j·s+v).

    `padding` rows and columns are then cut from every side, `output_padding` more kept below and right.
    (N, C, H, W), (C, K, kH, kW), (K,) -> (N, K, oH, oW) with oH = (H-1)·s - 2·padding + kH + output_padding.
    Raises ValueError when the shapes do not belong together, nothing is left, or output_padding >= stride.
    Source: Dumoulin & Visin 2016, chapter 4.
    """
    _check_images(x)
    if weight.ndim != 4 or weight.shape[0] != x.shape[1] or weight.shape[1] == 0:
        raise ValueError(f"weight {tuple(weight.shape)} does not match the {x.shape[1]} channels of x")
    _check_bias(bias, weight.shape[1])
    steps, crop = pair(stride, "stride"), pair(padding, "padding")
    extra = pair(output_padding, "output_padding")
    axes = zip(x.shape[2:], weight.shape[2:], steps, crop, extra, strict=True)
    sizes = [transposed_output_size(*axis) for axis in axes]
    y = _scatter(x, weight, steps, crop, torch.Size(sizes))
    return y if bias is None else y + bias[:, None, None]


def _windows(
    x: Tensor, kernel_size: tuple[int, int], stride: IntPair, padding: IntPair, dilation: IntPair = 1
) -> Tensor:
    """All windows of the padded images as one overlapping view, (N, C, oH, oW, kH, kW)."""
    _check_images(x)
    down, right = pair(stride, "stride")
    top, left = pair(padding, "padding")
    tall, wide = pair(dilation, "dilation")
    rows = output_size(x.shape[2], kernel_size[0], down, top, tall)
    columns = output_size(x.shape[3], kernel_size[1], right, left, wide)
    padded = pad(x, (left, left, top, top))
    image, channel, row, column = padded.stride()
    return padded.as_strided(
        (x.shape[0], x.shape[1], rows, columns, *kernel_size),
        (image, channel, down * row, right * column, tall * row, wide * column),
    )


def _scatter(g: Tensor, weight: Tensor, stride: tuple[int, int], padding: tuple[int, int], size: torch.Size) -> Tensor:
    """Add every g[n,k,i,j]·weight[k,c,u,v] to canvas[n, c, i·s+u, j·s+v], then cut off the padding."""
    (down, right), (top, left), (height, width) = stride, padding, size
    rows, columns = g.shape[2:]
    canvas = g.new_zeros(g.shape[0], weight.shape[1], height + 2 * top, width + 2 * left)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            touched = canvas[:, :, u : u + down * rows : down, v : v + right * columns : right]
            touched += _sum_of_products("nkij,kc->ncij", g, weight[:, :, u, v])
    return canvas[:, :, top : top + height, left : left + width].contiguous()


def _sum_of_products(equation: str, a: Tensor, b: Tensor) -> Tensor:
    """`torch.einsum`, also for integers on CUDA, where only floats have one; float64 is exact to 2**53."""
    if a.is_floating_point() or a.device.type == "cpu":
        return torch.einsum(equation, a, b)
    return torch.einsum(equation, a.double(), b.double()).to(a.dtype)


def _check_images(x: Tensor) -> None:
    if x.ndim != 4 or x.shape[1] == 0:
        raise ValueError(f"expected images of shape (batch, channels, height, width), not {tuple(x.shape)}")


def _check_weight(x: Tensor, weight: Tensor, groups: int) -> None:
    _check_images(x)
    if weight.ndim != 4 or weight.shape[0] == 0:
        raise ValueError(f"expected a weight of shape (filters, channels, height, width), not {tuple(weight.shape)}")
    at_least(1, groups=groups)
    if x.shape[1] % groups or weight.shape[0] % groups:
        raise ValueError(f"groups={groups} does not divide both {x.shape[1]} channels and {weight.shape[0]} filters")
    if weight.shape[1] * groups != x.shape[1]:
        raise ValueError(
            f"x has {x.shape[1]} channels, but the weight is for {weight.shape[1]} in each of {groups} groups"
        )


def _check_bias(bias: Tensor | None, filters: int) -> None:
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"bias must hold one number for each of {filters} filters, not {tuple(bias.shape)}")
