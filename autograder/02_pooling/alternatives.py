"""Right implementations in other ways than the solution's: every one of them has to earn full marks.

Like the misconceptions, the file stands on its own: `convclass verify` submits it as a student's code.
"""

import functools
import itertools
import math

import numpy as np
import torch

from convclass.exam import alternative

# ------------------------------------------------------------------------- what is not the point of any of them


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def windows_along(size, kernel, stride, padding):
    """How many windows there are along one axis, or ValueError."""
    if min(size, kernel, stride) < 1 or padding < 0:
        raise ValueError("sizes and strides begin at 1, paddings at 0")
    if kernel > size + 2 * padding or 2 * padding > kernel:
        raise ValueError("the kernel does not fit, or the padding is more than half of it")
    return (size + 2 * padding - kernel) // stride + 1


def layout(x, kernel_size, stride, padding):
    """Kernel, stride, padding and number of windows, each for both axes."""
    kernel, padding = pair(kernel_size), pair(padding)
    stride = kernel if stride is None else pair(stride)
    counts = tuple(windows_along(*axis) for axis in zip(x.shape[2:], kernel, stride, padding, strict=True))
    return kernel, stride, padding, counts


def checked(grad_out, x, kernel_size, stride, padding):
    found = layout(x, kernel_size, stride, padding)
    if tuple(grad_out.shape) != (*x.shape[:2], *found[3]):
        raise ValueError("grad_out has another shape than the output")
    return found


def lowest(dtype):
    return -math.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def surrounded(x, padding, value):
    (down, right), (height, width) = padding, x.shape[2:]
    canvas = torch.full((*x.shape[:2], height + 2 * down, width + 2 * right), value, dtype=x.dtype, device=x.device)
    canvas[:, :, down : down + height, right : right + width] = x
    return canvas


def cut(canvas, padding, x):
    (down, right), (height, width) = padding, x.shape[2:]
    return canvas[:, :, down : down + height, right : right + width]


def tap_slices(kernel, stride, counts):
    """For every place in the window, the pixels that stand there in all windows at once."""
    for u, v in itertools.product(range(kernel[0]), range(kernel[1])):
        rows = slice(u, u + stride[0] * (counts[0] - 1) + 1, stride[0])
        yield (..., rows, slice(v, v + stride[1] * (counts[1] - 1) + 1, stride[1]))


def as_windows(x, kernel, stride):
    """All windows as a view (N, C, oH, oW, kH * kW), copied by the last step."""
    return x.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1]).flatten(4)


# ------------------------------------------------------------------------------------------------- max_pool2d


@alternative("max_pool2d", "larger of shifted copies")
def max_by_taps(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, lowest(x.dtype))
    return functools.reduce(torch.maximum, [canvas[tap] for tap in tap_slices(kernel, stride, counts)]).clone()


@alternative("max_pool2d", "windows as a view, sorted")
def max_by_sorting(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, _ = layout(x, kernel_size, stride, padding)
    return as_windows(surrounded(x, padding, lowest(x.dtype)), kernel, stride).sort(4).values[..., -1]


@alternative("max_pool2d", "nested loops over numbers")
def max_by_loops(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    result = torch.zeros(*x.shape[:2], *counts, dtype=x.dtype, device=x.device)
    for n, c, i, j in itertools.product(*map(range, result.shape)):
        best = None
        for u, v in itertools.product(range(kernel[0]), range(kernel[1])):
            row, column = i * stride[0] + u - padding[0], j * stride[1] + v - padding[1]
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                number = x[n, c, row, column].item()
                best = number if best is None else max(best, number)
        result[n, c, i, j] = best
    return result


@alternative("max_pool2d", "rows first, then columns")
def max_separately(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, _ = layout(x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, lowest(x.dtype))
    return canvas.unfold(2, kernel[0], stride[0]).amax(4).unfold(3, kernel[1], stride[1]).amax(4)


@alternative("max_pool2d", "numpy windows")
def max_in_numpy(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, _ = layout(x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, lowest(x.dtype)).cpu().numpy()
    windows = np.lib.stride_tricks.sliding_window_view(canvas, kernel, (2, 3))
    return windows[:, :, :: stride[0], :: stride[1]].max((4, 5))


# ------------------------------------------------------------------------------------------------- avg_pool2d


def ratio(total, count, dtype):
    """A sum over its count in the dtype of the images; whole numbers are cut off."""
    return (total / count).to(dtype) if dtype.is_floating_point else torch.div(total, count, rounding_mode="trunc")


@alternative("avg_pool2d", "shifted copies added up")
def avg_by_taps(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, 0)
    here = surrounded(torch.ones_like(x), padding, 1 if count_include_pad else 0)
    taps = list(tap_slices(kernel, stride, counts))
    return ratio(sum(canvas[tap] for tap in taps), sum(here[tap] for tap in taps), x.dtype)


@alternative("avg_pool2d", "sums from a table of sums")
def avg_by_table(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)

    def sums(values):
        wide = values.double() if values.is_floating_point() else values.long()
        table = torch.nn.functional.pad(wide.cumsum(2).cumsum(3), (1, 0, 1, 0))
        rows = torch.arange(counts[0], device=x.device)[:, None] * stride[0]
        columns = torch.arange(counts[1], device=x.device) * stride[1]
        below, beyond = rows + kernel[0], columns + kernel[1]
        return (
            table[..., below, beyond]
            - table[..., rows, beyond]
            - table[..., below, columns]
            + table[..., rows, columns]
        )

    here = surrounded(torch.ones_like(x), padding, 1 if count_include_pad else 0)
    return ratio(sums(surrounded(x, padding, 0)), sums(here), x.dtype)


@alternative("avg_pool2d", "one matrix for rows and one for columns")
def avg_by_matrices(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    masks = [band(n, *axis).to(x.device) for n, *axis in zip(x.shape[2:], kernel, stride, padding, counts, strict=True)]
    total = masks[0] @ x.double() @ masks[1].T
    pixels = masks[0].sum(1)[:, None] * masks[1].sum(1)
    return ratio(total, kernel[0] * kernel[1] if count_include_pad else pixels, torch.float64).to(x.dtype)


def band(size, kernel, stride, padding, count):
    """A matrix (count, size) of ones where a window holds a pixel."""
    offset = torch.arange(size) + padding - stride * torch.arange(count)[:, None]
    return ((offset >= 0) & (offset < kernel)).double()


# ------------------------------------------------------------------------------------------ global_avg_pool2d


@alternative("global_avg_pool2d", "a dot product with ones")
def global_by_einsum(x):
    if x.ndim != 4 or 0 in x.shape[2:]:
        raise ValueError("expected images with pixels")
    return (torch.einsum("nchw->nc", x.double()) / (x.shape[2] * x.shape[3])).to(x.dtype)


@alternative("global_avg_pool2d", "channel by channel")
def global_by_loops(x):
    if x.ndim != 4 or not x.shape[2] * x.shape[3]:
        raise ValueError("expected images with pixels")
    result = torch.zeros(x.shape[:2], dtype=x.dtype, device=x.device)
    for n, c in itertools.product(*map(range, x.shape[:2])):
        result[n, c] = x[n, c].sum() / x[n, c].numel()
    return result


@alternative("global_avg_pool2d", "mean of the flattened channels, in numpy")
def global_in_numpy(x):
    if x.ndim != 4 or not x.shape[2] * x.shape[3]:
        raise ValueError("expected images with pixels")
    array = x.cpu().numpy()
    return array.reshape(*x.shape[:2], -1).mean(2).astype(array.dtype)


# ---------------------------------------------------------------------------------------- max_pool2d_backward


@alternative("max_pool2d_backward", "ties share the gradient")
def max_back_shared(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = checked(grad_out, x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, lowest(x.dtype))
    taps = list(tap_slices(kernel, stride, counts))
    largest = functools.reduce(torch.maximum, [canvas[tap] for tap in taps])
    winners = sum((canvas[tap] == largest).to(x.dtype) for tap in taps)
    grad = torch.zeros_like(canvas)
    for tap in taps:
        share = grad_out / winners if x.is_floating_point() else grad_out // winners
        grad[tap] += (canvas[tap] == largest) * share
    return cut(grad, padding, x)


@alternative("max_pool2d_backward", "the last of tied numbers wins")
def max_back_to_last(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = checked(grad_out, x, kernel_size, stride, padding)
    grad = torch.zeros_like(x)
    for n, c, i, j in itertools.product(*map(range, grad_out.shape)):
        best = None
        for u, v in itertools.product(range(kernel[0]), range(kernel[1])):
            row, column = i * stride[0] + u - padding[0], j * stride[1] + v - padding[1]
            inside = 0 <= row < x.shape[2] and 0 <= column < x.shape[3]
            if inside and (best is None or x[n, c, row, column] >= x[n, c][best]):
                best = row, column
        grad[n, c][best] += grad_out[n, c, i, j]
    return grad


@alternative("max_pool2d_backward", "places of the maxima, added up by index")
def max_back_by_index(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = checked(grad_out, x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, lowest(x.dtype))
    place = as_windows(canvas, kernel, stride).argmax(4)
    rows = place // kernel[1] + torch.arange(counts[0], device=x.device)[:, None] * stride[0]
    columns = place % kernel[1] + torch.arange(counts[1], device=x.device) * stride[1]
    index = (rows * canvas.shape[3] + columns).flatten(2)
    grad = torch.zeros_like(canvas).flatten(2).scatter_add(2, index, grad_out.flatten(2))
    return cut(grad.reshape(canvas.shape), padding, x)


@alternative("max_pool2d_backward", "a random one of tied numbers wins")
def max_back_to_any(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = checked(grad_out, x, kernel_size, stride, padding)
    canvas = surrounded(x, padding, lowest(x.dtype))
    windows = as_windows(canvas, kernel, stride)
    wins = windows == windows.amax(4, keepdim=True)
    chosen = (torch.rand(windows.shape, device=x.device) + 1).mul(wins).argmax(4, keepdim=True)
    share = torch.zeros_like(windows).scatter(4, chosen, grad_out[..., None])
    grad = torch.zeros_like(canvas)
    for number, tap in enumerate(tap_slices(kernel, stride, counts)):
        grad[tap] += share[..., number]
    return cut(grad, padding, x)


# ---------------------------------------------------------------------------------------- avg_pool2d_backward


@alternative("avg_pool2d_backward", "shifted copies on a padded canvas")
def avg_back_by_taps(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = checked(grad_out, x, kernel_size, stride, padding)
    grad = torch.zeros_like(surrounded(x, padding, 0))
    for tap in tap_slices(kernel, stride, counts):
        grad[tap] += grad_out / math.prod(kernel)
    return cut(grad, padding, x)


@alternative("avg_pool2d_backward", "the transposed matrices of the forward pass")
def avg_back_by_matrices(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = checked(grad_out, x, kernel_size, stride, padding)
    rows, columns = (
        band(n, *axis).to(x.device) for n, *axis in zip(x.shape[2:], kernel, stride, padding, counts, strict=True)
    )
    return (rows.T @ grad_out.double() @ columns / math.prod(kernel)).to(x.dtype)


# -------------------------------------------------------------------------------------------- receptive_field


@alternative("receptive_field", "from the last layer back to the image")
def field_backwards(layers):
    if any(min(layer) < 1 for layer in layers):
        raise ValueError("kernel, stride and dilation begin at 1")
    size = 1
    for kernel, stride, dilation in reversed(layers):
        size = (size - 1) * stride + dilation * (kernel - 1) + 1
    return size, math.prod(stride for _, stride, _ in layers)


@alternative("receptive_field", "first and last pixel of two neighbours")
def field_by_pixels(layers):
    def pixels(number):
        first = last = number
        for kernel, stride, dilation in layers[::-1]:
            if kernel < 1 or stride < 1 or dilation < 1:
                raise ValueError("kernel, stride and dilation begin at 1")
            first, last = first * stride, last * stride + (kernel - 1) * dilation
        return first, last

    (first, last), (next_first, _) = pixels(0), pixels(1)
    return [last - first + 1, next_first - first]


# ------------------------------------------------------------------------------------------------------- relu


@alternative("relu", "times a mask")
def relu_by_mask(x):
    return x * (x > 0)


@alternative("relu", "clamped")
def relu_by_clamping(x):
    return x.clamp(min=0)


@alternative("relu", "half of x plus its absolute value")
def relu_by_absolute(x):
    doubled = x + x.abs()
    return doubled / 2 if x.is_floating_point() else doubled // 2


@alternative("relu", "zeros written into a copy")
def relu_by_copy(x):
    result = x.clone()
    result[result < 0] = 0
    return result
