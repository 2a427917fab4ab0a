"""Pooling from its definition: maximum and mean over windows, their gradients, receptive fields, and ReLU.

Axes in the equations: n batch, c channel, i j output position, u v position in the window. s is the stride.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from convclass.reference.geometry import IntPair, at_least, output_size, pair

Pair = tuple[int, int]


def max_pool2d(x: Tensor, kernel_size: IntPair, stride: IntPair | None = None, padding: IntPair = 0) -> Tensor:
    """y[n,c,i,j] = max_u,v x_pad[n, c, i·s+u, j·s+v], where the padding is lower than every number.

    (N, C, H, W) -> (N, C, oH, oW). Without a stride the windows stand side by side. Raises ValueError when no
    window fits, or when the padding exceeds half the kernel, so that a window could hold nothing but padding.
    Source: Goodfellow et al. 2016, section 9.3.
    """
    return _windows(x, kernel_size, stride, padding, _lowest(x.dtype)).amax((4, 5))


def avg_pool2d(
    x: Tensor,
    kernel_size: IntPair,
    stride: IntPair | None = None,
    padding: IntPair = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """y[n,c,i,j] = Σ_u,v x_pad[n, c, i·s+u, j·s+v] / count, where the padding is 0.

    The count is kH·kW, or without `count_include_pad` the number of pixels of x itself in the window. Shapes and
    errors are those of `max_pool2d`. Means of whole numbers lose their fraction. Source: LeCun et al. 1998.
    """
    inside = torch.ones_like(x[:1, :1])
    here = _windows(inside, kernel_size, stride, padding, 1 if count_include_pad else 0)
    return _divided(_windows(x, kernel_size, stride, padding, 0).sum((4, 5)), here.sum((4, 5)), x.dtype)


def global_avg_pool2d(x: Tensor) -> Tensor:
    """y[n,c] = Σ_i,j x[n,c,i,j] / (H·W): one number for each channel, whatever the size of the image.

    (N, C, H, W) -> (N, C). Raises ValueError for anything but a batch of images with pixels in them.
    Source: Lin, Chen & Yan 2014, "Network in network".
    """
    _check_images(x)
    height, width = x.shape[2:]
    at_least(1, height=height, width=width)
    return _divided(x.sum((2, 3)), torch.tensor(height * width, device=x.device), x.dtype)


def max_pool2d_backward(
    grad_out: Tensor, x: Tensor, kernel_size: IntPair, stride: IntPair | None = None, padding: IntPair = 0
) -> Tensor:
    """The gradient of `max_pool2d` in x: each g[n,c,i,j] is added to the first maximum of its window.

    Where several pixels tie, any division of g among them is a subgradient; this one is torch's.
    (N, C, oH, oW), (N, C, H, W) -> (N, C, H, W). Raises ValueError where `max_pool2d` does, and when the shapes do
    not belong together.
    """
    windows = _windows(x, kernel_size, stride, padding, _lowest(x.dtype))
    _check_grad_out(grad_out, windows)
    largest = windows.amax((4, 5))
    taken = torch.zeros_like(largest, dtype=torch.bool)
    canvas = _padded(torch.zeros_like(x, dtype=grad_out.dtype), pair(padding, "padding"), 0)
    touched = _unfolded(canvas, *_kernel_and_stride(kernel_size, stride))
    for u, v in _taps(windows):
        first = (windows[..., u, v] == largest) & ~taken
        touched[..., u, v] += grad_out * first
        taken |= first
    return _cropped(canvas, x, padding)


def avg_pool2d_backward(
    grad_out: Tensor, x: Tensor, kernel_size: IntPair, stride: IntPair | None = None, padding: IntPair = 0
) -> Tensor:
    """The gradient of `avg_pool2d` in x: each g[n,c,i,j] / (kH·kW) is added to every pixel of its window.

    Padding counts. (N, C, oH, oW), (N, C, H, W) -> (N, C, H, W). Raises ValueError as `max_pool2d_backward` does.
    """
    windows = _windows(x, kernel_size, stride, padding, 0)
    _check_grad_out(grad_out, windows)
    count = torch.tensor(windows.shape[4] * windows.shape[5], device=x.device)
    share = _divided(grad_out, count, grad_out.dtype)
    canvas = _padded(torch.zeros_like(x, dtype=grad_out.dtype), pair(padding, "padding"), 0)
    touched = _unfolded(canvas, *_kernel_and_stride(kernel_size, stride))
    for u, v in _taps(windows):
        touched[..., u, v] += share
    return _cropped(canvas, x, padding)


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """How far a stack of layers sees along one axis, and how far apart two neighbouring outputs look.

    Each layer is (kernel, stride, dilation). From size 1 and jump 1, every layer adds (kernel-1)·dilation·jump to
    the size, in pixels of the input, and then multiplies the jump by its stride. Raises ValueError for a number
    below 1. Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks".
    """
    size = jump = 1
    for kernel, stride, dilation in layers:
        at_least(1, kernel=kernel, stride=stride, dilation=dilation)
        size += (kernel - 1) * dilation * jump
        jump *= stride
    return size, jump


def relu(x: Tensor) -> Tensor:
    """max(x, 0) element by element, in any shape; its derivative is 1 above 0 and 0 elsewhere.

    Source: Nair & Hinton 2010; Glorot, Bordes & Bengio 2011.
    """
    return torch.where(x <= 0, 0, x)  # so, and not with x > 0, NaN stays NaN


def _windows(x: Tensor, kernel_size: IntPair, stride: IntPair | None, padding: IntPair, fill: float) -> Tensor:
    """All windows of the images, padded with `fill`, as one overlapping view: (N, C, oH, oW, kH, kW)."""
    _check_images(x)
    kernel, steps = _kernel_and_stride(kernel_size, stride)
    edges = pair(padding, "padding")
    for size, length, step, edge in zip(x.shape[2:], kernel, steps, edges, strict=True):
        output_size(size, length, step, edge)
        if 2 * edge > length:
            raise ValueError(f"padding must be at most half the kernel: {edge} is too much for {length}")
    return _unfolded(_padded(x, edges, fill), kernel, steps)


def _kernel_and_stride(kernel_size: IntPair, stride: IntPair | None) -> tuple[Pair, Pair]:
    return pair(kernel_size, "kernel_size"), pair(kernel_size if stride is None else stride, "stride")


def _padded(x: Tensor, padding: Pair, fill: float) -> Tensor:
    """A copy of x with `padding` rows and columns of `fill` at every side."""
    (top, left), (height, width) = padding, x.shape[2:]
    padded = x.new_full((*x.shape[:2], height + 2 * top, width + 2 * left), fill)
    padded[:, :, top : top + height, left : left + width] = x
    return padded


def _unfolded(x: Tensor, kernel: Pair, stride: Pair) -> Tensor:
    return x.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1])


def _cropped(canvas: Tensor, x: Tensor, padding: IntPair) -> Tensor:
    (top, left), (height, width) = pair(padding, "padding"), x.shape[2:]
    return canvas[:, :, top : top + height, left : left + width].contiguous()


def _taps(windows: Tensor) -> Iterator[Pair]:
    """The places in a window, row by row."""
    return ((u, v) for u in range(windows.shape[4]) for v in range(windows.shape[5]))


def _divided(total: Tensor, count: Tensor, dtype: torch.dtype) -> Tensor:
    """total / count in `dtype`; whole numbers are cut towards 0, as torch's own average pooling has it."""
    return torch.div(total, count, rounding_mode=None if dtype.is_floating_point else "trunc").to(dtype)


def _lowest(dtype: torch.dtype) -> float:
    """What no number of this dtype is below."""
    return -torch.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def _check_images(x: Tensor) -> None:
    if x.ndim != 4 or x.shape[1] == 0:
        raise ValueError(f"expected images of shape (batch, channels, height, width), not {tuple(x.shape)}")


def _check_grad_out(grad_out: Tensor, windows: Tensor) -> None:
    expected = windows.shape[:4]
    if grad_out.shape != expected:
        raise ValueError(f"grad_out must have the output's shape {tuple(expected)}, not {tuple(grad_out.shape)}")
