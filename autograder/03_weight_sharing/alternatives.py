"""Right implementations in other ways than the solution's: every one of them has to earn full marks.

Like the misconceptions, the file stands on its own: `convclass verify` submits it as a student's code.
"""

import itertools
import math
from collections import deque
from functools import reduce

import numpy as np
import torch
from torch.nn.functional import pad

from convclass.exam import alternative

# ------------------------------------------------------------------------- what is not the point of any of them


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def positive(*numbers):
    if any(number < 1 for number in numbers):
        raise ValueError("sizes begin at 1")


def starts(size, kernel_size, stride=1, padding=0, dilation=1):
    """The first pixels of all windows along one axis, or ValueError."""
    positive(size, kernel_size, stride, dilation)
    found = range(-padding, size + padding - dilation * (kernel_size - 1), stride)
    if padding < 0 or not found:
        raise ValueError("no window fits")
    return found


def axes(size, kernel_size, stride=1, padding=0, dilation=1):
    settings = map(pair, (size, kernel_size, stride, padding, dilation))
    return [starts(*axis) for axis in zip(*settings, strict=True)]


def weight_shape(channels, filters, kernel_size, groups=1):
    positive(channels, filters, groups, *pair(kernel_size))
    if channels % groups or filters % groups:
        raise ValueError("groups must divide the channels and the filters")
    return filters, channels // groups, *pair(kernel_size)


# ---------------------------------------------------------------------------------- parameters of single layers


@alternative("linear_params", "a constant input of 1 for the bias")
def linear_with_ones(in_features, out_features, bias=True):
    positive(in_features, out_features)
    return (in_features + bool(bias)) * out_features


@alternative("linear_params", "unit by unit, as a float")
def linear_by_unit(in_features, out_features, bias=True):
    positive(in_features, out_features)
    one_unit = float(in_features) + (1.0 if bias else 0.0)
    return one_unit * out_features


@alternative("mlp_params", "matrices as numpy shapes")
def mlp_shapes(widths, bias=True):
    widths = np.asarray(widths, dtype=np.int64)
    if len(widths) < 2 or (widths < 1).any():
        raise ValueError("no network")
    return int(widths[:-1] @ widths[1:] + bias * widths[1:].sum())


@alternative("mlp_params", "layer by layer from the end")
def mlp_recursive(widths, bias=True):
    *before, last = widths
    if not before or last < 1 or before[-1] < 1:
        raise ValueError("no network")
    here = last * before[-1] + last * bias
    return here + (mlp_recursive(before, bias) if len(before) > 1 else 0)


@alternative("conv2d_params", "the shape of the weight")
def conv_by_shape(in_channels, out_channels, kernel_size, groups=1, bias=True):
    shape = weight_shape(in_channels, out_channels, kernel_size, groups)
    return torch.Size(shape).numel() + (out_channels if bias else 0)


@alternative("conv2d_params", "group by group")
def conv_by_group(in_channels, out_channels, kernel_size, groups=1, bias=True):
    weight_shape(in_channels, out_channels, kernel_size, groups)
    height, width = pair(kernel_size)
    total = 0
    for _ in range(groups):
        total += (out_channels // groups) * (in_channels // groups) * height * width
        total += out_channels // groups if bias else 0
    return total


@alternative("locally_connected2d_params", "a dense layer for every window")
def local_as_dense(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    positive(in_channels, out_channels)
    height, width = pair(kernel_size)
    windows = itertools.product(*axes(in_size, kernel_size, stride, padding))
    return sum(out_channels * (in_channels * height * width + bool(bias)) for _ in windows)


# ------------------------------------------------------------------------------------------------------- MACs


@alternative("conv2d_macs", "units times taps")
def macs_by_unit(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    _, *one_filter = weight_shape(in_channels, out_channels, kernel_size, groups)
    rows, columns = axes(in_size, kernel_size, stride, padding, dilation)
    return np.prod([out_channels, len(rows), len(columns), *one_filter]).item()


@alternative("linear_macs", "the entries of the matrix")
def linear_macs_matrix(in_features, out_features):
    positive(in_features, out_features)
    return torch.empty(1).expand(out_features, in_features).numel()


# --------------------------------------------------------------------------------------------------- networks


class Walk:
    """A walk along a network that keeps the shape, the units and the parameters, with a method for each type."""

    def __init__(self, shape, shared):
        self.shape, self.shared, self.total, self.units = tuple(shape), shared, 0, []

    def along(self, layers):
        for layer in layers:
            step = getattr(self, "on_" + layer["type"], None)
            if step is None:
                raise ValueError("unknown type")
            step(**{name: value for name, value in layer.items() if name != "type"})
            self.units.append(math.prod(self.shape))
        return self

    def need(self, axes):
        if len(self.shape) != axes:
            raise ValueError("this layer cannot follow")

    def slide(self, channels, *settings):
        self.need(3)
        rows, columns = axes(self.shape[1:], *settings)
        self.shape = channels, len(rows), len(columns)

    def on_relu(self):
        pass

    on_dropout = on_relu

    def on_flatten(self):
        self.shape = (math.prod(self.shape),)

    def on_global_avg_pool(self):
        self.need(3)
        self.shape = self.shape[:1]

    def on_batch_norm(self):
        self.total += 2 * self.shape[0]

    def on_linear(self, out_features, bias=True):
        self.need(1)
        positive(out_features, *self.shape)
        self.total += out_features * (self.shape[0] + bool(bias))
        self.shape = (out_features,)

    def on_max_pool(self, kernel_size, stride=None, padding=0):
        self.slide(self.shape[0], kernel_size, kernel_size if stride is None else stride, padding)

    on_avg_pool = on_max_pool

    def on_subsample(self, kernel_size):
        self.total += 2 * self.shape[0]
        self.slide(self.shape[0], kernel_size, kernel_size)

    def on_conv(self, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, table=None):
        self.need(3)
        weights = math.prod(weight_shape(self.shape[0], out_channels, kernel_size, groups))
        if table is not None:
            weights = sum(len(row) for row in table) * math.prod(pair(kernel_size))
        self.total += weights + out_channels * bool(bias)
        self.slide(out_channels, kernel_size, stride, padding, dilation)

    def on_locally_connected(self, out_channels, kernel_size, stride=1, padding=0, bias=True):
        channels = self.shape[0]
        self.slide(out_channels, kernel_size, stride, padding)
        self.total += math.prod(self.shape) * (channels * math.prod(pair(kernel_size)) + bool(bias))

    def on_branches(self, paths, merge):
        walks = [Walk(self.shape, self.shared).along(path) for path in paths]
        self.total += sum(walk.total for walk in walks)
        self.shape = reduce({"add": same, "concat": stacked}[merge], [walk.shape for walk in walks])

    def on_side(self, layers):
        self.total += Walk(self.shape, self.shared).along(layers).total

    def on_shared(self, name, layers):
        walk = Walk(self.shape, {}).along(layers)
        if self.shared.get(name, walk.total) != walk.total:
            raise ValueError("the block does not fit here")
        self.total += 0 if name in self.shared else walk.total
        self.shared[name] = walk.total
        self.shape = walk.shape


def same(one, other):
    if one != other:
        raise ValueError("cannot be added")
    return one


def stacked(one, other):
    if one[1:] != other[1:]:
        raise ValueError("cannot be stacked")
    return one[0] + other[0], *one[1:]


@alternative("activation_count", "a class with a method for every type")
def units_of_walk(layers, in_shape):
    return Walk(in_shape, {}).along(layers).units


@alternative("activation_count", "as a tuple of tensors")
def units_as_tensors(layers, in_shape):
    return tuple(torch.tensor(count) for count in Walk(in_shape, {}).along(layers).units)


@alternative("network_params", "a class with a method for every type")
def params_of_walk(layers, in_shape):
    return Walk(in_shape, {}).along(layers).total


# -------------------------------------------------------------------------------------------- count_parameters


@alternative("count_parameters", "by identity, through all modules")
def count_by_identity(module, trainable_only=False):
    waiting, met, total = deque([module]), set(), 0
    while waiting:
        part = waiting.popleft()
        waiting.extend(part.children())
        for parameter in part._parameters.values():
            if parameter is None or id(parameter) in met:
                continue
            met.add(id(parameter))
            total += math.prod(parameter.shape) if parameter.requires_grad or not trainable_only else 0
    return total


@alternative("count_parameters", "by the place in memory")
def count_by_memory(module, trainable_only=False):
    named = dict(module.named_parameters(remove_duplicate=False))
    sizes = {p.data_ptr(): p.nelement() for p in named.values() if p.requires_grad or not trainable_only}
    return sum(sizes.values())


@alternative("count_parameters", "as a vector's length")
def count_as_vector(module, trainable_only=False):
    kept = [p for p in module.parameters() if p.requires_grad] if trainable_only else list(module.parameters())
    return np.sum([np.prod(p.shape, dtype=np.int64) for p in kept], dtype=np.int64)


# ----------------------------------------------------------------------------------------------- conv2d_matrix


@alternative("conv2d_matrix", "what it does to every pixel")
def matrix_by_pixel(weight, in_size, stride=1, padding=0):
    (height, width), (top, left), (down, right) = pair(in_size), pair(padding), pair(stride)
    rows, columns = map(len, axes(in_size, tuple(weight.shape[2:]), stride, padding))
    images = torch.eye(weight.shape[1] * height * width, dtype=weight.dtype, device=weight.device)
    images = pad(images.reshape(-1, weight.shape[1], height, width), (left, left, top, top))
    y = weight.new_zeros(len(images), len(weight), rows, columns)
    for u, v in itertools.product(range(weight.shape[2]), range(weight.shape[3])):
        seen = images[:, :, u : u + down * rows : down, v : v + right * columns : right]
        y += (seen[:, None] * weight[:, :, u, v, None, None]).sum(2, dtype=weight.dtype)
    return y.flatten(1).T


@alternative("conv2d_matrix", "windows of pixel numbers, scattered")
def matrix_scattered(weight, in_size, stride=1, padding=0):
    (height, width), (top, left) = pair(in_size), pair(padding)
    filters, channels, tall, wide = weight.shape
    rows, columns = axes(in_size, (tall, wide), stride, padding)
    numbers = pad(torch.arange(1, height * width + 1).reshape(height, width), (left, left, top, top))
    lines = []
    for k, i, j in itertools.product(range(filters), rows, columns):
        line = weight.new_zeros(channels, height * width + 1)
        seen = numbers[i + top : i + top + tall, j + left : j + left + wide].flatten().to(weight.device)
        line[:, seen] = weight[k].flatten(1)
        lines.append(line[:, 1:].flatten())
    return torch.stack(lines)


@alternative("conv2d_matrix", "two Toeplitz matrices for every tap")
def matrix_of_products(weight, in_size, stride=1, padding=0):
    (height, width), (tall, wide) = pair(in_size), weight.shape[2:]
    rows, columns = axes(in_size, (tall, wide), stride, padding)

    def selects(first, tap, size):
        there = torch.tensor(list(first))[:, None] + tap == torch.arange(size)
        return there.to(weight.dtype).to(weight.device)

    total = 0
    for u, v in itertools.product(range(tall), range(wide)):
        vertical, horizontal = selects(rows, u, height), selects(columns, v, width)
        tap = weight[:, :, u, v].contiguous()
        total = total + torch.kron(tap, torch.kron(vertical, horizontal))
    return total


# ---------------------------------------------------------------------------------------------- sharing_report


@alternative("sharing_report", "a set of numbers")
def report_by_set(matrix):
    numbers = [number for number in matrix.flatten().tolist() if number]
    return matrix.shape[0] * matrix.shape[1], len(numbers), len(set(numbers))


@alternative("sharing_report", "numpy, as a list")
def report_by_numpy(matrix):
    matrix = matrix.cpu().numpy()
    values = np.unique(matrix)
    return [matrix.size, np.count_nonzero(matrix), np.count_nonzero(values)]


# ----------------------------------------------------------------------------------------- locally_connected2d


def fitting(x, weight, bias):
    rows, columns, filters, channels, height, width = weight.shape
    there = [len(axis) for axis in axes(tuple(x.shape[2:]), (height, width))]
    if x.shape[1] != channels or there != [rows, columns]:
        raise ValueError("the weight is made for other images")
    if bias is not None and bias.shape != (filters, rows, columns):
        raise ValueError("the bias is made for another layer")


@alternative("locally_connected2d", "loops over everything")
def layer_loops(x, weight, bias=None):
    fitting(x, weight, bias)
    rows, columns, filters, channels, height, width = weight.shape
    y = x.new_zeros(len(x), filters, rows, columns)
    if bias is not None:
        y += bias
    for i, j, c, u, v in itertools.product(*map(range, (rows, columns, channels, height, width))):
        y[:, :, i, j] += x[:, c, i + u, j + v, None] * weight[i, j, :, c, u, v]
    return y


@alternative("locally_connected2d", "tap by tap")
def layer_taps(x, weight, bias=None):
    fitting(x, weight, bias)
    rows, columns, filters, channels, height, width = weight.shape
    y = x.new_zeros(len(x), filters, rows, columns) if bias is None else bias.repeat(len(x), 1, 1, 1)
    for u, v in itertools.product(range(height), range(width)):
        seen = x[:, None, :, u : u + rows, v : v + columns]
        y = y + (seen * weight[:, :, :, :, u, v].permute(2, 3, 0, 1)).sum(2, dtype=x.dtype)
    return y


@alternative("locally_connected2d", "windows with as_strided, in float64")
def layer_strided(x, weight, bias=None):
    fitting(x, weight, bias)
    x = x.contiguous()
    image, channel, row, column = x.stride()
    shape = (*x.shape[:2], *weight.shape[:2], *weight.shape[4:])
    windows = x.as_strided(shape, (image, channel, row, column, row, column))
    y = torch.einsum("ncijuv,ijkcuv->nkij", windows.double(), weight.double())
    y = y if bias is None else y + bias
    return y if x.is_floating_point() else y.round().to(x.dtype)
