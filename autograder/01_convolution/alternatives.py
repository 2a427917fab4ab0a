"""Right implementations in other ways than the solution's: every one of them has to earn full marks.

Like the misconceptions, the file stands on its own: `convclass verify` submits it as a student's code.
"""

import itertools
import math

import numpy as np
import torch
from torch.nn.functional import pad

from convclass.exam import alternative

# ------------------------------------------------------------------------- what is not the point of any of them


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def windows_along(size, kernel_size, stride=1, padding=0, dilation=1):
    """How many windows fit along one axis, or ValueError."""
    span = dilation * (kernel_size - 1) + 1
    if min(size, kernel_size, stride, dilation) < 1 or padding < 0:
        raise ValueError("sizes, strides and dilations begin at 1, paddings at 0")
    if span > size + 2 * padding:
        raise ValueError("the kernel does not fit into the padded image")
    return (size + 2 * padding - span) // stride + 1


def output_shape(size, kernel_size, stride=1, padding=0, dilation=1):
    axes = zip(size, pair(kernel_size), pair(stride), pair(padding), pair(dilation), strict=True)
    return tuple(windows_along(*axis) for axis in axes)


def conv_shape(x, weight, stride, padding, dilation=1, groups=1):
    """The output's height and width, after checking that the request is possible."""
    if groups < 1 or x.shape[1] % groups or weight.shape[0] % groups:
        raise ValueError("groups must divide the channels and the filters")
    if weight.shape[1] != x.shape[1] // groups:
        raise ValueError("the weight is made for another number of channels")
    return output_shape(x.shape[2:], weight.shape[2:], stride, padding, dilation)


def transposed_shape(x, weight, stride, padding, output_padding):
    if x.shape[1] != weight.shape[0]:
        raise ValueError("the weight is made for another number of channels")
    if any(extra >= step for extra, step in zip(pair(output_padding), pair(stride), strict=True)):
        raise ValueError("output_padding must be smaller than the stride")
    axes = zip(x.shape[2:], weight.shape[2:], pair(stride), pair(padding), pair(output_padding), strict=True)
    shape = tuple((n - 1) * s + k - 2 * p + e for n, k, s, p, e in axes)
    if min(shape) < 1:
        raise ValueError("nothing is left of the output")
    return shape


def zero_padded(x, padding):
    down, right = pair(padding)
    return pad(x, (right, right, down, down))


def with_bias(y, bias):
    return y if bias is None else y + bias.view(1, -1, 1, 1)


def taps_of(x, kernel, shape, stride=1, dilation=1):
    """For every kernel position, the pixels that it meets: (u, v, (N, C, oH, oW))."""
    (down, right), (tall, wide), (rows, columns) = pair(stride), pair(dilation), shape
    for u, v in itertools.product(range(kernel[0]), range(kernel[1])):
        top, left = u * tall, v * wide
        yield u, v, x[:, :, top : top + down * rows : down, left : left + right * columns : right]


def exactly(result, like):
    """A result computed in floats in the dtype of the inputs: whole numbers are rounded back."""
    return result.to(like.dtype) if like.is_floating_point() else result.round().to(like.dtype)


# ------------------------------------------------------------------------------------------------ output_size


@alternative("output_size", "windows counted one by one")
def size_counted(size, kernel_size, stride=1, padding=0, dilation=1):
    windows_along(size, kernel_size, stride, padding, dilation)
    last_tap = dilation * (kernel_size - 1)
    starts = range(-padding, size + padding, stride)
    return sum(1 for start in starts if start + last_tap < size + padding)


@alternative("output_size", "floor of a fraction")
def size_by_fraction(size, kernel_size, stride=1, padding=0, dilation=1):
    windows_along(size, kernel_size, stride, padding, dilation)
    return math.floor((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1)


# ------------------------------------------------------------------------------------------ cross_correlate2d


@alternative("cross_correlate2d", "nested loops")
def correlate_loops(image, kernel):
    height, width = output_shape(image.shape, kernel.shape)
    result = np.zeros((height, width), dtype=image.dtype)
    for i, j in itertools.product(range(height), range(width)):
        for u, v in itertools.product(range(kernel.shape[0]), range(kernel.shape[1])):
            result[i, j] += image[i + u, j + v] * kernel[u, v]
    return result


@alternative("cross_correlate2d", "as_strided and tensordot")
def correlate_strided(image, kernel):
    shape = output_shape(image.shape, kernel.shape) + kernel.shape
    windows = np.lib.stride_tricks.as_strided(image, shape, image.strides * 2, writeable=False)
    return np.tensordot(windows, kernel, axes=2)


@alternative("cross_correlate2d", "FFT")
def correlate_fft(image, kernel):
    height, width = output_shape(image.shape, kernel.shape)
    spectrum = np.fft.rfft2(image) * np.conj(np.fft.rfft2(kernel, image.shape))
    result = np.fft.irfft2(spectrum, image.shape)[:height, :width]
    return (result if image.dtype.kind == "f" else result.round()).astype(image.dtype)


# ------------------------------------------------------------------------------------------------- convolve2d


@alternative("convolve2d", "kernel read backwards")
def convolve_backwards(image, kernel):
    shape, (height, width) = output_shape(image.shape, kernel.shape), kernel.shape
    result = np.zeros(shape, dtype=image.dtype)
    for i, j in np.ndindex(*shape):
        for u, v in np.ndindex(height, width):
            result[i, j] += image[i + height - 1 - u, j + width - 1 - v] * kernel[u, v]
    return result


@alternative("convolve2d", "image spread pixel by pixel, then cropped")
def convolve_spread(image, kernel):
    (rows, columns), (height, width) = output_shape(image.shape, kernel.shape), kernel.shape
    full = np.zeros((image.shape[0] + height - 1, image.shape[1] + width - 1), dtype=image.dtype)
    for (i, j), pixel in np.ndenumerate(image):
        full[i : i + height, j : j + width] += pixel * kernel
    return full[height - 1 : height - 1 + rows, width - 1 : width - 1 + columns]


# ----------------------------------------------------------------------------------------------------- im2col


@alternative("im2col", "a column at a time")
def im2col_loops(x, kernel_size, stride=1, padding=0, dilation=1):
    rows, columns = output_shape(x.shape[2:], kernel_size, stride, padding, dilation)
    (height, width), (down, right), (tall, wide) = pair(kernel_size), pair(stride), pair(dilation)
    image = zero_padded(x, padding)
    result = []
    for top, left in itertools.product(range(0, down * rows, down), range(0, right * columns, right)):
        window = image[:, :, top : top + tall * height : tall, left : left + wide * width : wide]
        result.append(window.reshape(len(x), -1))
    return torch.stack(result, -1)


@alternative("im2col", "as_strided")
def im2col_strided(x, kernel_size, stride=1, padding=0, dilation=1):
    shape = output_shape(x.shape[2:], kernel_size, stride, padding, dilation)
    (down, right), (tall, wide) = pair(stride), pair(dilation)
    image = zero_padded(x, padding).contiguous()
    n, c, h, w = image.stride()
    windows = image.as_strided(
        (*x.shape[:2], *pair(kernel_size), *shape), (n, c, h * tall, w * wide, h * down, w * right)
    )
    return windows.flatten(4).flatten(1, 3)


# ----------------------------------------------------------------------------------------------------- conv2d


@alternative("conv2d", "nested loops")
def conv_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    rows, columns = conv_shape(x, weight, stride, padding, dilation, groups)
    (filters, channels, height, width), (down, right), (tall, wide) = weight.shape, pair(stride), pair(dilation)
    image = zero_padded(x, padding)
    y = x.new_zeros(len(x), filters, rows, columns)
    for n, k, i, j in itertools.product(range(len(x)), range(filters), range(rows), range(columns)):
        first = k // (filters // groups) * channels
        top, left = i * down, j * right
        window = image[n, first : first + channels, top : top + tall * height : tall, left : left + wide * width : wide]
        y[n, k, i, j] = (window * weight[k]).sum() + (0 if bias is None else bias[k])
    return y


@alternative("conv2d", "im2col and a matrix product")
def conv_im2col(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    shape = conv_shape(x, weight, stride, padding, dilation, groups)
    columns = im2col_strided(x, weight.shape[2:], stride, padding, dilation).unflatten(1, (groups, -1))
    matrices = weight.flatten(1).unflatten(0, (groups, -1))
    return with_bias((matrices @ columns).flatten(1, 2).unflatten(2, shape), bias)


@alternative("conv2d", "einsum over a strided view")
def conv_einsum(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    shape = conv_shape(x, weight, stride, padding, dilation, groups)
    (down, right), (tall, wide) = pair(stride), pair(dilation)
    image = zero_padded(x, padding)
    n, c, h, w = image.stride()
    view = (len(x), groups, weight.shape[1], *shape, *weight.shape[2:])
    windows = image.as_strided(view, (n, c * weight.shape[1], c, h * down, w * right, h * tall, w * wide))
    y = torch.einsum("bgcijuv,gkcuv->bgkij", windows, weight.unflatten(0, (groups, -1)))
    return with_bias(y.flatten(1, 2), bias)


@alternative("conv2d", "shift and add over the kernel's taps")
def conv_shifted(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    shape = conv_shape(x, weight, stride, padding, dilation, groups)
    y = x.new_zeros(len(x), groups, len(weight) // groups, *shape)
    for u, v, pixels in taps_of(zero_padded(x, padding), weight.shape[2:], shape, stride, dilation):
        blocks, tap = pixels.unflatten(1, (groups, 1, -1)), weight[:, :, u, v].unflatten(0, (groups, -1))
        y += (blocks * tap[..., None, None]).sum(3)
    return with_bias(y.flatten(1, 2), bias)


@alternative("conv2d", "FFT")
def conv_fft(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    rows, columns = conv_shape(x, weight, stride, padding, dilation, groups)
    (down, right), (tall, wide), (height, width) = pair(stride), pair(dilation), weight.shape[2:]
    image = zero_padded(x if x.is_floating_point() else x.double(), padding)
    spread = image.new_zeros(*weight.shape[:2], tall * (height - 1) + 1, wide * (width - 1) + 1)
    spread[:, :, ::tall, ::wide] = weight
    size = image.shape[2:]
    pixels = torch.fft.rfft2(image).unflatten(1, (groups, -1))
    kernels = torch.fft.rfft2(spread, s=size).unflatten(0, (groups, -1)).conj()
    y = torch.fft.irfft2(torch.einsum("bgcij,gkcij->bgkij", pixels, kernels), s=size).flatten(1, 2)
    return with_bias(exactly(y[:, :, : down * rows : down, : right * columns : right], x), bias)


@alternative("conv2d", "one large matrix")
def conv_matrix(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    shape = conv_shape(x, weight, stride, padding, dilation, groups)
    image = zero_padded(x, padding)
    matrix = dense_matrix(weight, image.shape[1:], shape, stride, dilation, groups)
    return with_bias((image.flatten(1) @ matrix.T).unflatten(1, (len(weight), *shape)), bias)


def dense_matrix(weight, image, shape, stride=1, dilation=1, groups=1):
    """The matrix that maps a flat padded image (C, H, W) to a flat output (K, oH, oW)."""
    (down, right), (tall, wide), (rows, columns) = pair(stride), pair(dilation), shape
    filters, channels, height, width = weight.shape
    matrix = weight.new_zeros(filters, rows, columns, *image)
    for k, i, j in itertools.product(range(filters), range(rows), range(columns)):
        first, top, left = k // (filters // groups) * channels, i * down, j * right
        place = matrix[k, i, j, first : first + channels, top : top + tall * height : tall]
        place[:, :, left : left + wide * width : wide] = weight[k]
    return matrix.flatten(3).flatten(0, 2)


@alternative("conv2d", "numpy inside")
def conv_numpy(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    conv_shape(x, weight, stride, padding, dilation, groups)
    (down, right), (top, left), (tall, wide) = pair(stride), pair(padding), pair(dilation)
    image = np.pad(x.cpu().numpy(), ((0, 0), (0, 0), (top, top), (left, left)))
    spans = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], (tall, wide), strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(image, spans, axis=(2, 3))
    windows = windows[:, :, ::down, ::right, ::tall, ::wide]
    blocks = zip(np.split(windows, groups, 1), np.split(weight.cpu().numpy(), groups), strict=True)
    y = np.concatenate([np.einsum("ncijuv,kcuv->nkij", *block) for block in blocks], 1)
    return with_bias(torch.from_numpy(y).to(x), bias)


@alternative("conv2d", "a sum over the channels, each filtered on its own")
def conv_per_channel(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    shape = conv_shape(x, weight, stride, padding, dilation, groups)
    image, filters = zero_padded(x, padding), []
    for k, kernel in enumerate(weight):
        first = k // (len(weight) // groups) * len(kernel)
        maps = [filtered(image[:, first + c], channel, shape, stride, dilation) for c, channel in enumerate(kernel)]
        filters.append(sum(maps))
    return with_bias(torch.stack(filters, 1), bias)


def filtered(image, kernel, shape, stride, dilation):
    """(N, H, W) and (kH, kW) -> (N, oH, oW)."""
    taps = taps_of(image[:, None], kernel.shape, shape, stride, dilation)
    return sum(pixels[:, 0] * kernel[u, v] for u, v, pixels in taps)


# -------------------------------------------------------------------------------------------- conv2d_backward


def check_grad_out(grad_out, x, weight, stride, padding):
    shape = conv_shape(x, weight, stride, padding)
    if grad_out.shape != (len(x), len(weight), *shape):
        raise ValueError("grad_out has not the shape of conv2d's output")
    return shape


@alternative("conv2d_backward", "loops over images, filters and windows")
def backward_loops(grad_out, x, weight, stride=1, padding=0):
    rows, columns = check_grad_out(grad_out, x, weight, stride, padding)
    (down, right), (top, left), (height, width) = pair(stride), pair(padding), weight.shape[2:]
    image = zero_padded(x, padding)
    grad_image, grad_weight = torch.zeros_like(image), torch.zeros_like(weight, memory_format=torch.contiguous_format)
    for n, k, i, j in itertools.product(range(len(x)), range(len(weight)), range(rows), range(columns)):
        window = (n, slice(None), slice(i * down, i * down + height), slice(j * right, j * right + width))
        grad_image[window] += weight[k] * grad_out[n, k, i, j]
        grad_weight[k] += image[window] * grad_out[n, k, i, j]
    grad_x = grad_image[:, :, top : top + x.shape[2], left : left + x.shape[3]]
    return grad_x, grad_weight, grad_out.sum(dim=(0, 2, 3))


@alternative("conv2d_backward", "the large matrix, transposed")
def backward_matrix(grad_out, x, weight, stride=1, padding=0):
    shape = check_grad_out(grad_out, x, weight, stride, padding)
    (top, left), image = pair(padding), zero_padded(x, padding)
    flat = grad_out.flatten(1) @ dense_matrix(weight, image.shape[1:], shape, stride)
    grad_x = flat.view(image.shape)[:, :, top : top + x.shape[2], left : left + x.shape[3]]
    taps = taps_of(image, weight.shape[2:], shape, stride)
    entries = [grad_out.transpose(0, 1).flatten(1) @ pixels.transpose(0, 1).flatten(1).T for _, _, pixels in taps]
    return grad_x, torch.stack(entries, -1).reshape(weight.shape), grad_out.sum((2, 3)).sum(0)


@alternative("conv2d_backward", "columns and their transpose")
def backward_columns(grad_out, x, weight, stride=1, padding=0):
    shape = check_grad_out(grad_out, x, weight, stride, padding)
    columns, flat = im2col_strided(x, weight.shape[2:], stride, padding), grad_out.flatten(2)
    grad_weight = (flat @ columns.transpose(1, 2)).sum(0).view(weight.shape)
    shares = (weight.flatten(1).T @ flat).view(len(x), *weight.shape[1:], *shape)
    grad_image = torch.zeros_like(zero_padded(x, padding))
    for u, v, pixels in taps_of(grad_image, weight.shape[2:], shape, stride):
        pixels += shares[:, :, u, v]
    (top, left), (height, width) = pair(padding), x.shape[2:]
    return grad_image[:, :, top : top + height, left : left + width], grad_weight, flat.sum((0, 2))


@alternative("conv2d_backward", "two more convolutions")
def backward_convolutions(grad_out, x, weight, stride=1, padding=0):
    check_grad_out(grad_out, x, weight, stride, padding)
    (top, left), (height, width), kernel = pair(padding), x.shape[2:], weight.shape[2:]
    dilated = zero_inserted(
        grad_out, stride, [n - k + 1 for n, k in zip(zero_padded(x, padding).shape[2:], kernel, strict=True)]
    )
    turned = weight.flip(2, 3).transpose(0, 1)
    grad_image = conv_einsum(dilated, turned, padding=(kernel[0] - 1, kernel[1] - 1))
    grad_weight = conv_einsum(zero_padded(x, padding).transpose(0, 1), dilated.transpose(0, 1)).transpose(0, 1)
    return grad_image[:, :, top : top + height, left : left + width], grad_weight, grad_out.sum((0, 2, 3))


def zero_inserted(x, stride, size):
    """`x` on a canvas of `size`, with stride - 1 zeros between its numbers."""
    down, right = pair(stride)
    canvas = x.new_zeros(*x.shape[:2], *size)
    canvas[:, :, : down * x.shape[2] : down, : right * x.shape[3] : right] = x
    return canvas


# ------------------------------------------------------------------------------------------- conv_transpose2d


@alternative("conv_transpose2d", "zeros inserted, then an ordinary convolution")
def transpose_inserted(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    shape = transposed_shape(x, weight, stride, padding, output_padding)
    (top, left), kernel = pair(padding), weight.shape[2:]
    axes = zip(x.shape[2:], pair(stride), pair(output_padding), strict=True)
    stretched = zero_inserted(x, stride, [(n - 1) * s + 1 + e for n, s, e in axes])
    y = conv_einsum(stretched, weight.flip(2, 3).transpose(0, 1), padding=(kernel[0] - 1, kernel[1] - 1))
    return with_bias(y[:, :, top : top + shape[0], left : left + shape[1]], bias)


@alternative("conv_transpose2d", "a stamp for every input number")
def transpose_stamped(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    shape = transposed_shape(x, weight, stride, padding, output_padding)
    (down, right), (top, left), (height, width) = pair(stride), pair(padding), weight.shape[2:]
    canvas = x.new_zeros(len(x), weight.shape[1], shape[0] + 2 * top, shape[1] + 2 * left)
    for n, c, i, j in itertools.product(*map(range, x.shape)):
        place = canvas[n, :, i * down : i * down + height, j * right : j * right + width]
        place += x[n, c, i, j] * weight[c]
    return with_bias(canvas[:, :, top : top + shape[0], left : left + shape[1]], bias)


@alternative("conv_transpose2d", "the large matrix, transposed")
def transpose_matrix(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    height, width = transposed_shape(x, weight, stride, padding, output_padding)
    top, left = pair(padding)
    image = (weight.shape[1], height + 2 * top, width + 2 * left)
    y = (x.flatten(1) @ dense_matrix(weight, image, x.shape[2:], stride)).view(len(x), *image)
    return with_bias(y[:, :, top : top + height, left : left + width], bias)
