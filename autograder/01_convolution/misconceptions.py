"""Implementations that are wrong on purpose: the mistakes that students make, each with the sentence that helps.

A student's failing answers are compared with what these would answer. The file stands on its own, because
`convclass verify` submits it as a student's code: it imports nothing of the course but the decorator.
"""

import math

import numpy as np
import torch
from torch.nn.functional import pad

from convclass.exam import misconception

# ---------------------------------------------------------------- what all of them get right, unless told otherwise


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def size_of(size, kernel_size, stride=1, padding=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    if min(size, kernel_size, stride, dilation) < 1 or padding < 0 or span > size + 2 * padding:
        raise ValueError("no window fits")
    return (size + 2 * padding - span) // stride + 1


def sizes_of(size, kernel_size, stride=1, padding=0, dilation=1):
    axes = zip(size, pair(kernel_size), pair(stride), pair(padding), pair(dilation), strict=True)
    return [size_of(*axis) for axis in axes]


def padded(x, padding):
    down, right = pair(padding)
    return pad(x, (right, right, down, down))


def windows_at(x, counts, kernel_size, stride=1, dilation=1):
    """Windows (N, C, oH, oW, kH, kW) by index; torch's IndexError where one leaves the image."""
    rows, columns = (
        torch.arange(n, device=x.device)[:, None] * s + torch.arange(k, device=x.device) * d
        for n, k, s, d in zip(counts, pair(kernel_size), pair(stride), pair(dilation), strict=True)
    )
    return x[:, :, rows[:, None, :, None], columns[None, :, None, :]]


def windows_of(x, kernel_size, stride=1, padding=0, dilation=1):
    counts = sizes_of(x.shape[2:], kernel_size, stride, padding, dilation)
    return windows_at(padded(x, padding), counts, kernel_size, stride, dilation)


def columns_of(windows):
    return windows.permute(0, 1, 4, 5, 2, 3).flatten(4).flatten(1, 3)


def check_channels(x, weight, groups):
    if x.shape[1] % groups or weight.shape[0] % groups or weight.shape[1] * groups != x.shape[1]:
        raise ValueError("channels, filters and groups do not belong together")


def filtered(windows, weight, bias=None, groups=1):
    """Windows (N, C, oH, oW, kH, kW) times weight, group by group."""
    blocks = zip(windows.chunk(groups, 1), weight.chunk(groups, 0), strict=True)
    y = torch.cat([torch.einsum("ncijuv,kcuv->nkij", *block) for block in blocks], 1)
    return y if bias is None else y + bias[:, None, None]


def conv(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    check_channels(x, weight, groups)
    return filtered(windows_of(x, weight.shape[2:], stride, padding, dilation), weight, bias, groups)


def correlate(image, kernel):
    sizes_of(image.shape, kernel.shape)
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(image, kernel.shape), kernel)


def stamped(g, weight, stride, size, overwrite=False):
    """Every g·weight added (or written) to the canvas of `size` where its window lies; later windows win."""
    (down, right), (rows, columns) = pair(stride), g.shape[2:]
    canvas = g.new_zeros(g.shape[0], weight.shape[1], *size)
    for u in reversed(range(weight.shape[2])):
        for v in reversed(range(weight.shape[3])):
            share = torch.einsum("nkij,kc->ncij", g, weight[:, :, u, v])
            touched = canvas[:, :, u : u + down * rows : down, v : v + right * columns : right]
            touched.copy_(share if overwrite else touched + share)
    return canvas


def cropped(canvas, padding):
    (top, left), (height, width) = pair(padding), canvas.shape[2:]
    return canvas[:, :, top : height - top, left : width - left]


def check_grad_out(grad_out, x, weight, stride, padding):
    check_channels(x, weight, 1)
    sizes = sizes_of(x.shape[2:], weight.shape[2:], stride, padding)
    if grad_out.shape != (x.shape[0], weight.shape[0], *sizes):
        raise ValueError("grad_out has not the shape of the output")


def grad_image(grad_out, x, weight, stride=1, padding=0, **how):
    check_grad_out(grad_out, x, weight, stride, padding)
    return cropped(stamped(grad_out, weight, stride, padded(x, padding).shape[2:], **how), padding)


def grad_filter(grad_out, x, weight, stride=1, padding=0):
    return torch.einsum("nkij,ncijuv->kcuv", grad_out, windows_of(x, weight.shape[2:], stride, padding))


def backward(grad_out, x, weight, stride=1, padding=0):
    gradients = grad_image(grad_out, x, weight, stride, padding), grad_filter(grad_out, x, weight, stride, padding)
    return *gradients, grad_out.sum((0, 2, 3))


def stamp_size(x, weight, stride, padding, output_padding):
    axes = zip(x.shape[2:], weight.shape[2:], pair(stride), pair(padding), pair(output_padding), strict=True)
    sizes = [((n - 1) * s + k + e, 2 * p) for n, k, s, p, e in axes]
    too_large = any(e >= s for e, s in zip(pair(output_padding), pair(stride), strict=True))
    if too_large or weight.shape[0] != x.shape[1] or any(whole <= cut for whole, cut in sizes):
        raise ValueError("this transposed convolution is impossible")
    return [whole for whole, _ in sizes]


def transpose(x, weight, bias=None, stride=1, padding=0, output_padding=0, **how):
    size = stamp_size(x, weight, stride, padding, output_padding)
    y = cropped(stamped(x, weight, stride, size, **how), padding)
    return y if bias is None else y + bias[:, None, None]


# ------------------------------------------------------------------------------------------------ output_size


@misconception(
    "output_size",
    "rounded up",
    "A window that would stick out at the end does not count: what is left after the last whole step is dropped.",
)
def size_rounded_up(size, kernel_size, stride=1, padding=0, dilation=1):
    size_of(size, kernel_size, stride, padding, dilation)
    return math.ceil((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


@misconception(
    "output_size",
    "first window not counted",
    "You count the steps between windows. Try a kernel as large as the image: no step, and still one window fits.",
)
def size_without_one(size, kernel_size, stride=1, padding=0, dilation=1):
    return size_of(size, kernel_size, stride, padding, dilation) - 1


@misconception(
    "output_size",
    "padding on one side only",
    "Padding is put before the first and behind the last pixel: how many pixels longer does the row get?",
)
def size_padded_once(size, kernel_size, stride=1, padding=0, dilation=1):
    return size_of(size + padding, kernel_size, stride, 0 if padding >= 0 else padding, dilation)


@misconception(
    "output_size",
    "padding ignored",
    "The kernel also visits the padding, and your result does not depend on it. Where should it come in?",
)
def size_without_padding(size, kernel_size, stride=1, padding=0, dilation=1):
    return size_of(size, kernel_size, stride, min(padding, 0), dilation)


@misconception(
    "output_size",
    "stride ignored",
    "With stride 2 only every second window is computed. Your result is the same for every stride.",
)
def size_without_stride(size, kernel_size, stride=1, padding=0, dilation=1):
    size_of(size, kernel_size, stride, padding, dilation)
    return size_of(size, kernel_size, 1, padding, dilation)


@misconception(
    "output_size",
    "dilation ignored",
    "Dilation moves the taps of the kernel apart, so it covers more pixels. Your result is the same for every "
    "dilation.",
)
def size_without_dilation(size, kernel_size, stride=1, padding=0, dilation=1):
    return size_of(size, kernel_size, stride, padding)


@misconception(
    "output_size",
    "dilation multiplied by the kernel size",
    "A kernel of three taps has two gaps, and dilation stretches the gaps. Draw three taps with dilation 2 and count "
    "the pixels from the first to the last.",
)
def size_with_stretched_kernel(size, kernel_size, stride=1, padding=0, dilation=1):
    return size_of(size, kernel_size * dilation, stride, padding)


@misconception(
    "output_size",
    "span of the kernel one short",
    "From the first tap of the kernel to the last is a distance; the number of pixels it covers is one more. "
    "A kernel of size 1 covers one pixel, not none.",
)
def size_with_short_span(size, kernel_size, stride=1, padding=0, dilation=1):
    if min(size, kernel_size, stride, dilation) < 1 or padding < 0 or dilation * (kernel_size - 1) > size + 2 * padding:
        raise ValueError("no window fits")
    return (size + 2 * padding - dilation * (kernel_size - 1)) // stride + 1


@misconception(
    "output_size",
    "brackets missing before the division",
    "Python divides before it adds: only the last term is divided by the stride. Put the whole distance in brackets.",
)
def size_without_brackets(size, kernel_size, stride=1, padding=0, dilation=1):
    size_of(size, kernel_size, stride, padding, dilation)
    return size - dilation * (kernel_size - 1) - 1 + 2 * padding // stride + 1


@misconception(
    "output_size",
    "impossible requests answered",
    "Some requests have no answer: a kernel larger than the padded image, a size of 0, a negative number. "
    "Check for them first and raise ValueError.",
)
def size_of_the_impossible(size, kernel_size, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


@misconception(
    "output_size",
    "kernel that does not fit accepted",
    "When the kernel covers more pixels than the padded image has, no window fits. The formula then gives 0 or less: "
    "raise ValueError instead of returning it.",
)
def size_of_any_kernel(size, kernel_size, stride=1, padding=0, dilation=1):
    if min(size, kernel_size, stride, dilation) < 1 or padding < 0:
        raise ValueError("sizes begin at 1")
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


# ------------------------------------------------------------------------------------------ cross_correlate2d


@misconception(
    "cross_correlate2d",
    "kernel flipped",
    "You computed the convolution. In cross-correlation the kernel is laid on the image as it is; flipping it is for "
    "convolve2d.",
)
def correlate_flipped(image, kernel):
    return correlate(image, kernel[::-1, ::-1])


@misconception(
    "cross_correlate2d",
    "output as large as the image",
    "You padded the image so that the output keeps its size ('same'). Here only places count where the whole kernel "
    "lies inside the image ('valid').",
)
def correlate_same(image, kernel):
    correlate(image, kernel)
    before = [(k - 1) // 2 for k in kernel.shape]
    widths = [(b, k - 1 - b) for b, k in zip(before, kernel.shape, strict=True)]
    return correlate(np.pad(image, widths), kernel)


@misconception(
    "cross_correlate2d",
    "output larger than the image",
    "You also counted places where the kernel only touches the image ('full'). Here the whole kernel must lie inside "
    "the image ('valid').",
)
def correlate_full(image, kernel):
    correlate(image, kernel)
    return correlate(np.pad(image, [(k - 1, k - 1) for k in kernel.shape]), kernel)


@misconception(
    "cross_correlate2d",
    "last row and column missing",
    "Your loops stop one place too early on each axis. Try a kernel as large as the image: one window fits, not none.",
)
def correlate_one_short(image, kernel):
    return correlate(image, kernel)[:-1, :-1]


@misconception(
    "cross_correlate2d",
    "output transposed",
    "Your rows are columns. The first axis of an array counts rows, from top to bottom; the second counts columns.",
)
def correlate_transposed(image, kernel):
    return correlate(image, kernel).T


@misconception(
    "cross_correlate2d",
    "averaged over the window",
    "The products are added up, not averaged: nothing is divided by the number of pixels in the kernel.",
)
def correlate_averaged(image, kernel):
    return correlate(image, kernel) / kernel.size


@misconception(
    "cross_correlate2d",
    "width taken from the height",
    "Your output has as many columns as it should have rows. Height and width are computed from two different pairs of "
    "numbers; try an image that is wider than it is high.",
)
def correlate_height_twice(image, kernel):
    result, height = correlate(image, kernel), image.shape[0] - kernel.shape[0] + 1
    if height > result.shape[1]:
        raise ValueError("operands could not be broadcast together")
    return result[:, :height]


@misconception(
    "cross_correlate2d",
    "kernel taken to be square",
    "You used the height of the kernel for both of its axes. A kernel of 2 by 4 has two different sizes.",
)
def correlate_square_kernel(image, kernel):
    if kernel.shape[0] != kernel.shape[1]:
        raise ValueError("operands could not be broadcast together")
    return correlate(image, kernel)


@misconception(
    "cross_correlate2d",
    "kernel that does not fit accepted",
    "A kernel that is larger than the image, or empty, fits nowhere. Say so with a ValueError instead of returning "
    "an array without meaning.",
)
def correlate_any_kernel(image, kernel):
    sizes = [n - k + 1 for n, k in zip(image.shape, kernel.shape, strict=True)]
    if min(sizes) < 0:
        raise ValueError("negative dimensions are not allowed")
    return correlate(image, kernel) if min(*sizes, *kernel.shape) > 0 else np.zeros(sizes, image.dtype)


# ------------------------------------------------------------------------------------------------- convolve2d


@misconception(
    "convolve2d",
    "kernel not flipped",
    "You computed the cross-correlation. Convolution turns the kernel by half a turn first: left and right, top and "
    "bottom change places.",
)
def convolve_unflipped(image, kernel):
    return correlate(image, kernel)


@misconception(
    "convolve2d",
    "kernel flipped from top to bottom only",
    "You flipped one axis of the kernel. Convolution flips both: the columns have to be reversed, too.",
)
def convolve_rows_flipped(image, kernel):
    return correlate(image, kernel[::-1])


@misconception(
    "convolve2d",
    "kernel flipped from left to right only",
    "You flipped one axis of the kernel. Convolution flips both: the rows have to be reversed, too.",
)
def convolve_columns_flipped(image, kernel):
    return correlate(image, kernel[:, ::-1])


@misconception(
    "convolve2d",
    "image flipped instead of the kernel",
    "Your output comes out turned by half a turn. It is the kernel that is flipped; the image stays as it is.",
)
def convolve_flipped_image(image, kernel):
    return correlate(image[::-1, ::-1], kernel)


@misconception(
    "convolve2d",
    "kernel transposed instead of flipped",
    "Transposing swaps rows with columns. Flipping reverses their order: compare `.T` with `[::-1, ::-1]` for the "
    "kernel [[1, 2], [3, 4]].",
)
def convolve_transposed_kernel(image, kernel):
    correlate(image, kernel)
    return correlate(image, kernel.T)


@misconception(
    "convolve2d",
    "kernel turned by a quarter",
    "You turned the kernel by 90 degrees. Flipping both axes turns it by 180.",
)
def convolve_quarter_turn(image, kernel):
    correlate(image, kernel)
    return correlate(image, np.rot90(kernel))


@misconception(
    "convolve2d",
    "output as large as the image",
    "You padded the image so that the output keeps its size ('same'). Here only places count where the whole kernel "
    "lies inside the image ('valid').",
)
def convolve_same(image, kernel):
    return correlate_same(image, kernel[::-1, ::-1])


@misconception(
    "convolve2d",
    "output larger than the image",
    "You also counted places where the kernel only touches the image ('full', the default of many libraries). Here the "
    "whole kernel must lie inside the image ('valid').",
)
def convolve_full(image, kernel):
    return correlate_full(image, kernel[::-1, ::-1])


@misconception(
    "convolve2d",
    "kernel that does not fit accepted",
    "A kernel that is larger than the image fits nowhere. Say so with a ValueError instead of returning an array "
    "without meaning.",
)
def convolve_any_kernel(image, kernel):
    return correlate_any_kernel(image, kernel[::-1, ::-1])


# ----------------------------------------------------------------------------------------------------- im2col


@misconception(
    "im2col",
    "columns run down the image",
    "Your windows go through the image column by column. They go row by row, as one reads: the second window lies to "
    "the right of the first.",
)
def im2col_columns_first(x, kernel_size, **how):
    return columns_of(windows_of(x, kernel_size, **how).transpose(2, 3))


@misconception(
    "im2col",
    "channels innermost",
    "Within a column you go through the channels at each pixel. The order is the other way round: the whole window of "
    "the first channel, then that of the second.",
)
def im2col_channels_last(x, kernel_size, **how):
    return windows_of(x, kernel_size, **how).permute(0, 4, 5, 1, 2, 3).flatten(4).flatten(1, 3)


@misconception(
    "im2col",
    "windows read column by column",
    "Each window is written down column by column. It is read row by row: kernel rows before kernel columns.",
)
def im2col_window_transposed(x, kernel_size, **how):
    return windows_of(x, kernel_size, **how).permute(0, 1, 5, 4, 2, 3).flatten(4).flatten(1, 3)


@misconception(
    "im2col",
    "windows as rows",
    "Your windows are rows. They are columns, as the name says: the last axis counts windows.",
)
def im2col_transposed(x, kernel_size, **how):
    return columns_of(windows_of(x, kernel_size, **how)).transpose(1, 2)


@misconception(
    "im2col",
    "images joined into one matrix",
    "You put the windows of all images side by side. The batch keeps an axis of its own, the first one.",
)
def im2col_joined(x, kernel_size, **how):
    return columns_of(windows_of(x, kernel_size, **how)).transpose(0, 1).flatten(1)


@misconception(
    "im2col",
    "reshaped without moving the axes",
    "The numbers are the right ones in the wrong places. A reshape keeps the order of the numbers; to bring the axes "
    "of the window before the axes of the position you have to permute them first.",
)
def im2col_reshaped(x, kernel_size, **how):
    windows = windows_of(x, kernel_size, **how)
    batch, channels, rows, columns, height, width = windows.shape
    return windows.reshape(batch, channels * height * width, rows * columns)


@misconception(
    "im2col",
    "stride not in the window's start",
    "You compute the right number of windows, but they lie too close: window number i does not begin at pixel i.",
)
def im2col_dense_starts(x, kernel_size, stride=1, padding=0, dilation=1):
    counts = sizes_of(x.shape[2:], kernel_size, stride, padding, dilation)
    return columns_of(windows_at(padded(x, padding), counts, kernel_size, 1, dilation))


@misconception(
    "im2col",
    "one stride for both axes",
    "A stride can be a pair. You use its first number for rows and for columns.",
)
def im2col_first_stride(x, kernel_size, stride=1, **how):
    return columns_of(windows_of(x, kernel_size, pair(stride)[0], **how))


@misconception(
    "im2col",
    "padding ignored",
    "Your windows never visit the padding. Surround the image with zeros before you take windows.",
)
def im2col_unpadded(x, kernel_size, stride=1, padding=0, dilation=1):
    return columns_of(windows_of(x, kernel_size, stride, 0, dilation))


@misconception(
    "im2col",
    "padding at the top and left only",
    "You put zeros above and to the left of the image. Padding surrounds it: below and to the right are sides, too.",
)
def im2col_half_padded(x, kernel_size, stride=1, padding=0, dilation=1):
    down, right = pair(padding)
    return columns_of(windows_of(pad(x, (right, 0, down, 0)), kernel_size, stride, 0, dilation))


@misconception(
    "im2col",
    "padding swapped between the axes",
    "The first number of a padding is for the rows (above and below). torch's pad wants the last axis first, "
    "and numpy's "
    "the first: have a look at the shape after padding.",
)
def im2col_swapped_padding(x, kernel_size, stride=1, padding=0, dilation=1):
    return columns_of(windows_of(x, kernel_size, stride, pair(padding)[::-1], dilation))


@misconception(
    "im2col",
    "dilation ignored",
    "Your windows are made of neighbouring pixels for every dilation. With dilation 2 they take every second pixel.",
)
def im2col_undilated(x, kernel_size, stride=1, padding=0, dilation=1):
    return columns_of(windows_of(x, kernel_size, stride, padding))


@misconception(
    "im2col",
    "dilation only in the output size",
    "You compute the right number of windows, but they are made of neighbouring pixels. With dilation 2 a window takes "
    "every second pixel.",
)
def im2col_dense_taps(x, kernel_size, stride=1, padding=0, dilation=1):
    counts = sizes_of(x.shape[2:], kernel_size, stride, padding, dilation)
    return columns_of(windows_at(padded(x, padding), counts, kernel_size, stride))


@misconception(
    "im2col",
    "kernel height and width swapped",
    "The first number of kernel_size is the height of the window, the second its width.",
)
def im2col_swapped_kernel(x, kernel_size, **how):
    return columns_of(windows_of(x, pair(kernel_size)[::-1], **how))


@misconception(
    "im2col",
    "kernel that does not fit accepted",
    "When no window fits there are no columns to return: raise ValueError. Your output_size already knows.",
)
def im2col_any_kernel(x, kernel_size, **how):
    try:
        return columns_of(windows_of(x, kernel_size, **how))
    except ValueError:
        height, width = pair(kernel_size)
        return x.new_zeros(x.shape[0], x.shape[1] * height * width, 0)


# ----------------------------------------------------------------------------------------------------- conv2d


@misconception(
    "conv2d",
    "kernel flipped",
    "You computed the convolution of signal processing. What deep learning calls convolution leaves the kernel as it "
    "is: it is a cross-correlation.",
)
def conv_flipped(x, weight, bias=None, **how):
    return conv(x, weight.flip(2, 3), bias, **how)


@misconception(
    "conv2d",
    "kernel rows and columns swapped",
    "The kernel is laid on the image turned over its diagonal. The third axis of weight counts rows, the fourth "
    "columns.",
)
def conv_transposed_kernel(x, weight, bias=None, **how):
    return conv(x, weight.transpose(2, 3), bias, **how)


@misconception(
    "conv2d",
    "filters and channels swapped",
    "The first axis of weight counts the filters, which become the channels of the output; the second axis counts the "
    "channels of x.",
)
def conv_swapped_axes(x, weight, bias=None, groups=1, **how):
    conv(x, weight, bias, groups=groups, **how)
    if weight.shape[0] != weight.shape[1]:
        raise RuntimeError("The size of the tensors must match")
    return conv(x, weight.transpose(0, 1), bias, groups=groups, **how)


@misconception(
    "conv2d",
    "output height and width swapped",
    "Your output is turned over its diagonal: the third axis counts rows, the fourth columns.",
)
def conv_transposed_output(x, weight, bias=None, **how):
    return conv(x, weight, bias, **how).transpose(2, 3)


@misconception(
    "conv2d",
    "width taken from the height",
    "Your output has as many columns as it should have rows. Compute its width from the width of the image and of the "
    "kernel, and try an image that is wider than it is high.",
)
def conv_height_twice(x, weight, bias=None, **how):
    y = conv(x, weight, bias, **how)
    if y.shape[2] > y.shape[3]:
        raise RuntimeError("The size of tensor a must match the size of tensor b")
    return y[..., : y.shape[2]]


@misconception(
    "conv2d",
    "last row and column missing",
    "Your output is one row and one column short. Count the windows once more: the first one needs no step.",
)
def conv_one_short(x, weight, bias=None, **how):
    return conv(x, weight, bias, **how)[:, :, :-1, :-1]


@misconception(
    "conv2d",
    "output size rounded up",
    "You make room for a window that sticks out of the image. What is left over after the last whole step of "
    "the stride "
    "is dropped.",
)
def conv_rounded_up(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    counts = sizes_of(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    dense = sizes_of(x.shape[2:], weight.shape[2:], 1, padding, dilation)
    if any((n - 1) * s + 1 != d for n, s, d in zip(counts, pair(stride), dense, strict=True)):
        raise RuntimeError("The size of tensor a must match the size of tensor b")
    return conv(x, weight, bias, stride, padding, dilation, groups)


@misconception(
    "conv2d",
    "stride not in the window's start",
    "Your output has the right size, but its windows lie too close: output number i does not begin at pixel i.",
)
def conv_dense_starts(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    check_channels(x, weight, groups)
    counts = sizes_of(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return filtered(windows_at(padded(x, padding), counts, weight.shape[2:], 1, dilation), weight, bias, groups)


@misconception(
    "conv2d",
    "stride ignored",
    "Your output is the same for every stride. With stride 2 only every second window is computed, on both axes.",
)
def conv_unstrided(x, weight, bias=None, stride=1, **how):
    return conv(x, weight, bias, 1, **how)


@misconception(
    "conv2d",
    "one stride for both axes",
    "A stride can be a pair. You use its first number for rows and for columns.",
)
def conv_first_stride(x, weight, bias=None, stride=1, **how):
    return conv(x, weight, bias, pair(stride)[0], **how)


@misconception(
    "conv2d",
    "stride swapped between the axes",
    "The first number of a stride is for the rows, the second for the columns.",
)
def conv_swapped_stride(x, weight, bias=None, stride=1, **how):
    return conv(x, weight, bias, pair(stride)[::-1], **how)


@misconception(
    "conv2d",
    "padding ignored",
    "Your windows never visit the padding. Surround the image with zeros before you slide the kernel over it.",
)
def conv_unpadded(x, weight, bias=None, padding=0, **how):
    return conv(x, weight, bias, **how)


@misconception(
    "conv2d",
    "padding at the top and left only",
    "You put zeros above and to the left of the image. Padding surrounds it: below and to the right are sides, too.",
)
def conv_half_padded(x, weight, bias=None, padding=0, **how):
    down, right = pair(padding)
    return conv(pad(x, (right, 0, down, 0)), weight, bias, **how)


@misconception(
    "conv2d",
    "padding swapped between the axes",
    "The first number of a padding is for the rows (above and below). torch's pad wants the last axis first, "
    "and numpy's "
    "the first: have a look at the shape after padding.",
)
def conv_swapped_padding(x, weight, bias=None, padding=0, **how):
    return conv(x, weight, bias, padding=pair(padding)[::-1], **how)


@misconception(
    "conv2d",
    "one padding for both axes",
    "A padding can be a pair. You use its first number for rows and for columns.",
)
def conv_first_padding(x, weight, bias=None, padding=0, **how):
    return conv(x, weight, bias, padding=pair(padding)[0], **how)


@misconception(
    "conv2d",
    "padding with the border's pixels",
    "You repeat the pixels at the border. Here the padding is made of zeros.",
)
def conv_border_padded(x, weight, bias=None, padding=0, **how):
    conv(x, weight, bias, padding=padding, **how)
    down, right = pair(padding)
    return conv(border_repeated(x, down, right), weight, bias, **how)


def border_repeated(x, down, right):
    rows = torch.arange(-down, x.shape[2] + down, device=x.device).clamp(0, x.shape[2] - 1)
    columns = torch.arange(-right, x.shape[3] + right, device=x.device).clamp(0, x.shape[3] - 1)
    return x[:, :, rows][..., columns]


@misconception(
    "conv2d",
    "channels averaged",
    "You take the mean over the channels. What a filter sees in them is added up.",
)
def conv_mean_of_channels(x, weight, bias=None, **how):
    y = conv(x, weight, **how) / weight.shape[1]
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv2d",
    "averaged over the window",
    "The products in a window are added up, not averaged: nothing is divided by the size of the kernel.",
)
def conv_mean_of_window(x, weight, bias=None, **how):
    y = conv(x, weight, **how) / (weight.shape[2] * weight.shape[3])
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv2d",
    "only the first channel used",
    "Your output depends on the first channel alone. A filter has weights for every channel of the image.",
)
def conv_first_channel(x, weight, bias=None, groups=1, **how):
    check_channels(x, weight, groups)
    return conv(x[:, :: weight.shape[1]], weight[:, :1], bias, groups=groups, **how)


@misconception(
    "conv2d",
    "only the first image filtered",
    "Only the first image of your output is filled in. The first axis of x counts the images: go through all of them.",
)
def conv_first_image(x, weight, bias=None, **how):
    y = conv(x, weight, bias, **how)
    return torch.cat([y[:1], torch.zeros_like(y[1:])])


@misconception(
    "conv2d",
    "bias missing",
    "Your output is the same for every bias. Each filter's bias is added to all numbers that the filter makes.",
)
def conv_unbiased(x, weight, bias=None, **how):
    return conv(x, weight, **how)


@misconception(
    "conv2d",
    "bias added twice",
    "The bias comes in twice. Look for a second place where you add it, such as the value the output starts with.",
)
def conv_double_bias(x, weight, bias=None, **how):
    return conv(x, weight, None if bias is None else 2 * bias, **how)


@misconception(
    "conv2d",
    "bias added for every channel",
    "The bias is added inside the loop over the channels, once for each. It belongs to the filter: add it once, after "
    "the sum.",
)
def conv_bias_per_channel(x, weight, bias=None, **how):
    return conv(x, weight, None if bias is None else weight.shape[1] * bias, **how)


@misconception(
    "conv2d",
    "bias added for every tap",
    "The bias is added inside the sum, once for each product. It belongs to the filter: add it once, after the sum.",
)
def conv_bias_per_tap(x, weight, bias=None, **how):
    return conv(x, weight, None if bias is None else weight[0].numel() * bias, **how)


@misconception(
    "conv2d",
    "dilation ignored",
    "Your windows are made of neighbouring pixels for every dilation. With dilation 2 they take every second pixel.",
)
def conv_undilated(x, weight, bias=None, dilation=1, **how):
    return conv(x, weight, bias, **how)


@misconception(
    "conv2d",
    "dilation only in the output size",
    "Your output has the right size, but its windows are made of neighbouring pixels. With dilation 2 a window takes "
    "every second pixel.",
)
def conv_dense_taps(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    check_channels(x, weight, groups)
    counts = sizes_of(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return filtered(windows_at(padded(x, padding), counts, weight.shape[2:], stride), weight, bias, groups)


@misconception(
    "conv2d",
    "dilation multiplied by the kernel size",
    "Your output is too small when there is a dilation: a kernel of three taps has two gaps, and dilation "
    "stretches the "
    "gaps. Count the pixels from the first tap to the last.",
)
def conv_long_span(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    check_channels(x, weight, groups)
    spans = [k * d for k, d in zip(weight.shape[2:], pair(dilation), strict=True)]
    counts = sizes_of(x.shape[2:], spans, stride, padding)
    windows = windows_at(padded(x, padding), counts, weight.shape[2:], stride, dilation)
    return filtered(windows, weight, bias, groups)


@misconception(
    "conv2d",
    "every group reads the first channels",
    "All your filters look at the first channels. The filters of the second group belong to the second block of "
    "channels.",
)
def conv_first_group(x, weight, bias=None, groups=1, **how):
    check_channels(x, weight, groups)
    return conv(x[:, : weight.shape[1]], weight, bias, **how)


@misconception(
    "conv2d",
    "filters dealt out to the groups in turn",
    "You give filter 0 to the first group, filter 1 to the second and so on. Groups are blocks: the first "
    "K / groups filters form the first one.",
)
def conv_dealt_filters(x, weight, bias=None, groups=1, **how):
    check_channels(x, weight, groups)
    order = torch.arange(len(weight), device=x.device).reshape(-1, groups).T.flatten()
    y = conv(x, weight[order], groups=groups, **how)[:, order.argsort()]
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv2d",
    "channels dealt out to the groups in turn",
    "You give channel 0 to the first group, channel 1 to the second and so on. Groups are blocks: the first "
    "C / groups channels form the first one.",
)
def conv_dealt_channels(x, weight, bias=None, groups=1, **how):
    check_channels(x, weight, groups)
    order = torch.arange(x.shape[1], device=x.device).reshape(-1, groups).T.flatten()
    return conv(x[:, order], weight, bias, groups=groups, **how)


@misconception(
    "conv2d",
    "kernel that does not fit accepted",
    "When no window fits there is nothing to compute: raise ValueError instead of returning an empty output.",
)
def conv_any_kernel(x, weight, bias=None, groups=1, **how):
    check_channels(x, weight, groups)
    try:
        return conv(x, weight, bias, groups=groups, **how)
    except ValueError:
        axes = zip(x.shape[2:], weight.shape[2:], pair(how.get("dilation", 1)), strict=True)
        sizes = [max(0, n - d * (k - 1)) for n, k, d in axes]
        return x.new_zeros(x.shape[0], weight.shape[0], *sizes)


@misconception(
    "conv2d",
    "channels and groups not checked",
    "Multiplying stretches an axis of length 1 without asking, so a weight for one channel seems to work with four. "
    "Compare channels, filters and groups first, and raise ValueError when they do not fit together.",
)
def conv_any_channels(x, weight, bias=None, groups=1, **how):
    filters, channels = len(weight) // groups * groups, x.shape[1] // groups
    y = conv(x[:, : channels * groups], weight[:filters].expand(-1, channels, -1, -1), groups=groups, **how)
    y = torch.cat([y, y.new_zeros(len(y), len(weight) - filters, *y.shape[2:])], 1)
    return y if bias is None else y + bias[:, None, None]


# -------------------------------------------------------------------------------------------- conv2d_backward


@misconception(
    "conv2d_backward",
    "padding cut off with [pad:-pad]",
    "When the padding is 0, the slice [0:-0] is empty, and so is your gradient. Count the end from the front: from pad "
    "to pad plus height.",
)
def backward_empty_crop(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, grad_bias = backward(grad_out, x, weight, stride, padding)
    top, left = pair(padding)
    return padded(grad_x, padding)[:, :, top:-top, left:-left], grad_weight, grad_bias


@misconception(
    "conv2d_backward",
    "padding left on the gradient",
    "grad_x has the shape of the padded image. The zeros around the image were never an input: cut their gradient off.",
)
def backward_uncropped(grad_out, x, weight, stride=1, padding=0):
    _, grad_weight, grad_bias = backward(grad_out, x, weight, stride, padding)
    return stamped(grad_out, weight, stride, padded(x, padding).shape[2:]), grad_weight, grad_bias


@misconception(
    "conv2d_backward",
    "overlapping windows overwrite each other",
    "A pixel takes part in several windows, and its gradient is the sum over all of them. Yours keeps only the last: "
    "look for an = that should add.",
)
def backward_overwritten(grad_out, x, weight, stride=1, padding=0):
    _, *others = backward(grad_out, x, weight, stride, padding)
    return grad_image(grad_out, x, weight, stride, padding, overwrite=True), *others


@misconception(
    "conv2d_backward",
    "every share of grad_x overwrites the one before",
    "A pixel gets a share of the gradient from every filter and from every window it lies in, and they add up. Yours "
    "keeps only the last share: look for an = that should add.",
)
def backward_last_share(grad_out, x, weight, stride=1, padding=0):
    _, *others = backward(grad_out, x, weight, stride, padding)
    canvas = stamped(grad_out[:, -1:], weight[-1:], stride, padded(x, padding).shape[2:], overwrite=True)
    return cropped(canvas, padding), *others


@misconception(
    "conv2d_backward",
    "every share of grad_weight overwrites the one before",
    "A weight gets a share of the gradient from every image and every window, and they add up. Yours keeps only the "
    "last share: look for an = that should add.",
)
def backward_last_product(grad_out, x, weight, stride=1, padding=0):
    grad_x, _, grad_bias = backward(grad_out, x, weight, stride, padding)
    last = torch.zeros_like(grad_out)
    last[-1, :, -1, -1] = grad_out[-1, :, -1, -1]
    return grad_x, grad_filter(last, x, weight, stride, padding), grad_bias


@misconception(
    "conv2d_backward",
    "every share of grad_bias overwrites the one before",
    "The bias was added to every output number, so it gets a share from each, and they add up. Yours keeps only the "
    "last share: look for an = that should add.",
)
def backward_last_bias(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, _ = backward(grad_out, x, weight, stride, padding)
    return grad_x, grad_weight, grad_out[-1, :, -1, -1].clone()


@misconception(
    "conv2d_backward",
    "weight gradient from the last window only",
    "A weight is used in every window, and its gradient is the sum over all of them. Yours keeps only the last: look "
    "for an = that should add.",
)
def backward_last_window(grad_out, x, weight, stride=1, padding=0):
    grad_x, _, grad_bias = backward(grad_out, x, weight, stride, padding)
    last = torch.zeros_like(grad_out)
    last[:, :, -1, -1] = grad_out[:, :, -1, -1]
    return grad_x, grad_filter(last, x, weight, stride, padding), grad_bias


@misconception(
    "conv2d_backward",
    "weight gradient from one image only",
    "Every image of the batch uses the same weight, so its gradient is the sum over the batch. Yours comes from the "
    "last image alone.",
)
def backward_last_image(grad_out, x, weight, stride=1, padding=0):
    grad_x, _, grad_bias = backward(grad_out, x, weight, stride, padding)
    return grad_x, grad_filter(grad_out[-1:], x[-1:], weight, stride, padding), grad_bias


@misconception(
    "conv2d_backward",
    "gradients averaged over the batch",
    "You divide by the number of images. If the loss is a mean, grad_out holds that factor already; here it is summed.",
)
def backward_averaged(grad_out, x, weight, stride=1, padding=0):
    grad_x, *others = backward(grad_out, x, weight, stride, padding)
    return grad_x, *(other / len(x) for other in others)


@misconception(
    "conv2d_backward",
    "bias gradient summed over the wrong axes",
    "There is one bias for each filter, so one gradient for each filter is due. Which axis of grad_out counts filters? "
    "Sum over the others.",
)
def backward_bias_axes(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, _ = backward(grad_out, x, weight, stride, padding)
    return grad_x, grad_weight, grad_out.sum((1, 2, 3))


@misconception(
    "conv2d_backward",
    "bias gradient not summed over the batch",
    "Your grad_bias has a row for each image. All images share one bias: add their gradients up.",
)
def backward_bias_batch(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, _ = backward(grad_out, x, weight, stride, padding)
    return grad_x, grad_weight, grad_out.sum((2, 3))


@misconception(
    "conv2d_backward",
    "bias gradient averaged",
    "The bias is added to every output number, so its gradient is their sum and not their mean.",
)
def backward_bias_mean(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, grad_bias = backward(grad_out, x, weight, stride, padding)
    return grad_x, grad_weight, grad_bias / grad_out[:, 0].numel()


@misconception(
    "conv2d_backward",
    "kernel on the wrong side up in grad_x",
    "The pixel at the window's top left was multiplied by the kernel's top left weight, so that is what its gradient "
    "holds. If you compute grad_x by sliding a window over grad_out, the kernel has to be flipped; if you add shares "
    "window by window, it has not.",
)
def backward_flipped_image(grad_out, x, weight, stride=1, padding=0):
    _, *others = backward(grad_out, x, weight, stride, padding)
    return grad_image(grad_out, x, weight.flip(2, 3), stride, padding), *others


@misconception(
    "conv2d_backward",
    "weight gradient flipped",
    "The gradient of a kernel's top left weight stands in the bottom right of your grad_weight. Nothing is "
    "flipped here: "
    "it is a cross-correlation of the image with grad_out.",
)
def backward_flipped_weight(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, grad_bias = backward(grad_out, x, weight, stride, padding)
    return grad_x, grad_weight.flip(2, 3), grad_bias


@misconception(
    "conv2d_backward",
    "stride forgotten",
    "Your windows begin at pixel i. In the forward pass, the window of output number i began at i times the "
    "stride; the "
    "backward pass has to find the same pixels.",
)
def backward_dense(grad_out, x, weight, stride=1, padding=0):
    check_grad_out(grad_out, x, weight, stride, padding)
    image = padded(x, padding)
    windows = windows_at(image, grad_out.shape[2:], weight.shape[2:])
    grad_x = cropped(stamped(grad_out, weight, 1, image.shape[2:]), padding)
    return grad_x, torch.einsum("nkij,ncijuv->kcuv", grad_out, windows), grad_out.sum((0, 2, 3))


@misconception(
    "conv2d_backward",
    "stride forgotten in grad_x",
    "grad_weight honours the stride, but the shares of grad_x are put down too close: the window of output number i "
    "began at i times the stride.",
)
def backward_dense_image(grad_out, x, weight, stride=1, padding=0):
    return backward_dense(grad_out, x, weight, stride, padding)[0], *backward(grad_out, x, weight, stride, padding)[1:]


@misconception(
    "conv2d_backward",
    "image not padded for grad_weight",
    "In the forward pass the kernel also met the padding. Pad the image in the backward pass, too, before you take the "
    "same windows.",
)
def backward_unpadded(grad_out, x, weight, stride=1, padding=0):
    if pair(padding) != (0, 0):
        raise RuntimeError("The size of tensor a must match the size of tensor b")
    return backward(grad_out, x, weight, stride, padding)


@misconception(
    "conv2d_backward",
    "pixels that no window reaches dropped",
    "When the stride does not divide, the last rows or columns are never visited. Their gradient is 0, but it "
    "belongs to "
    "grad_x, which has the shape of x: do not compute that shape from grad_out.",
)
def backward_short(grad_out, x, weight, stride=1, padding=0):
    grad_x, *others = backward(grad_out, x, weight, stride, padding)
    axes = zip(grad_out.shape[2:], weight.shape[2:], pair(stride), pair(padding), strict=True)
    height, width = (max(0, (n - 1) * s + k - 2 * p) for n, k, s, p in axes)
    return grad_x[:, :, :height, :width], *others


@misconception(
    "conv2d_backward",
    "grad_out ignored",
    "Your gradients are those of the plain sum of all outputs. grad_out says how much each output number counts: every "
    "share is multiplied by it.",
)
def backward_of_the_sum(grad_out, x, weight, stride=1, padding=0):
    check_grad_out(grad_out, x, weight, stride, padding)
    return backward(torch.ones_like(grad_out), x, weight, stride, padding)


@misconception(
    "conv2d_backward",
    "gradients in another order",
    "You return the gradient of the weight first. The order is that of the arguments of conv2d: x, weight, bias.",
)
def backward_reordered(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight, grad_bias = backward(grad_out, x, weight, stride, padding)
    return grad_weight, grad_x, grad_bias


@misconception(
    "conv2d_backward",
    "shapes that do not belong together accepted",
    "grad_out has to have the shape of conv2d's output, and the weight as many channels as x. Check both first, and "
    "raise ValueError when they do not.",
)
def backward_any_shape(grad_out, x, weight, stride=1, padding=0):
    image = padded(x, padding)[:, : weight.shape[1]]
    windows = windows_at(image, grad_out.shape[2:], weight.shape[2:], stride)
    grad_x = x.new_zeros(x.shape)
    grad_x[:, : weight.shape[1]] = cropped(stamped(grad_out, weight, stride, image.shape[2:]), padding)
    return grad_x, torch.einsum("nkij,ncijuv->kcuv", grad_out, windows), grad_out.sum((0, 2, 3))


# ------------------------------------------------------------------------------------------- conv_transpose2d


@misconception(
    "conv_transpose2d",
    "overlapping stamps overwrite each other",
    "Where copies of the kernel overlap they add up. Yours keep only the last one: look for an = that should add.",
)
def transpose_overwritten(x, weight, bias=None, **how):
    return transpose(x, weight, bias, **how, overwrite=True)


@misconception(
    "conv_transpose2d",
    "every share overwrites the one before",
    "An output number gets a share from every channel of x and from every copy of the kernel that covers it, and they "
    "add up. Yours keeps only the last share: look for an = that should add.",
)
def transpose_last_share(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    size = stamp_size(x, weight, stride, padding, output_padding)
    y = cropped(stamped(x[:, -1:], weight[-1:], stride, size, overwrite=True), padding)
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv_transpose2d",
    "stride ignored",
    "Your copies of the kernel lie side by side for every stride. With stride 2 the next one begins two pixels "
    "further.",
)
def transpose_unstrided(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    stamp_size(x, weight, stride, padding, output_padding)
    axes = zip(x.shape[2:], weight.shape[2:], pair(output_padding), strict=True)
    y = cropped(stamped(x, weight, 1, [n - 1 + k + e for n, k, e in axes]), padding)
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv_transpose2d",
    "kernel flipped",
    "Each copy of the kernel lies on the output as it is. Only if you slide a window over a stretched input it "
    "has to be "
    "flipped.",
)
def transpose_flipped(x, weight, bias=None, **how):
    return transpose(x, weight.flip(2, 3), bias, **how)


@misconception(
    "conv_transpose2d",
    "weight axes as in conv2d",
    "Here the first axis of weight counts the channels of x and the second those of the output: the weight is "
    "the one of "
    "the convolution that is being transposed.",
)
def transpose_swapped_axes(x, weight, bias=None, **how):
    transpose(x, weight, bias, **how)
    if weight.shape[0] != weight.shape[1]:
        raise RuntimeError("The size of the tensors must match")
    return transpose(x, weight.transpose(0, 1), bias, **how)


@misconception(
    "conv_transpose2d",
    "padding ignored",
    "Your output has the same size for every padding. Padding takes that many rows and columns away from every side.",
)
def transpose_uncropped(x, weight, bias=None, padding=0, **how):
    transpose(x, weight, bias, padding=padding, **how)
    return transpose(x, weight, bias, **how)


@misconception(
    "conv_transpose2d",
    "padding added to the output",
    "You put zeros around the output. In a transposed convolution padding is taken away from it, because the "
    "convolution "
    "it undoes had added it.",
)
def transpose_padded(x, weight, bias=None, padding=0, **how):
    transpose(x, weight, bias, padding=padding, **how)
    y = padded(transpose(x, weight, **how), padding)
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv_transpose2d",
    "output_padding ignored",
    "Your output has the same size for every output_padding. It makes the output larger, below and on the right.",
)
def transpose_without_extra(x, weight, bias=None, output_padding=0, **how):
    transpose(x, weight, bias, output_padding=output_padding, **how)
    return transpose(x, weight, bias, **how)


@misconception(
    "conv_transpose2d",
    "output_padding on every side",
    "output_padding makes the output larger on one side of each axis only: below and on the right.",
)
def transpose_extra_twice(x, weight, bias=None, output_padding=0, **how):
    transpose(x, weight, bias, output_padding=output_padding, **how)
    y = padded(transpose(x, weight, **how), output_padding)
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv_transpose2d",
    "output_padding filled with zeros",
    "You cut the padding off and then add rows and columns of zeros. What was cut off may belong there: output_padding "
    "means to cut that much less, below and on the right.",
)
def transpose_extra_zeros(x, weight, bias=None, output_padding=0, **how):
    transpose(x, weight, bias, output_padding=output_padding, **how)
    below, right = pair(output_padding)
    y = pad(transpose(x, weight, **how), (0, right, 0, below))
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv_transpose2d",
    "bias missing",
    "Your output is the same for every bias. Each output channel's bias is added to all of its numbers.",
)
def transpose_unbiased(x, weight, bias=None, **how):
    return transpose(x, weight, **how)


@misconception(
    "conv_transpose2d",
    "output_padding as large as the stride accepted",
    "output_padding chooses among the sizes that a strided convolution maps to the same size, so it must be "
    "smaller than "
    "the stride: otherwise raise ValueError.",
)
def transpose_any_extra(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    least = tuple(max(s, e + 1) for s, e in zip(pair(stride), pair(output_padding), strict=True))
    stamp_size(x, weight, least, padding, output_padding)
    axes = zip(x.shape[2:], weight.shape[2:], pair(stride), pair(output_padding), strict=True)
    y = cropped(stamped(x, weight, stride, [(n - 1) * s + k + e for n, k, s, e in axes]), padding)
    return y if bias is None else y + bias[:, None, None]


@misconception(
    "conv_transpose2d",
    "impossible requests accepted",
    "Some requests have no answer: a weight for another number of channels, an output_padding as large as the stride, "
    "a padding that leaves nothing. Check for them first and raise ValueError.",
)
def transpose_anything(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    axes = zip(x.shape[2:], weight.shape[2:], pair(stride), pair(output_padding), strict=True)
    canvas = stamped(x, weight[: x.shape[1]], stride, [(n - 1) * s + k + e for n, k, s, e in axes])
    y = cropped(canvas, padding)
    return y if bias is None else y + bias[:, None, None]
