"""Implementations that are wrong on purpose: the mistakes that students make, each with the sentence that helps.

A student's failing answers are compared with what these would answer. The file stands on its own, because
`convclass verify` submits it as a student's code: it imports nothing of the course but the decorator.
"""

import math
from itertools import pairwise

import torch

from convclass.exam import misconception

# ---------------------------------------------------------------- what all of them get right, unless told otherwise


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def demand(*sizes):
    if min(sizes) < 1:
        raise ValueError("sizes begin at 1")


def places(size, kernel_size, stride=1, padding=0, dilation=1, rounded=math.floor):
    """The rows and columns of the output."""
    found = []
    for n, k, s, p, d in zip(*map(pair, (size, kernel_size, stride, padding, dilation)), strict=True):
        demand(n, k, s, d)
        free = n + 2 * p - d * (k - 1) - 1
        if p < 0 or free < 0:
            raise ValueError("no window fits")
        found.append(rounded(free / s) + 1)
    return found


def dense(inputs, units, bias=True):
    demand(inputs, units)
    return inputs * units + units * bool(bias)


def taps(channels, filters, kernel_size, groups=1):
    """The weights of one filter."""
    demand(channels, filters, groups, *pair(kernel_size))
    if channels % groups or filters % groups:
        raise ValueError("groups do not divide")
    return channels // groups * math.prod(pair(kernel_size))


def conv(channels, filters, kernel_size, groups=1, bias=True):
    return filters * (taps(channels, filters, kernel_size, groups) + bool(bias))


def local(channels, filters, size, kernel_size, stride=1, padding=0, bias=True):
    return math.prod(places(size, kernel_size, stride, padding)) * conv(channels, filters, kernel_size, 1, bias)


def macs(channels, filters, size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    return math.prod(places(size, kernel_size, stride, padding, dilation)) * conv(
        channels, filters, kernel_size, groups, False
    )


POOLS = ("max_pool", "avg_pool", "subsample")


def after(layer, shape, turn=None):
    """The shape after a layer; `turn` may answer in its place, for layers inside blocks too."""
    special = turn and turn(layer, shape)
    if special:
        return special
    kind = layer["type"]
    if kind in ("relu", "dropout", "batch_norm", "side"):
        return tuple(shape)
    if kind == "flatten":
        return (math.prod(shape),)
    if kind == "shared":
        return after_all(layer["layers"], shape, turn)
    if kind == "branches":
        return merged([after_all(path, shape, turn) for path in layer["paths"]], layer["merge"])
    if kind not in ("linear", "global_avg_pool", "conv", "locally_connected", *POOLS):
        raise ValueError("no such layer")
    if len(shape) != (1 if kind == "linear" else 3):
        raise ValueError("the layer cannot follow")
    if kind == "linear":
        return (layer["out_features"],)
    if kind == "global_avg_pool":
        return (shape[0],)
    return (layer.get("out_channels", shape[0]), *places(shape[1:], *window(layer)))


def after_all(layers, shape, turn=None):
    for layer in layers:
        shape = after(layer, shape, turn)
    return tuple(shape)


def window(layer):
    usual = layer["kernel_size"] if layer["type"] in POOLS else 1
    return layer["kernel_size"], layer.get("stride") or usual, layer.get("padding", 0), layer.get("dilation", 1)


def slides(layer, shape):
    """Whether a window slides over an image here, so that a shape may go wrong."""
    return "kernel_size" in layer and len(shape) == 3


def merged(shapes, merge):
    if merge == "add" and len(set(shapes)) == 1:
        return shapes[0]
    if merge == "concat" and len({shape[1:] for shape in shapes}) == 1:
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])
    raise ValueError("the paths do not go together")


def units(layers, shape, turn=None):
    counts = []
    for layer in layers:
        shape = after(layer, shape, turn)
        counts.append(math.prod(shape))
    return counts


def own_params(layer, shape):
    """The parameters of a layer that holds no other layers."""
    kind, bias = layer["type"], layer.get("bias", True)
    if kind == "linear":
        return dense(math.prod(shape), layer["out_features"], bias)
    if kind == "conv" and layer.get("table"):
        return sum(conv(len(row), 1, layer["kernel_size"], 1, bias) for row in layer["table"])
    if kind == "conv":
        return conv(shape[0], layer["out_channels"], layer["kernel_size"], layer.get("groups", 1), bias)
    if kind == "locally_connected":
        size, settings = tuple(shape[1:]), window(layer)[:3]
        return local(shape[0], layer["out_channels"], size, *settings, bias)
    return 2 * shape[0] if kind in ("batch_norm", "subsample") else 0


def params(layers, shape, count=None, turn=None, seen=None):
    """All parameters; `count` may answer for a layer (with a function that goes on inside it), `turn` for a shape."""
    seen, total = {} if seen is None else seen, 0

    def inside(inner, start=None):
        return params(inner, shape if start is None else start, count, turn, seen)

    for layer in layers:
        after(layer, shape, turn)
        special = count and count(layer, shape, inside)
        if special is not None and special is not False:
            total += special
        elif layer["type"] == "branches":
            total += sum(inside(path) for path in layer["paths"])
        elif layer["type"] == "side":
            total += inside(layer["layers"])
        elif layer["type"] == "shared":
            needed = inside(layer["layers"])
            total += 0 if layer["name"] in seen else needed
            if seen.setdefault(layer["name"], needed) != needed:
                raise ValueError("the block does not fit here")
        else:
            total += own_params(layer, shape)
        shape = after(layer, shape, turn)
    return total


# ---------------------------------------------------------------------------------------------- linear_params


@misconception(
    "linear_params",
    "biases forgotten",
    "Besides its weights every unit has a bias, unless bias=False. Your result has the weights only.",
)
def linear_no_bias(in_features, out_features, bias=True):
    return dense(in_features, out_features, False)


@misconception(
    "linear_params",
    "bias for every input",
    "A bias belongs to a unit, not to an input: it is added once, after all inputs have been weighted and added up.",
)
def linear_bias_per_input(in_features, out_features, bias=True):
    return dense(in_features, out_features, False) + in_features * bias


@misconception(
    "linear_params",
    "bias for every weight",
    "A bias belongs to a unit. You counted one for every connection; draw a unit with three inputs and one bias.",
)
def linear_bias_per_weight(in_features, out_features, bias=True):
    return dense(in_features, out_features, False) * (1 + bias)


@misconception(
    "linear_params",
    "one bias for the whole layer",
    "Each unit has a bias of its own, so there are as many as there are units.",
)
def linear_one_bias(in_features, out_features, bias=True):
    return dense(in_features, out_features, False) + bias


@misconception(
    "linear_params",
    "one weight for each input",
    "An input does not have one weight: it has one for each unit that it is connected to. Count the lines between two "
    "inputs and three units.",
)
def linear_weight_per_input(in_features, out_features, bias=True):
    demand(in_features, out_features)
    return in_features + out_features * bias


@misconception(
    "linear_params",
    "bias=False overlooked",
    "With bias=False the units have no biases. Your result is the same with and without.",
)
def linear_always_bias(in_features, out_features, bias=True):
    return dense(in_features, out_features)


@misconception(
    "linear_params",
    "impossible requests answered",
    "A layer has at least one input and one unit. Check that first, and raise ValueError.",
)
def linear_of_nothing(in_features, out_features, bias=True):
    return in_features * out_features + out_features * bias


# ------------------------------------------------------------------------------------------------- mlp_params


@misconception(
    "mlp_params",
    "biases for the inputs",
    "The first width is the number of inputs. Inputs are no units: they have no biases.",
)
def mlp_input_biases(widths, bias=True):
    return mlp(widths, bias) + widths[0] * bias


def mlp(widths, bias=True):
    if len(widths) < 2:
        raise ValueError("two widths at least")
    return sum(dense(before, behind, bias) for before, behind in pairwise(widths))


@misconception(
    "mlp_params",
    "last layer left out",
    "Your loop stops one layer early. Three widths make two layers, and the output is one of them.",
)
def mlp_without_last(widths, bias=True):
    return mlp(widths, bias) - dense(*widths[-2:], bias)


@misconception(
    "mlp_params",
    "first layer left out",
    "Your loop starts one layer late. The layer from the inputs to the first units has the most weights of all.",
)
def mlp_without_first(widths, bias=True):
    return mlp(widths, bias) - dense(*widths[:2], bias)


@misconception(
    "mlp_params",
    "units counted instead of parameters",
    "You added up the units. Parameters belong to the connections between them: in a dense layer inputs times units.",
)
def mlp_units(widths, bias=True):
    mlp(widths, bias)
    return sum(widths[1:])


@misconception(
    "mlp_params",
    "one bias for each layer",
    "Every unit has a bias of its own, so a layer has as many as it has units.",
)
def mlp_one_bias(widths, bias=True):
    return mlp(widths, False) + (len(widths) - 1) * bias


@misconception(
    "mlp_params",
    "bias=False overlooked",
    "With bias=False the units have no biases. Hand the setting on to every layer.",
)
def mlp_always_bias(widths, bias=True):
    return mlp(widths)


@misconception(
    "mlp_params",
    "biases forgotten",
    "Besides the weights every unit has a bias, unless bias=False.",
)
def mlp_no_bias(widths, bias=True):
    return mlp(widths, False)


@misconception(
    "mlp_params",
    "too few widths accepted",
    "A network needs inputs and at least one layer: a list with fewer than two widths is a ValueError, not 0.",
)
def mlp_of_one_width(widths, bias=True):
    return sum(dense(before, behind, bias) for before, behind in pairwise(widths))


# ---------------------------------------------------------------------------------------------- conv2d_params


@misconception(
    "conv2d_params",
    "groups forgotten",
    "With groups a filter sees only the channels of its own group, so it has fewer weights. Your result is the same "
    "for any number of groups.",
)
def conv_without_groups(in_channels, out_channels, kernel_size, groups=1, bias=True):
    taps(in_channels, out_channels, kernel_size, groups)
    return conv(in_channels, out_channels, kernel_size, 1, bias)


@misconception(
    "conv2d_params",
    "filters divided among the groups twice",
    "Groups make each filter smaller. The number of filters stays what it is; you divided that too.",
)
def conv_fewer_filters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    one = taps(in_channels, out_channels, kernel_size, groups)
    return out_channels // groups * one + out_channels * bias


@misconception(
    "conv2d_params",
    "channels forgotten",
    "A filter has a kernel for every channel that it sees: on a colour image three of them.",
)
def conv_one_channel(in_channels, out_channels, kernel_size, groups=1, bias=True):
    taps(in_channels, out_channels, kernel_size, groups)
    return conv(1, out_channels, kernel_size, 1, bias)


@misconception(
    "conv2d_params",
    "filters forgotten",
    "You counted one filter. There are out_channels of them, each with weights and a bias of its own.",
)
def conv_one_filter(in_channels, out_channels, kernel_size, groups=1, bias=True):
    return taps(in_channels, out_channels, kernel_size, groups) + bool(bias)


@misconception(
    "conv2d_params",
    "biases forgotten",
    "Besides its weights every filter has a bias, unless bias=False.",
)
def conv_no_bias(in_channels, out_channels, kernel_size, groups=1, bias=True):
    return conv(in_channels, out_channels, kernel_size, groups, False)


@misconception(
    "conv2d_params",
    "bias for every weight",
    "The bias is added once to the whole sum over the window and the channels. You counted one for every weight.",
)
def conv_bias_per_weight(in_channels, out_channels, kernel_size, groups=1, bias=True):
    return conv(in_channels, out_channels, kernel_size, groups, False) * (1 + bias)


@misconception(
    "conv2d_params",
    "bias for every channel of a filter",
    "A filter adds up all its channels and then adds one bias. You counted a bias for every channel.",
)
def conv_bias_per_channel(in_channels, out_channels, kernel_size, groups=1, bias=True):
    weights = conv(in_channels, out_channels, kernel_size, groups, False)
    return weights + out_channels * (in_channels // groups) * bias


@misconception(
    "conv2d_params",
    "one bias for the whole layer",
    "Each filter has a bias of its own, so there are as many as there are filters.",
)
def conv_one_bias(in_channels, out_channels, kernel_size, groups=1, bias=True):
    return conv(in_channels, out_channels, kernel_size, groups, False) + bias


@misconception(
    "conv2d_params",
    "kernel taken to be square",
    "A kernel of 2 by 7 has 14 taps. You used one of its sizes for both axes.",
)
def conv_square(in_channels, out_channels, kernel_size, groups=1, bias=True):
    taps(in_channels, out_channels, kernel_size, groups)
    return conv(in_channels, out_channels, pair(kernel_size)[0], groups, bias)


@misconception(
    "conv2d_params",
    "bias=False overlooked",
    "With bias=False the filters have no biases. Your result is the same with and without.",
)
def conv_always_bias(in_channels, out_channels, kernel_size, groups=1, bias=True):
    return conv(in_channels, out_channels, kernel_size, groups)


@misconception(
    "conv2d_params",
    "groups that do not divide accepted",
    "Channels and filters are dealt out evenly to the groups. When that is impossible, raise ValueError; // hides it.",
)
def conv_uneven_groups(in_channels, out_channels, kernel_size, groups=1, bias=True):
    demand(in_channels, out_channels, groups, *pair(kernel_size))
    return out_channels * (in_channels // groups * math.prod(pair(kernel_size)) + bool(bias))


# --------------------------------------------------------------------------------- locally_connected2d_params


@misconception(
    "locally_connected2d_params",
    "one filter for all positions",
    "That is a convolution. Without sharing every place of the output has filters of its own, so the number of places "
    "has to come in.",
)
def local_shared(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    places(in_size, kernel_size, stride, padding)
    return conv(in_channels, out_channels, kernel_size, 1, bias)


@misconception(
    "locally_connected2d_params",
    "biases shared by all positions",
    "Without sharing nothing is shared, the biases neither: every unit of the output has one.",
)
def local_shared_bias(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    return local(in_channels, out_channels, in_size, kernel_size, stride, padding, False) + out_channels * bias


@misconception(
    "locally_connected2d_params",
    "pixels counted instead of positions",
    "There is a filter for every place of the output, not for every pixel of the image: at the border the window has "
    "no place.",
)
def local_per_pixel(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    places(in_size, kernel_size, stride, padding)
    return math.prod(pair(in_size)) * conv(in_channels, out_channels, kernel_size, 1, bias)


@misconception(
    "locally_connected2d_params",
    "stride ignored",
    "With a stride there are fewer places, and so fewer filters. Your result is the same for every stride.",
)
def local_no_stride(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    places(in_size, kernel_size, stride, padding)
    return local(in_channels, out_channels, in_size, kernel_size, 1, padding, bias)


@misconception(
    "locally_connected2d_params",
    "padding ignored",
    "With padding there are more places, and so more filters. Your result does not depend on it.",
)
def local_no_padding(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    places(in_size, kernel_size, stride, padding)
    return local(in_channels, out_channels, in_size, kernel_size, stride, 0, bias)


@misconception(
    "locally_connected2d_params",
    "positions rounded up",
    "A window that would stick out has no place. What is left after the last whole step is dropped.",
)
def local_rounded_up(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    there = places(in_size, kernel_size, stride, padding, rounded=math.ceil)
    return math.prod(there) * conv(in_channels, out_channels, kernel_size, 1, bias)


@misconception(
    "locally_connected2d_params",
    "height and width swapped",
    "Sizes are (height, width). Somewhere you paired the height of one thing with the width of another.",
)
def local_swapped(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    places(in_size, kernel_size, stride, padding)
    return local(in_channels, out_channels, pair(in_size)[::-1], kernel_size, stride, padding, bias)


@misconception(
    "locally_connected2d_params",
    "bias=False overlooked",
    "With bias=False there are no biases. Your result is the same with and without.",
)
def local_always_bias(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    return local(in_channels, out_channels, in_size, kernel_size, stride, padding)


@misconception(
    "locally_connected2d_params",
    "locality forgotten",
    "That is a dense layer from the image to the output. A unit of this layer sees its window only.",
)
def local_dense(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    outputs = out_channels * math.prod(places(in_size, kernel_size, stride, padding))
    return dense(in_channels * math.prod(pair(in_size)), outputs, bias)


# ------------------------------------------------------------------------------------------------ conv2d_macs


@misconception(
    "conv2d_macs",
    "channels of the image forgotten",
    "For one number of the output the window is multiplied in every channel that the filter sees, not in one.",
)
def macs_one_channel(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    taps(in_channels, out_channels, kernel_size, groups)
    return macs(1, out_channels, in_size, kernel_size, stride, padding, dilation)


@misconception(
    "conv2d_macs",
    "filters forgotten",
    "You counted the products of one filter. All out_channels filters visit all places.",
)
def macs_one_filter(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    return macs(in_channels, out_channels, in_size, kernel_size, stride, padding, dilation, groups) // out_channels


@misconception(
    "conv2d_macs",
    "groups forgotten",
    "With groups a filter sees only the channels of its own group, so there are fewer products.",
)
def macs_without_groups(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    taps(in_channels, out_channels, kernel_size, groups)
    return macs(in_channels, out_channels, in_size, kernel_size, stride, padding, dilation)


@misconception(
    "conv2d_macs",
    "filters divided among the groups twice",
    "Groups make each filter smaller. The number of filters stays what it is; you divided that too.",
)
def macs_fewer_filters(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    return macs(in_channels, out_channels, in_size, kernel_size, stride, padding, dilation, groups) // groups


@misconception(
    "conv2d_macs",
    "pixels counted instead of positions",
    "A product is computed for every place of the output, not for every pixel of the image.",
)
def macs_per_pixel(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    places(in_size, kernel_size, stride, padding, dilation)
    return math.prod(pair(in_size)) * conv(in_channels, out_channels, kernel_size, groups, False)


@misconception(
    "conv2d_macs",
    "multiplications and additions counted separately",
    "A multiply-accumulate is one product and its addition, counted as one. Your result is twice as large: those are "
    "floating point operations (FLOPs).",
)
def macs_as_flops(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    return 2 * macs(in_channels, out_channels, in_size, kernel_size, stride, padding, dilation, groups)


@misconception(
    "conv2d_macs",
    "biases counted",
    "A bias is added, not multiplied: it is no multiply-accumulate.",
)
def macs_with_bias(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    there = math.prod(places(in_size, kernel_size, stride, padding, dilation))
    return there * conv(in_channels, out_channels, kernel_size, groups)


@misconception(
    "conv2d_macs",
    "weights counted instead of products",
    "You counted the weights. Each of them is multiplied again at every place of the output: sharing saves weights, "
    "but not a single product.",
)
def macs_as_weights(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    places(in_size, kernel_size, stride, padding, dilation)
    return conv(in_channels, out_channels, kernel_size, groups, False)


@misconception(
    "conv2d_macs",
    "stride ignored",
    "With a stride there are fewer places, and so fewer products. Your result is the same for every stride.",
)
def macs_no_stride(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    places(in_size, kernel_size, stride, padding, dilation)
    return macs(in_channels, out_channels, in_size, kernel_size, 1, padding, dilation, groups)


@misconception(
    "conv2d_macs",
    "padding ignored",
    "With padding there are more places, and so more products. Your result does not depend on it.",
)
def macs_no_padding(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    places(in_size, kernel_size, stride, padding, dilation)
    return macs(in_channels, out_channels, in_size, kernel_size, stride, 0, dilation, groups)


@misconception(
    "conv2d_macs",
    "dilation ignored",
    "A dilated kernel has as many taps, but covers more pixels, so that it has fewer places.",
)
def macs_no_dilation(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    return macs(in_channels, out_channels, in_size, kernel_size, stride, padding, 1, groups)


@misconception(
    "conv2d_macs",
    "height and width swapped",
    "Sizes are (height, width). Somewhere you paired the height of one thing with the width of another.",
)
def macs_swapped(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    places(in_size, kernel_size, stride, padding, dilation)
    turned = pair(in_size)[::-1]
    return macs(in_channels, out_channels, turned, kernel_size, stride, padding, dilation, groups)


# ------------------------------------------------------------------------------------------------ linear_macs


@misconception(
    "linear_macs",
    "biases counted",
    "A bias is added, not multiplied: it is no multiply-accumulate.",
)
def linear_macs_with_bias(in_features, out_features):
    return dense(in_features, out_features)


@misconception(
    "linear_macs",
    "multiplications and additions counted separately",
    "A multiply-accumulate is one product and its addition, counted as one. Your result is twice as large.",
)
def linear_macs_as_flops(in_features, out_features):
    return 2 * dense(in_features, out_features, False)


@misconception(
    "linear_macs",
    "inputs and units added up",
    "Every unit multiplies every input: that is inputs times units.",
)
def linear_macs_added(in_features, out_features):
    demand(in_features, out_features)
    return in_features + out_features


@misconception(
    "linear_macs",
    "impossible requests answered",
    "A layer has at least one input and one unit. Check that first, and raise ValueError.",
)
def linear_macs_of_nothing(in_features, out_features):
    return in_features * out_features


# ------------------------------------------------------------------------------------------- activation_count


@misconception(
    "activation_count",
    "parameters counted instead of units",
    "Units are the numbers that come out of a layer, and there are as many as its output has places and channels. "
    "You counted what the layer has to learn.",
)
def units_as_params(layers, in_shape):
    units(layers, in_shape)
    shape, counts = in_shape, []
    for layer in layers:
        counts.append(params([layer], shape))
        shape = after(layer, shape)
    return counts


@misconception(
    "activation_count",
    "channels forgotten",
    "Every channel of the output has its own height times width units. You counted one channel.",
)
def units_of_one_channel(layers, in_shape):
    shape, counts = in_shape, []
    for layer in layers:
        shape = after(layer, shape)
        counts.append(math.prod(shape[1:]) if len(shape) == 3 else shape[0])
    return counts


@misconception(
    "activation_count",
    "input counted as a layer",
    "The list begins with the first layer's output. The input is no layer.",
)
def units_with_input(layers, in_shape):
    return [math.prod(in_shape), *units(layers, in_shape)]


@misconception(
    "activation_count",
    "layers without parameters left out",
    "There is one number for every entry of the list, for ReLU, pooling and flatten too.",
)
def units_of_some(layers, in_shape):
    silent = ("relu", "dropout", "flatten", *POOLS, "global_avg_pool")
    return [n for n, layer in zip(units(layers, in_shape), layers, strict=True) if layer["type"] not in silent]


@misconception(
    "activation_count",
    "units of all layers added up",
    "You returned one sum. One number for each layer is asked for, in a list.",
)
def units_in_total(layers, in_shape):
    return sum(units(layers, in_shape))


def sliding(layers, shape, change):
    """The units when every window slides with settings that `change` has changed."""

    def turn(layer, shape):
        if not slides(layer, shape):
            return None
        return (layer.get("out_channels", shape[0]), *places(shape[1:], *change(layer, *window(layer))))

    units(layers, shape)
    return units(layers, shape, turn)


@misconception(
    "activation_count",
    "pools that step by 1",
    "A pooling layer without a stride steps by its kernel size, so that its windows do not overlap.",
)
def units_with_creeping_pools(layers, in_shape):
    def change(layer, kernel, stride, padding, dilation):
        return kernel, layer.get("stride", 1), padding, dilation

    return sliding(layers, in_shape, change)


@misconception(
    "activation_count",
    "padding ignored",
    "Padding makes the output larger, and your result does not depend on it.",
)
def units_without_padding(layers, in_shape):
    return sliding(layers, in_shape, lambda layer, kernel, stride, padding, dilation: (kernel, stride, 0, dilation))


@misconception(
    "activation_count",
    "stride ignored",
    "A stride of 2 leaves away every second place. Your result is the same for every stride.",
)
def units_without_stride(layers, in_shape):
    def change(layer, kernel, stride, padding, dilation):
        return kernel, kernel if layer["type"] in POOLS else 1, padding, dilation

    return sliding(layers, in_shape, change)


@misconception(
    "activation_count",
    "dilation ignored",
    "A dilated kernel covers more pixels, so that fewer places are left for it.",
)
def units_without_dilation(layers, in_shape):
    return sliding(layers, in_shape, lambda layer, kernel, stride, padding, dilation: (kernel, stride, padding, 1))


@misconception(
    "activation_count",
    "output sizes rounded up",
    "A window that would stick out does not count: round down.",
)
def units_rounded_up(layers, in_shape):
    def change(layer, *settings):
        return (*settings, math.ceil)

    return sliding(layers, in_shape, change)


@misconception(
    "activation_count",
    "kernel height and width swapped",
    "A kernel_size of (1, 4) is 1 high and 4 wide. You have the two the other way round.",
)
def units_swapped(layers, in_shape):
    def change(layer, kernel, *others):
        return pair(kernel)[::-1], *others

    return sliding(layers, in_shape, change)


def merging(layers, shape, merge):
    def turn(layer, shape):
        if layer["type"] != "branches":
            return None
        ends = [after_all(path, shape, turn) for path in layer["paths"]]
        merged(ends, layer["merge"])
        return merge(ends, layer["merge"])

    return units(layers, shape, turn)


@misconception(
    "activation_count",
    'channels not stacked by "concat"',
    'With "concat" the channels of all paths lie on top of each other, so their numbers add up. You took one path.',
)
def units_of_one_path(layers, in_shape):
    return merging(layers, in_shape, lambda ends, merge: ends[0])


@misconception(
    "activation_count",
    'channels stacked by "add"',
    'With "add" the outputs of the paths are added number by number: the shape stays that of one path.',
)
def units_of_all_paths(layers, in_shape):
    return merging(layers, in_shape, lambda ends, merge: (sum(end[0] for end in ends), *ends[0][1:]))


@misconception(
    "activation_count",
    "head taken for a part of the network",
    "What comes out of a side head goes nowhere. The next layer gets what the head got.",
)
def units_through_heads(layers, in_shape):
    def turn(layer, shape):
        return after_all(layer["layers"], shape, turn) if layer["type"] == "side" else None

    return units(layers, in_shape, turn)


@misconception(
    "activation_count",
    "dense layers on images accepted",
    "A dense layer needs a flat input. Without flatten or global_avg_pool before it the network is impossible: raise "
    "ValueError.",
)
def units_without_flatten(layers, in_shape):
    def turn(layer, shape):
        return (layer["out_features"],) if layer["type"] == "linear" else None

    return units(layers, in_shape, turn)


@misconception(
    "activation_count",
    "paths that do not go together accepted",
    "Only outputs of one shape can be added, and only outputs of one height and width can be stacked. Raise "
    "ValueError for others.",
)
def units_of_any_paths(layers, in_shape):
    def turn(layer, shape):
        if layer["type"] != "branches":
            return None
        ends = [after_all(path, shape, turn) for path in layer["paths"]]
        return ends[0] if layer["merge"] == "add" else (sum(end[0] for end in ends), *ends[0][1:])

    return units(layers, in_shape, turn)


# --------------------------------------------------------------------------------------------- network_params


def counting(kinds, rule):
    """A `count` for `params` that answers by `rule(layer, shape, inside)` for layers of these types."""
    return lambda layer, shape, inside: rule(layer, shape, inside) if layer["type"] in kinds else None


@misconception(
    "network_params",
    "shared block counted at every use",
    "A block that is used again has the same weights again: it counts once. Remember the names that you have met.",
)
def network_shares_nothing(layers, in_shape):
    params(layers, in_shape)
    return params(layers, in_shape, counting(["shared"], lambda layer, shape, inside: inside(layer["layers"])))


@misconception(
    "network_params",
    "equal blocks taken for the same",
    "Two blocks with equal layers but different names have weights of their own. The name says what is shared.",
)
def network_shares_equals(layers, in_shape):
    params(layers, in_shape)
    known = []

    def rule(layer, shape, inside):
        if layer["layers"] in known:
            return 0
        known.append(layer["layers"])
        return inside(layer["layers"])

    return params(layers, in_shape, counting(["shared"], rule))


@misconception(
    "network_params",
    "batch norm forgotten",
    "Batch norm learns a scale and a shift for each channel.",
)
def network_without_norm(layers, in_shape):
    return params(layers, in_shape, counting(["batch_norm"], lambda layer, shape, inside: 0))


@misconception(
    "network_params",
    "running statistics counted",
    "Batch norm's running mean and variance are measured, not learned: two of its four numbers per channel are "
    "parameters.",
)
def network_with_statistics(layers, in_shape):
    return params(layers, in_shape, counting(["batch_norm"], lambda layer, shape, inside: 4 * shape[0]))


@misconception(
    "network_params",
    "batch norm with one parameter per channel",
    "Batch norm learns two numbers for each channel: a scale and a shift.",
)
def network_with_half_norm(layers, in_shape):
    return params(layers, in_shape, counting(["batch_norm"], lambda layer, shape, inside: shape[0]))


@misconception(
    "network_params",
    "pooling given parameters",
    "Max and average pooling have a window, but nothing to learn in it: no parameters at all.",
)
def network_with_learned_pools(layers, in_shape):
    def rule(layer, shape, inside):
        return shape[0] * math.prod(pair(layer["kernel_size"]))

    return params(layers, in_shape, counting(["max_pool", "avg_pool"], rule))


@misconception(
    "network_params",
    "LeNet's subsampling without parameters",
    "Unlike other pooling, subsample has something to learn: a coefficient and a bias for each channel.",
)
def network_with_plain_subsampling(layers, in_shape):
    return params(layers, in_shape, counting(["subsample"], lambda layer, shape, inside: 0))


@misconception(
    "network_params",
    "flatten without height and width",
    "Flatten turns every pixel of every channel into a feature: channels times height times width. You kept the "
    "channels only.",
)
def network_flattens_channels(layers, in_shape):
    params(layers, in_shape)
    return params(layers, in_shape, None, lambda layer, shape: shape[:1] if layer["type"] == "flatten" else None)


@misconception(
    "network_params",
    "pooling before the dense layer overlooked",
    "Pooling has no parameters, but it makes the image smaller, and so the dense layer behind it. Follow the shape.",
)
def network_without_pooling(layers, in_shape):
    params(layers, in_shape)

    def turn(layer, shape):
        return tuple(shape) if layer["type"] in ("max_pool", "avg_pool") else None

    return params(layers, in_shape, None, turn)


@misconception(
    "network_params",
    "bias=False overlooked",
    "Layers with bias=False have no biases, as is usual in front of a batch norm.",
)
def network_always_bias(layers, in_shape):
    def rule(layer, shape, inside):
        return own_params({**layer, "bias": True}, shape)

    return params(layers, in_shape, counting(["conv", "linear", "locally_connected"], rule))


@misconception(
    "network_params",
    "biases forgotten",
    "Layers have biases unless they say bias=False.",
)
def network_without_bias(layers, in_shape):
    def rule(layer, shape, inside):
        return own_params({**layer, "bias": False}, shape)

    return params(layers, in_shape, counting(["conv", "linear", "locally_connected"], rule))


@misconception(
    "network_params",
    "groups forgotten",
    "With groups a filter sees only the channels of its own group. Hand the setting on.",
)
def network_without_groups(layers, in_shape):
    def rule(layer, shape, inside):
        own_params(layer, shape)
        return own_params({**layer, "groups": 1}, shape)

    return params(layers, in_shape, counting(["conv"], rule))


@misconception(
    "network_params",
    "table overlooked",
    "A conv with a table is not fully connected: each filter has weights for the channels in its row only.",
)
def network_without_table(layers, in_shape):
    def rule(layer, shape, inside):
        return own_params({**layer, "table": None}, shape)

    return params(layers, in_shape, counting(["conv"], rule))


@misconception(
    "network_params",
    "heads left out",
    "A side head is trained with the network, so its parameters count.",
)
def network_without_heads(layers, in_shape):
    return params(layers, in_shape, counting(["side"], lambda layer, shape, inside: 0))


@misconception(
    "network_params",
    "first path counted only",
    "All paths of branches have parameters, the projection on a shortcut too.",
)
def network_of_first_paths(layers, in_shape):
    return params(layers, in_shape, counting(["branches"], lambda layer, shape, inside: inside(layer["paths"][0])))


@misconception(
    "network_params",
    "branches left out",
    "Look inside branches: their paths are lists of layers, and most of a residual network stands in them.",
)
def network_without_branches(layers, in_shape):
    return params(layers, in_shape, counting(["branches"], lambda layer, shape, inside: 0))


@misconception(
    "network_params",
    "filters counted for every position",
    "A convolution has one set of filters for all places: the size of the image does not matter. You multiplied by the "
    "number of places.",
)
def network_of_unshared_filters(layers, in_shape):
    def rule(layer, shape, inside):
        return math.prod(after(layer, shape)[1:]) * own_params(layer, shape)

    return params(layers, in_shape, counting(["conv"], rule))


@misconception(
    "network_params",
    "locally connected counted like a convolution",
    "A locally connected layer shares nothing: it has filters and biases for every place of its output.",
)
def network_of_shared_filters(layers, in_shape):
    def rule(layer, shape, inside):
        return own_params({**layer, "type": "conv"}, shape)

    return params(layers, in_shape, counting(["locally_connected"], rule))


@misconception(
    "network_params",
    "dense layers left out",
    "Dense layers have parameters too, in AlexNet and VGG most of them.",
)
def network_without_dense(layers, in_shape):
    return params(layers, in_shape, counting(["linear"], lambda layer, shape, inside: 0))


@misconception(
    "network_params",
    "units counted instead of parameters",
    "You counted what comes out of the layers. Parameters are what the layers learn.",
)
def network_units(layers, in_shape):
    params(layers, in_shape)
    return sum(units(layers, in_shape))


# ------------------------------------------------------------------------------------------- count_parameters


@misconception(
    "count_parameters",
    "tied tensors counted twice",
    "A tensor that is used in several places is one tensor: training changes it once. Count each parameter once, "
    "however many names it has.",
)
def count_ties(module, trainable_only=False):
    named = module.named_parameters(remove_duplicate=False)
    return sum(p.numel() for _, p in named if p.requires_grad or not trainable_only)


@misconception(
    "count_parameters",
    "buffers counted",
    "Buffers, such as the running statistics of batch norm, are stored with the module but not learned.",
)
def count_buffers(module, trainable_only=False):
    return count(module, trainable_only) + sum(b.numel() for b in module.buffers())


def count(module, trainable_only=False):
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not trainable_only)


@misconception(
    "count_parameters",
    "everything in state_dict counted",
    "state_dict() is what is saved: it holds buffers too, and a tied tensor under each of its names. Neither are "
    "parameters of their own.",
)
def count_state(module, trainable_only=False):
    trained = {id(p) for p in module.parameters() if p.requires_grad}
    everything = module.state_dict(keep_vars=True).values()
    return sum(value.numel() for value in everything if not trainable_only or id(value) in trained)


@misconception(
    "count_parameters",
    "trainable_only ignored",
    "With trainable_only=True frozen parameters, whose requires_grad is False, do not count.",
)
def count_frozen_always(module, trainable_only=False):
    return count(module)


@misconception(
    "count_parameters",
    "frozen parameters never counted",
    "A frozen parameter is a parameter. It is left out only with trainable_only=True.",
)
def count_frozen_never(module, trainable_only=False):
    return count(module, True)


@misconception(
    "count_parameters",
    "frozen and trainable mixed up",
    "requires_grad is True for parameters that training changes. You counted the others.",
)
def count_frozen_only(module, trainable_only=False):
    return count(module) - count(module, True) if trainable_only else count(module)


@misconception(
    "count_parameters",
    "modules inside not looked at",
    "Most modules hold their parameters in the modules inside them. Look at every depth, as parameters() does.",
)
def count_top(module, trainable_only=False):
    return sum(p.numel() for p in module.parameters(recurse=False) if p.requires_grad or not trainable_only)


@misconception(
    "count_parameters",
    "looked one level deep",
    "Modules stand inside modules inside modules. You stopped after the first level.",
)
def count_children(module, trainable_only=False):
    level = {id(p): p for part in (module, *module.children()) for p in part.parameters(recurse=False)}
    return sum(p.numel() for p in level.values() if p.requires_grad or not trainable_only)


@misconception(
    "count_parameters",
    "convolution and dense layers counted only",
    "Other modules have parameters too, such as batch norm, embeddings and modules that someone else wrote.",
)
def count_known(module, trainable_only=False):
    layers = [part for part in module.modules() if type(part).__name__ in ("Conv2d", "Linear")]
    known = {id(p): p for part in layers for p in part.parameters()}
    return sum(p.numel() for p in known.values() if p.requires_grad or not trainable_only)


@misconception(
    "count_parameters",
    "tensors counted instead of numbers",
    "You counted the tensors. Each of them holds many numbers.",
)
def count_tensors(module, trainable_only=False):
    return sum(1 for p in module.parameters() if p.requires_grad or not trainable_only)


@misconception(
    "count_parameters",
    "biases left out",
    "Biases and other parameters with one axis are parameters as well.",
)
def count_weights(module, trainable_only=False):
    return sum(p.numel() for p in module.parameters() if p.ndim > 1 and (p.requires_grad or not trainable_only))


@misconception(
    "count_parameters",
    "tensors of one shape taken for the same",
    "Two layers with weights of the same shape have two weights. The same means: the same object.",
)
def count_shapes(module, trainable_only=False):
    shapes = {p.shape for p in module.parameters() if p.requires_grad or not trainable_only}
    return sum(math.prod(shape) for shape in shapes)


# ---------------------------------------------------------------------------------------------- conv2d_matrix


def tensor_of(weight, in_size, stride=1, padding=0, shift=(0, 0), wrap=False, walk=None):
    """The matrix as a tensor (K, oH, oW, C, H, W); `shift` moves the image, `walk` are the steps of the windows."""
    (height, width), (top, left) = pair(in_size), pair(padding)
    rows, columns = places(in_size, weight.shape[2:], stride, padding)
    down, right = pair(stride) if walk is None else walk
    matrix = weight.new_zeros(weight.shape[0], rows, columns, weight.shape[1], height, width)
    for i in range(rows):
        for j in range(columns):
            for u in range(weight.shape[2]):
                for v in range(weight.shape[3]):
                    y, x = i * down + u - top + shift[0], j * right + v - left + shift[1]
                    if wrap or (0 <= y < height and 0 <= x < width):
                        matrix[:, i, j, :, y % height, x % width] += weight[:, :, u, v]
    return matrix


def flat(matrix):
    return matrix.flatten(3).flatten(0, 2)


@misconception(
    "conv2d_matrix",
    "matrix transposed",
    "Rows are units of the output and columns are pixels, so that matrix @ pixels works. Yours is the other way round: "
    "that is the transposed convolution.",
)
def matrix_transposed(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding)).T


@misconception(
    "conv2d_matrix",
    "kernel flipped",
    "In conv2d the kernel is laid on the image as it is. In each row of the matrix its taps stand in their own order.",
)
def matrix_flipped(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight.flip(2, 3), in_size, stride, padding))


@misconception(
    "conv2d_matrix",
    "stride not in the window's start",
    "The number of rows is right, but every window lies only one pixel further than the one before: multiply by the "
    "stride.",
)
def matrix_creeping(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding, walk=(1, 1)))


@misconception(
    "conv2d_matrix",
    "one stride for both axes",
    "Height and width may have different strides. You used the height's for both.",
)
def matrix_one_stride(weight, in_size, stride=1, padding=0):
    down = pair(stride)[0]
    return flat(tensor_of(weight, in_size, stride, padding, walk=(down, down)))


@misconception(
    "conv2d_matrix",
    "stride ignored",
    "With a stride the output has fewer units, so the matrix has fewer rows.",
)
def matrix_no_stride(weight, in_size, stride=1, padding=0):
    places(in_size, weight.shape[2:], stride, padding)
    return flat(tensor_of(weight, in_size, 1, padding))


@misconception(
    "conv2d_matrix",
    "padding ignored",
    "Padding gives the windows more places, so the matrix has more rows.",
)
def matrix_no_padding(weight, in_size, stride=1, padding=0):
    places(in_size, weight.shape[2:], stride, padding)
    return flat(tensor_of(weight, in_size, stride))


@misconception(
    "conv2d_matrix",
    "padding kept as columns",
    "The matrix is multiplied with the image, not with the padded image. A tap on the padding meets a zero and has no "
    "column: leave it out.",
)
def matrix_of_padded(weight, in_size, stride=1, padding=0):
    places(in_size, weight.shape[2:], stride, padding)
    larger = tuple(n + 2 * p for n, p in zip(pair(in_size), pair(padding), strict=True))
    return flat(tensor_of(weight, larger, stride))


@misconception(
    "conv2d_matrix",
    "taps on the padding land on the other side",
    "A tap on the padding has no pixel. Yours comes back on the opposite side of the image: negative indices count "
    "from the end.",
)
def matrix_wrapped(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding, wrap=True))


@misconception(
    "conv2d_matrix",
    "padding below and on the right only",
    "Padding lies on all sides: the first window starts `padding` pixels before the image. Yours starts at pixel 0.",
)
def matrix_unshifted(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding, shift=pair(padding)))


@misconception(
    "conv2d_matrix",
    "pixels taken column by column",
    "flatten() goes through the image row by row. Your columns go through it from top to bottom first.",
)
def matrix_of_columns(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding).transpose(4, 5))


@misconception(
    "conv2d_matrix",
    "units taken column by column",
    "flatten() goes through the output row by row. Your rows go through it from top to bottom first.",
)
def matrix_for_columns(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding).transpose(1, 2))


@misconception(
    "conv2d_matrix",
    "channels innermost",
    "The image is flattened channel by channel: all pixels of channel 0, then all of channel 1. Yours has the channels "
    "of each pixel side by side.",
)
def matrix_channels_last(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding).permute(0, 1, 2, 4, 5, 3))


@misconception(
    "conv2d_matrix",
    "filters innermost",
    "The output is flattened filter by filter: all places of filter 0, then all of filter 1. Yours has the filters of "
    "each place side by side.",
)
def matrix_filters_last(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight, in_size, stride, padding).permute(1, 2, 0, 3, 4, 5))


@misconception(
    "conv2d_matrix",
    "always float32",
    "The matrix has the dtype of the weight: make it with weight.new_zeros, or with dtype=weight.dtype.",
)
def matrix_of_floats(weight, in_size, stride=1, padding=0):
    return flat(tensor_of(weight.float(), in_size, stride, padding))


# --------------------------------------------------------------------------------------------- sharing_report


@misconception(
    "sharing_report",
    "zero counted as a weight",
    "A zero stands where there is no connection. Look for different values among the entries that are not zero.",
)
def report_with_zero(matrix):
    return matrix.numel(), int((matrix != 0).sum()), len(torch.unique(matrix))


@misconception(
    "sharing_report",
    "signs ignored",
    "2 and -2 are two different weights.",
)
def report_of_sizes(matrix):
    used = matrix[matrix != 0]
    return matrix.numel(), len(used), len(used.abs().unique())


@misconception(
    "sharing_report",
    "positive entries counted only",
    "A negative entry is a connection too: ask whether it is zero, not whether it is larger.",
)
def report_of_positives(matrix):
    used = matrix[matrix > 0]
    return matrix.numel(), len(used), len(used.unique())


@misconception(
    "sharing_report",
    "zeros counted as connections",
    "Your second number counts the entries that are zero. Asked is how many are not.",
)
def report_of_zeros(matrix):
    return matrix.numel(), int((matrix == 0).sum()), len(matrix[matrix != 0].unique())


@misconception(
    "sharing_report",
    "different weights counted row by row",
    "The same weight in another row is the same weight: look for different values in the whole matrix.",
)
def report_by_row(matrix):
    return matrix.numel(), int((matrix != 0).sum()), sum(len(row[row != 0].unique()) for row in matrix)


@misconception(
    "sharing_report",
    "weights used once counted only",
    "You counted the values that stand in the matrix once. A value that stands there often is a weight too, shared by "
    "many connections.",
)
def report_of_unshared(matrix):
    used = matrix[matrix != 0]
    return matrix.numel(), len(used), int((used.unique(return_counts=True)[1] == 1).sum())


@misconception(
    "sharing_report",
    "fractions cut off",
    "Weights are fractions as a rule: turning them into ints makes different weights equal.",
)
def report_of_ints(matrix):
    used = matrix[matrix != 0]
    return matrix.numel(), len(used), len(used.int().unique())


@misconception(
    "sharing_report",
    "rows counted instead of entries",
    "len() of a tensor is the number of its rows. The number of entries is numel().",
)
def report_of_rows(matrix):
    used = matrix[matrix != 0]
    return len(matrix), len(used), len(used.unique())


# ---------------------------------------------------------------------------------------- locally_connected2d


def unshared(x, weight, bias=None):
    rows, columns, filters, channels, height, width = weight.shape
    if x.shape[1] != channels or [rows, columns] != places(tuple(x.shape[2:]), (height, width)):
        raise ValueError("the weight does not belong to x")
    if bias is not None and bias.shape != (filters, rows, columns):
        raise ValueError("the bias does not belong to the weight")
    y = multiplied(x, weight)
    return y if bias is None else y + bias


def multiplied(x, weight):
    rows, columns, _, _, height, width = weight.shape
    windows = [[x[:, None, :, i : i + height, j : j + width] for j in range(columns)] for i in range(rows)]
    y = [
        torch.stack([(w * f).sum((2, 3, 4), dtype=x.dtype) for w, f in zip(line, filters, strict=True)], -1)
        for line, filters in zip(windows, weight, strict=True)
    ]
    return torch.stack(y, -2)


@misconception(
    "locally_connected2d",
    "one filter for all positions",
    "That is a convolution: you use the filters of the first place everywhere. Here every place has its own: "
    "weight[i, j].",
)
def layer_shared(x, weight, bias=None):
    unshared(x, weight, bias)
    return unshared(x, weight[:1, :1].expand_as(weight), bias)


@misconception(
    "locally_connected2d",
    "filters shared within a row",
    "Your filter depends on the row of the output, but not on its column.",
)
def layer_shared_by_row(x, weight, bias=None):
    unshared(x, weight, bias)
    return unshared(x, weight[:, :1].expand_as(weight), bias)


@misconception(
    "locally_connected2d",
    "rows and columns of the weight swapped",
    "weight[i, j] belongs to row i and column j of the output; you read weight[j, i].",
)
def layer_swapped(x, weight, bias=None):
    unshared(x, weight, bias)
    rows, columns = weight.shape[:2]
    if rows != columns:
        raise IndexError("index is out of bounds")
    return unshared(x, weight.transpose(0, 1), bias)


@misconception(
    "locally_connected2d",
    "kernel flipped",
    "Like conv2d, the layer lays its kernel on the window as it is.",
)
def layer_flipped(x, weight, bias=None):
    return unshared(x, weight.flip(4, 5), bias)


@misconception(
    "locally_connected2d",
    "bias missing",
    "Every unit adds its own bias to its sum.",
)
def layer_no_bias(x, weight, bias=None):
    unshared(x, weight, bias)
    return unshared(x, weight)


@misconception(
    "locally_connected2d",
    "bias shared by all positions",
    "Without sharing every unit has a bias of its own, bias[k, i, j]. You use that of the first place everywhere.",
)
def layer_shared_bias(x, weight, bias=None):
    unshared(x, weight, bias)
    return unshared(x, weight, None if bias is None else bias[:, :1, :1].expand_as(bias))


@misconception(
    "locally_connected2d",
    "bias added for every channel",
    "The bias is added once, after the sum over the channels.",
)
def layer_many_biases(x, weight, bias=None):
    unshared(x, weight, bias)
    return unshared(x, weight, None if bias is None else bias * x.shape[1])


@misconception(
    "locally_connected2d",
    "channels averaged",
    "The products of all channels are added up; nothing is divided by the number of channels.",
)
def layer_averaged(x, weight, bias=None):
    unshared(x, weight, bias)
    y = multiplied(x, weight) / x.shape[1]
    return y if bias is None else y + bias


@misconception(
    "locally_connected2d",
    "only the first channel used",
    "A filter has a kernel for every channel, and adds up what they give.",
)
def layer_one_channel(x, weight, bias=None):
    unshared(x, weight, bias)
    return unshared(x[:, :1], weight[:, :, :, :1], bias)


@misconception(
    "locally_connected2d",
    "shapes not checked",
    "torch stretches an axis of 1 without a word. Compare the shapes of x, weight and bias first, and raise ValueError "
    "when they do not go together.",
)
def layer_unchecked(x, weight, bias=None):
    y = multiplied(x, weight)
    return y if bias is None else y + bias
