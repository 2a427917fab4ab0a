# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. Weight sharing
#
# How many weights does a layer have, how many products does it compute, and how many numbers come out? These
# are three questions, and many texts mix them up. You count all three: for single layers, for networks that
# won competitions, and for modules of torch. Then you build the matrix that a convolution is, and the layer
# that shares nothing. The handout (README.md) has the pictures and the numbers.
#
# Fill in the functions from top to bottom. Leave the ones you have not reached as they are: they count as
# *not attempted*, and the others are still graded.

# %%
"""Weight sharing: counting parameters, products and units, and what a convolution is as a matrix."""

import math

import torch

# %% tags=["public"]
import torch

from convclass.exam import question
from convclass.exam.describer import described
from convclass.exam.forbidden import CONVOLUTIONS, LAYERS

# %% [markdown]
# Two helpers are given, so that you need not write again what you wrote in assignment 1. Sizes, strides,
# paddings and dilations may be one number for both axes or a pair `(height, width)`.


# %%
def _pair(value):
    """Return `value` for both axes as `(height, width)`: 3 becomes (3, 3), and (2, 3) stays (2, 3)."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


def _output_size(in_size, kernel_size, stride=1, padding=0, dilation=1):
    """Count the places where a kernel fits, as (rows, columns); ValueError when a number is impossible."""
    places = []
    settings = [_pair(value) for value in (in_size, kernel_size, stride, padding, dilation)]
    for size, kernel, step, zeros, gap in zip(*settings, strict=True):
        free = size + 2 * zeros - (gap * (kernel - 1) + 1)
        if min(size, kernel, step, gap) < 1 or zeros < 0 or free < 0:
            raise ValueError(f"a kernel of {kernel} taps does not fit into {size} pixels")
        places.append(free // step + 1)
    return tuple(places)


# %% [markdown]
# ## Step 1: the dense layer
#
# Every unit of a dense layer is connected to every input, and each connection has a weight of its own. On
# top of that every unit has one bias, if the layer has biases at all.


# %%
def linear_params(in_features, out_features, bias=True):
    """Count the parameters of a dense layer.

    in_features: number of inputs, at least 1
    out_features: number of units, at least 1
    bias: whether every unit has a bias

    Returns an int. Raises ValueError when a number is smaller than 1.

    >>> linear_params(4, 3)
    15
    """
    ### BEGIN SOLUTION: count the weights, and the biases if there are any
    if in_features < 1 or out_features < 1:
        raise ValueError("a layer has at least one input and one unit")
    weights = in_features * out_features
    return weights + out_features if bias else weights
    ### END SOLUTION


# %% tags=["public"]
@question(
    "linear_params",
    forbidden=LAYERS,
    hints=(
        "Draw a layer with 4 inputs and 3 units, and every line between them. How many lines are there?",
        "One weight for each pair of an input and a unit. A bias belongs to a unit, not to a line.",
    ),
)
def test_public_linear_params_weights_and_biases(check):
    """linear_params counts one weight per pair of input and unit, and one bias per unit"""
    check.linear_params(4, 3)
    check.linear_params(784, 10)
    check.linear_params(784, 10, bias=False)


@question("linear_params")
def test_public_linear_params_refuses(check):
    """linear_params raises ValueError for a layer without units"""
    check.raises(ValueError).linear_params(5, 0)


# %% [markdown]
# ## Step 2: several dense layers
#
# A multi-layer perceptron is written as a list of widths. `[784, 24, 10]` has 784 inputs, 24 units in the
# middle and 10 at the end. The inputs are no layer.


# %%
def mlp_params(widths, bias=True):
    """Count the parameters of dense layers one after the other.

    widths: list of ints: the number of inputs, then the number of units of every layer
    bias: whether the units have biases

    Returns an int. Raises ValueError for fewer than two widths, and for a width below 1.

    >>> mlp_params([4, 3, 2])
    23
    """
    ### BEGIN SOLUTION: add up the layers between neighbouring widths
    if len(widths) < 2:
        raise ValueError("a layer needs a width for its inputs and one for its units")
    return sum(linear_params(before, after, bias) for before, after in zip(widths, widths[1:], strict=False))
    ### END SOLUTION


# %% tags=["public"]
@question(
    "mlp_params",
    after="linear_params",
    forbidden=LAYERS,
    hints=(
        "How many layers are between three widths? You have a function for each of them.",
        "Go through the neighbours in the list: the units of one layer are the inputs of the next.",
    ),
)
def test_public_mlp_params_adds_layers(check):
    """mlp_params adds up the layers"""
    check.mlp_params([4, 3, 2])
    check.mlp_params([784, 24, 10])


@question("mlp_params")
def test_public_mlp_params_without_bias(check):
    """mlp_params counts without biases, too, and refuses a single width"""
    check.mlp_params([5, 4, 3, 2], bias=False)
    check.raises(ValueError).mlp_params([5])


# %% [markdown]
# ## Step 3: the convolution layer
#
# A filter has one weight for every tap of its kernel and every channel that it sees. It is laid on every
# place of the image, and it is the *same* filter everywhere: this is weight sharing. With `groups` a filter
# sees only the channels of its own group.


# %%
def conv2d_params(in_channels, out_channels, kernel_size, groups=1, bias=True):
    """Count the parameters of a convolution layer.

    in_channels: number of channels of the image
    out_channels: number of filters
    kernel_size: int or (int, int), for height and width
    groups: number of groups that channels and filters are dealt out to
    bias: whether every filter has a bias

    Returns an int. Raises ValueError when a number is smaller than 1, and when groups does not divide
    in_channels and out_channels.

    >>> conv2d_params(3, 16, 3)
    448
    """
    ### BEGIN SOLUTION: count the weights of one filter, then of all
    height, width = _pair(kernel_size)
    if min(in_channels, out_channels, height, width, groups) < 1:
        raise ValueError("channels, filters, groups and kernel sizes begin at 1")
    if in_channels % groups or out_channels % groups:
        raise ValueError(f"{groups} groups do not divide {in_channels} channels and {out_channels} filters")
    one_filter = in_channels // groups * height * width
    return out_channels * (one_filter + 1 if bias else one_filter)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "conv2d_params",
    forbidden=LAYERS,
    hints=(
        "How many weights has one 3 × 3 filter on an image with 3 channels? How many filters are there?",
        "Each filter sees in_channels / groups channels. The number of filters stays what it is.",
    ),
)
def test_public_conv2d_params_channels_and_filters(check):
    """conv2d_params counts taps, channels, filters and one bias per filter"""
    check.conv2d_params(1, 1, 3, bias=False)
    check.conv2d_params(1, 10, 3)
    check.conv2d_params(3, 16, 3)
    check.conv2d_params(2, 5, (1, 4))


@question("conv2d_params")
def test_public_conv2d_params_groups(check):
    """conv2d_params knows that a filter sees the channels of its group only"""
    check.conv2d_params(8, 12, 3, groups=4)
    check.raises(ValueError).conv2d_params(8, 12, 3, groups=3)


# %% [markdown]
# ## Step 4: the same without sharing
#
# A *locally connected* layer looks through the same windows as a convolution, but every place of the output
# has filters and biases of its own.


# %%
def locally_connected2d_params(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, bias=True):
    """Count the parameters of a layer with windows, but without weight sharing.

    in_channels, out_channels: as in conv2d_params
    in_size: int or (int, int), height and width of the image
    kernel_size, stride, padding: int or (int, int), for height and width
    bias: whether every unit of the output has a bias

    Returns an int. Raises ValueError when a number is smaller than 1 (padding: than 0), and when no window
    fits.

    >>> locally_connected2d_params(1, 10, 28, 3)
    67600
    """
    ### BEGIN SOLUTION: count the filters of one place, then of all places
    rows, columns = _output_size(in_size, kernel_size, stride, padding)
    return rows * columns * conv2d_params(in_channels, out_channels, kernel_size, bias=bias)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "locally_connected2d_params",
    after="conv2d_params",
    forbidden=LAYERS,
    hints=(
        "At one place of the output there are as many weights as in a whole convolution layer. How many places?",
        "Count the places with _output_size: they are those of the output, not the pixels of the image.",
    ),
)
def test_public_locally_connected2d_params_every_place(check):
    """locally_connected2d_params counts filters and biases for every place of the output"""
    check.locally_connected2d_params(1, 1, 5, 3, bias=False)
    check.locally_connected2d_params(1, 10, 28, 3)
    check.locally_connected2d_params(2, 3, (4, 7), (3, 2))


@question("locally_connected2d_params")
def test_public_locally_connected2d_params_stride_and_padding(check):
    """locally_connected2d_params honours stride and padding"""
    check.locally_connected2d_params(1, 2, 8, 3, stride=2)
    check.locally_connected2d_params(1, 2, (5, 6), 3, padding=(0, 1))
    check.raises(ValueError).locally_connected2d_params(1, 2, 4, 5)


# %% [markdown]
# ## Step 5: how much is there to compute?
#
# The work of a layer is counted in *multiply-accumulates*, MACs: one product, added to a sum. Adding a bias
# is no product. Products with the zeros of the padding count, since the layer computes them like all others.


# %%
def conv2d_macs(in_channels, out_channels, in_size, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    """Count the multiply-accumulates of a convolution layer for one image.

    in_channels, out_channels, groups: as in conv2d_params
    in_size: int or (int, int), height and width of the image
    kernel_size, stride, padding, dilation: int or (int, int), for height and width

    Returns an int. Raises ValueError when a number is smaller than 1 (padding: than 0), when groups does
    not divide in_channels and out_channels, and when no window fits.

    >>> conv2d_macs(1, 10, 28, 3)
    60840
    """
    ### BEGIN SOLUTION: count the products of one window, then of all
    rows, columns = _output_size(in_size, kernel_size, stride, padding, dilation)
    products = conv2d_params(in_channels, out_channels, kernel_size, groups, bias=False)
    return rows * columns * products
    ### END SOLUTION


# %% tags=["public"]
@question(
    "conv2d_macs",
    after="conv2d_params",
    forbidden=LAYERS,
    hints=(
        "How many products are in one number of the output? How many numbers has the output?",
        "Every weight is used once at every place of the output.",
    ),
)
def test_public_conv2d_macs_places_and_channels(check):
    """conv2d_macs counts places, taps, channels and filters"""
    check.conv2d_macs(1, 10, 28, 3)
    check.conv2d_macs(3, 2, (5, 7), (3, 2))


@question("conv2d_macs")
def test_public_conv2d_macs_settings(check):
    """conv2d_macs honours stride, padding, dilation and groups"""
    check.conv2d_macs(1, 1, 9, 3, stride=2, padding=1)
    check.conv2d_macs(1, 1, (9, 7), 3, dilation=(2, 3))
    check.conv2d_macs(4, 6, 5, 3, groups=2)


# %% [markdown]
# The same for a dense layer. Compare the two with the numbers of the handout: which of locality and weight
# sharing saves products?


# %%
def linear_macs(in_features, out_features):
    """Count the multiply-accumulates of a dense layer for one input.

    in_features, out_features: numbers of inputs and of units, at least 1

    Returns an int. Raises ValueError when a number is smaller than 1.

    >>> linear_macs(4, 3)
    12
    """
    ### BEGIN SOLUTION: count the products
    return linear_params(in_features, out_features, bias=False)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "linear_macs",
    forbidden=LAYERS,
    hints=("In a dense layer every weight is used exactly once.", "A bias is added; it is no product."),
)
def test_public_linear_macs_counts_products(check):
    """linear_macs counts one product per weight"""
    check.linear_macs(4, 3)
    check.linear_macs(784, 6760)


@question("linear_macs")
def test_public_linear_macs_refuses(check):
    """linear_macs raises ValueError for a layer without inputs"""
    check.raises(ValueError).linear_macs(0, 3)


# %% [markdown]
# ## Step 6: networks, written down
#
# From here on a network is a list, and a layer is a dict that says its `"type"` and its settings. A setting
# that is missing has the value after the `=`, as in torch.
#
# - `conv`, a convolution: `out_channels`, `kernel_size`, `stride=1`, `padding=0`, `dilation=1`, `groups=1`,
#   `bias=True`, and seldom `table`, see below
# - `locally_connected`, the same without sharing: `out_channels`, `kernel_size`, `stride=1`, `padding=0`,
#   `bias=True`
# - `linear`, a dense layer; it needs a flat input: `out_features`, `bias=True`
# - `batch_norm`: for each channel (or feature) a scale and a shift that are learned, and two running
#   statistics that are not
# - `max_pool` and `avg_pool`: `kernel_size`, `stride=kernel_size`, `padding=0`
# - `subsample`, LeNet's pooling: `kernel_size`, which is its stride too. It adds up every window, times a
#   coefficient, plus a bias; each channel learns a coefficient and a bias
# - `global_avg_pool`: (C, H, W) becomes (C,)
# - `flatten`: (C, H, W) becomes (C * H * W,)
# - `relu` and `dropout`: the shape stays
# - `branches`: all `paths` (lists of layers) see the same input; with `merge` their outputs are added
#   (`"add"`) or stacked along the channels (`"concat"`). An empty path hands its input on: a shortcut
# - `side`: a head beside the network, used in training. Its `layers` see the input, and the input goes on to
#   the next layer unchanged
# - `shared`: a block of `layers` with a `name`. Where the same name stands again, it is the same block with
#   the same weights. It holds no other shared block
#
# The `table` of a `conv` is for each filter the list of the channels it sees. LeNet-5 has such a layer.
# Without a table, or with `None`, a filter sees all channels of its group.
#
# Begin with the shape: `(channels, height, width)` for images, `(features,)` for a flat input. For `conv`,
# `locally_connected` and the pools, `_output_size` does the arithmetic.


# %%
def _shape_after(layer, shape):
    """Return the shape of what comes out of one layer (a dict) when `shape` goes in.

    Raises ValueError for an unknown type, when a layer gets a flat input that needs an image or the other
    way round, when no window fits, and when the outputs of branches do not go together.
    """
    ### BEGIN SOLUTION: find the shape for every type of layer
    kind = layer["type"]
    if kind in ("relu", "dropout", "batch_norm", "side"):
        return tuple(shape)
    if kind == "flatten":
        return (math.prod(shape),)
    if kind == "shared":
        return _shape_after_all(layer["layers"], shape)
    if kind == "branches":
        return _merged([_shape_after_all(path, shape) for path in layer["paths"]], layer["merge"])
    if len(shape) != (1 if kind == "linear" else 3):
        raise ValueError(f"{kind} cannot follow an output of shape {tuple(shape)}")
    if kind == "linear":
        return (layer["out_features"],)
    channels, height, width = shape
    if kind == "global_avg_pool":
        return (channels,)
    if kind in ("conv", "locally_connected"):
        channels, stride = layer["out_channels"], layer.get("stride", 1)
    elif kind in ("max_pool", "avg_pool", "subsample"):
        stride = layer.get("stride") or layer["kernel_size"]
    else:
        raise ValueError(f"{kind} is no type of layer")
    padding, dilation = layer.get("padding", 0), layer.get("dilation", 1)
    return (channels, *_output_size((height, width), layer["kernel_size"], stride, padding, dilation))


def _shape_after_all(layers, shape):
    for layer in layers:
        shape = _shape_after(layer, shape)
    return tuple(shape)


def _merged(shapes, merge):
    first = shapes[0]
    if merge == "add" and all(shape == first for shape in shapes):
        return first
    if merge == "concat" and all(shape[1:] == first[1:] for shape in shapes):
        return (sum(shape[0] for shape in shapes), *first[1:])
    raise ValueError(f"outputs of the shapes {shapes} do not go together")
    ### END SOLUTION


# %% [markdown]
# The number of *units* of a layer is the number of numbers that come out of it: its activations. It is not
# the number of its parameters.


# %%
def activation_count(layers, in_shape):
    """Count the units of every layer: how many numbers come out of it for one image.

    layers: list of layers, as described above
    in_shape: (channels, height, width) or (features,)

    Returns a list of ints, one for each entry of `layers`. `branches` and `shared` are one entry each: what
    counts is what comes out of them in the end. `side` hands its input on.
    Raises ValueError where `_shape_after` does.

    >>> conv = {"type": "conv", "out_channels": 10, "kernel_size": 3}
    >>> activation_count([conv, {"type": "max_pool", "kernel_size": 2}, {"type": "flatten"}], (1, 28, 28))
    [6760, 1690, 1690]
    """
    ### BEGIN SOLUTION: multiply the sizes of every layer's output
    counts, shape = [], in_shape
    for layer in layers:
        shape = _shape_after(layer, shape)
        counts.append(math.prod(shape))
    return counts
    ### END SOLUTION


# %% tags=["public"]
@question(
    "activation_count",
    forbidden=LAYERS,
    hints=(
        "Follow the shape from layer to layer with _shape_after, and multiply its numbers after every layer.",
        "A pooling layer steps by its kernel size when no stride is given. Filters decide the channels.",
    ),
)
def test_public_activation_count_follows_the_shape(check):
    """activation_count follows the shape through convolution, pooling, flatten and dense layers"""
    conv = {"type": "conv", "out_channels": 10, "kernel_size": 5}
    pool = {"type": "max_pool", "kernel_size": 2}
    dense = {"type": "linear", "out_features": 10}
    check.activation_count([conv, {"type": "relu"}, pool, {"type": "flatten"}, dense], (1, 28, 28))
    check.activation_count([conv, {"type": "batch_norm"}, {"type": "global_avg_pool"}, dense], (3, 9, 12))


@question("activation_count")
def test_public_activation_count_branches(check):
    """activation_count adds branches up or stacks their channels, and refuses a dense layer on an image"""
    wide = {"type": "conv", "out_channels": 4, "kernel_size": 3, "padding": 1}
    check.activation_count([{"type": "branches", "merge": "concat", "paths": [[wide], []]}], (3, 6, 5))
    check.activation_count([wide, {"type": "branches", "merge": "add", "paths": [[wide], []]}], (3, 6, 5))
    check.raises(ValueError).activation_count([wide, {"type": "linear", "out_features": 2}], (3, 6, 5))


# %% [markdown]
# ## Step 7: the parameters of whole networks
#
# Now add up all layers. A dense layer has as many inputs as features reach it, and a convolution as many
# channels, so that you have to follow the shape here too. Think of what has no parameters, of branches and
# heads inside branches, and of blocks that are used twice.


# %%
def network_params(layers, in_shape):
    """Count the parameters of a network.

    layers: list of layers, as described above
    in_shape: (channels, height, width) or (features,)

    Returns an int: branches and heads count too, a shared block counts once, running statistics never.
    Raises ValueError where `_shape_after` and the functions for single layers do, and when a shared name
    stands again where its layers would have another number of parameters.

    >>> conv = {"type": "conv", "out_channels": 10, "kernel_size": 3}
    >>> network_params([conv, {"type": "global_avg_pool"}, {"type": "linear", "out_features": 10}], (1, 28, 28))
    210
    """
    ### BEGIN SOLUTION: add up the parameters of all layers
    return _params_of_all(layers, in_shape, {})


def _params_of_all(layers, shape, shared):
    total = 0
    for layer in layers:
        total += _params_of(layer, shape, shared)
        shape = _shape_after(layer, shape)
    return total


def _params_of(layer, shape, shared):
    """Count the parameters of one layer; `shared` remembers the blocks that were counted already."""
    kind, bias = layer["type"], layer.get("bias", True)
    if kind == "linear":
        return linear_params(math.prod(shape), layer["out_features"], bias)
    if kind == "conv":
        if layer.get("table"):
            return sum(conv2d_params(len(row), 1, layer["kernel_size"], bias=bias) for row in layer["table"])
        groups = layer.get("groups", 1)
        return conv2d_params(shape[0], layer["out_channels"], layer["kernel_size"], groups, bias)
    if kind == "locally_connected":
        rows, columns = _shape_after(layer, shape)[1:]
        return rows * columns * conv2d_params(shape[0], layer["out_channels"], layer["kernel_size"], bias=bias)
    if kind in ("batch_norm", "subsample"):
        return 2 * shape[0]
    if kind == "branches":
        return sum(_params_of_all(path, shape, shared) for path in layer["paths"])
    if kind == "side":
        return _params_of_all(layer["layers"], shape, shared)
    if kind == "shared":
        needed = _params_of_all(layer["layers"], shape, shared)
        if layer["name"] not in shared:
            shared[layer["name"]] = needed
            return needed
        if shared[layer["name"]] != needed:
            raise ValueError(f"the block {layer['name']} cannot be used for another number of channels")
    return 0
    ### END SOLUTION


# %% tags=["public"]
@question(
    "network_params",
    after=("linear_params", "conv2d_params", "locally_connected2d_params"),
    forbidden=LAYERS,
    hints=(
        "Write a function for one layer and the shape that reaches it, and one that walks along a list of layers. "
        "For branches, heads and shared blocks the second calls itself.",
        "Keep a dict of the shared names that you have met, and hand it to every call. "
        "A batch norm has two parameters per channel; its running statistics are not learned.",
    ),
)
def test_public_network_params_lenet(check):
    """network_params finds the 61 706 parameters of LeNet-5 as most libraries build it"""
    relu, pool = {"type": "relu"}, {"type": "avg_pool", "kernel_size": 2}
    lenet = [
        {"type": "conv", "out_channels": 6, "kernel_size": 5, "padding": 2},
        relu,
        pool,
        {"type": "conv", "out_channels": 16, "kernel_size": 5},
        relu,
        pool,
        {"type": "flatten"},
        {"type": "linear", "out_features": 120},
        relu,
        {"type": "linear", "out_features": 84},
        relu,
        {"type": "linear", "out_features": 10},
    ]
    check.network_params(lenet, (1, 28, 28))


@question("network_params")
def test_public_network_params_residual_block(check):
    """network_params goes through branches and knows batch norm"""
    conv = {"type": "conv", "out_channels": 8, "kernel_size": 3, "padding": 1, "bias": False}
    shortcut = [{"type": "conv", "out_channels": 8, "kernel_size": 1, "bias": False}, {"type": "batch_norm"}]
    body = [conv, {"type": "batch_norm"}, {"type": "relu"}, conv, {"type": "batch_norm"}]
    check.network_params([{"type": "branches", "merge": "add", "paths": [body, shortcut]}], (4, 6, 5))
    check.network_params([{"type": "branches", "merge": "add", "paths": [body, []]}], (8, 6, 5))


@question("network_params")
def test_public_network_params_shared_block(check):
    """network_params counts a shared block once, and a block of another name again"""
    layers = [{"type": "conv", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "relu"}]
    block, other = ({"type": "shared", "name": name, "layers": layers} for name in ("block", "other"))
    check.network_params([block, block, other], (4, 6, 5))
    check.raises(ValueError).network_params([block, block], (3, 6, 5))


# %% [markdown]
# ## Step 8: the parameters of a module
#
# torch keeps count itself: a module has parameters and buffers, and lends you both. Two traps: a tensor may
# be used in several places (*tied* weights), and not everything that a module stores is learned.


# %%
def count_parameters(module, trainable_only=False):
    """Count the numbers in the parameters of an nn.Module.

    module: any torch.nn.Module, with modules inside modules
    trainable_only: leave out parameters that are frozen (requires_grad is False)

    Returns an int. A parameter that is used in several places counts once. Buffers, such as the running
    statistics of batch norm, do not count.

    >>> count_parameters(torch.nn.Linear(4, 3))
    15
    """
    ### BEGIN SOLUTION: add up the sizes of the parameters
    total = 0
    for parameter in module.parameters():  # torch hands out each parameter once, wherever it is used
        if parameter.requires_grad or not trainable_only:
            total += parameter.numel()
    return total
    ### END SOLUTION


# %% tags=["public"]
@question(
    "count_parameters",
    hints=(
        "Look at torch.nn.Module.parameters() and at Tensor.numel().",
        "state_dict() holds the buffers too, and a tied weight under each of its names: it is not what you need.",
    ),
)
def test_public_count_parameters_of_a_network(check):
    """count_parameters goes through a network with batch norm and does not count its buffers"""
    layers = [
        {"type": "conv", "out_channels": 4, "kernel_size": 3, "bias": False},
        {"type": "batch_norm"},
        {"type": "global_avg_pool"},
        {"type": "linear", "out_features": 2},
    ]
    check.count_parameters(described.network(layers, (3, 5, 5)))


@question("count_parameters")
def test_public_count_parameters_tied_and_frozen(check):
    """count_parameters counts tied weights once, and leaves out frozen ones when asked to"""
    words, output = described.embedding(7, 3), described.trainable(described.linear(torch.ones(7, 3)))
    tied = described.tied([words, output])
    check.count_parameters(tied)
    head = described.trainable(described.linear(torch.ones(2, 7), torch.ones(2)))
    check.count_parameters(described.sequence([described.frozen(tied), head]), trainable_only=True)


# %% [markdown]
# ## Step 9: a convolution is a matrix
#
# Flatten the image into a column and the output too. Then the convolution is a matrix: one row for every
# unit of the output, one column for every pixel of the image. Most of its entries are zero (locality), and
# the others are the same few weights again and again (sharing).


# %%
def conv2d_matrix(weight, in_size, stride=1, padding=0):
    """Write a convolution as a matrix M, so that M @ x.flatten() is the flattened output for an image x.

    weight: tensor (K, C, kH, kW)
    in_size: int or (int, int), height and width of the image
    stride, padding: int or (int, int), for height and width

    Returns a tensor (K * oH * oW, C * H * W) with the dtype and device of weight. Both the image (C, H, W)
    and the output (K, oH, oW) are flattened as torch does it: channel by channel, row by row.
    Raises ValueError when no window fits.

    >>> conv2d_matrix(torch.tensor([[[[1, 2]]]]), (1, 3))
    tensor([[1, 2, 0],
            [0, 1, 2]])
    """
    ### BEGIN SOLUTION: enter every tap at every place
    height, width = _pair(in_size)
    stride_h, stride_w = _pair(stride)
    padding_h, padding_w = _pair(padding)
    filters, channels, kernel_height, kernel_width = weight.shape
    rows, columns = _output_size(in_size, (kernel_height, kernel_width), stride, padding)

    matrix = weight.new_zeros(filters, rows, columns, channels, height, width)
    for i in range(rows):
        for j in range(columns):
            for u in range(kernel_height):
                for v in range(kernel_width):
                    row, column = i * stride_h + u - padding_h, j * stride_w + v - padding_w
                    if 0 <= row < height and 0 <= column < width:  # padding has no column in the matrix
                        matrix[:, i, j, :, row, column] = weight[:, :, u, v]
    return matrix.reshape(filters * rows * columns, channels * height * width)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "conv2d_matrix",
    forbidden=CONVOLUTIONS,
    hints=(
        "Make a tensor (K, oH, oW, C, H, W) of zeros, fill it, and reshape it at the end.",
        "Which pixel does tap [u, v] of the window at [i, j] lie on? That is the column. "
        "A tap on the padding has none.",
    ),
)
def test_public_conv2d_matrix_small(check):
    """conv2d_matrix writes the taps of every window into a row"""
    check.conv2d_matrix(torch.tensor([[[[1.0, 2.0]]]]), (1, 3))
    check.conv2d_matrix(torch.arange(1.0, 10.0).reshape(1, 1, 3, 3), 5)
    check.conv2d_matrix(torch.arange(1.0, 13.0).reshape(2, 1, 3, 2), (4, 3))


@question("conv2d_matrix")
def test_public_conv2d_matrix_channels_stride_padding(check):
    """conv2d_matrix handles channels, stride and padding"""
    check.conv2d_matrix(torch.arange(1.0, 9.0).reshape(1, 2, 2, 2), (3, 4))
    check.conv2d_matrix(torch.arange(1.0, 5.0).reshape(1, 1, 2, 2), (4, 5), stride=(2, 3))
    check.conv2d_matrix(torch.arange(1.0, 7.0).reshape(1, 1, 3, 2), (3, 2), padding=(1, 0))


# %% [markdown]
# Locality and sharing in three numbers: how many entries the matrix has, how many of them are not zero, and
# how many *different* weights there are.


# %%
def sharing_report(matrix):
    """Report (entries, nonzero, distinct) of a matrix.

    matrix: tensor with two axes

    Returns three ints: the number of entries, of entries that are not zero, and of different values among
    those that are not zero.

    >>> sharing_report(torch.tensor([[1, 2, 0], [0, 1, 2]]))
    (6, 4, 2)
    """
    ### BEGIN SOLUTION: count entries, connections and different weights
    weights = matrix[matrix != 0]
    return matrix.numel(), weights.numel(), len(weights.unique())
    ### END SOLUTION


# %% tags=["public"]
@question(
    "sharing_report",
    hints=(
        "matrix != 0 is a mask. What do you get when you index the matrix with it?",
        "torch.unique leaves each value once. Zero is no weight here.",
    ),
)
def test_public_sharing_report_of_a_convolution(check):
    """sharing_report finds 225 entries, 81 connections and 9 weights for a 3×3 kernel on a 5×5 image"""
    weight = torch.arange(1.0, 10.0)
    matrix = torch.zeros(3, 3, 5, 5)
    for i in range(3):
        for j in range(3):
            matrix[i, j, i : i + 3, j : j + 3] = weight.reshape(3, 3)
    check.sharing_report(matrix.reshape(9, 25))


@question("sharing_report")
def test_public_sharing_report_small(check):
    """sharing_report does not count zero as a weight, and keeps signs apart"""
    check.sharing_report(torch.tensor([[1, 2, 0], [0, 1, 2]]))
    check.sharing_report(torch.tensor([[-1, 1], [1, 3]]))


# %% [markdown]
# ## Step 10: the layer that shares nothing
#
# Last, feel the difference: a convolution whose filter may be another one at every place. `weight[i, j]` is
# what the weight of an ordinary convolution layer is, for the window at `[i, j]` only.


# %%
def locally_connected2d(x, weight, bias=None):
    """Apply a locally connected layer: conv2d with filters and biases of its own at every place.

    x: tensor (N, C, H, W)
    weight: tensor (oH, oW, K, C, kH, kW); weight[i, j] holds the filters for the window whose upper left
        corner is pixel [i, j]
    bias: tensor (K, oH, oW), or None

    Returns a tensor (N, K, oH, oW) with the dtype and device of x. Stride is 1 and there is no padding, so
    that oH = H - kH + 1 and oW = W - kW + 1.
    Raises ValueError when the shapes of x, weight and bias do not go together.

    >>> x = torch.tensor([[[[1, 2, 3]]]])
    >>> locally_connected2d(x, torch.tensor([10, 20, 30]).reshape(1, 3, 1, 1, 1, 1))
    tensor([[[[10, 40, 90]]]])
    """
    ### BEGIN SOLUTION: multiply every window with its own filters
    rows, columns, filters, channels, kernel_height, kernel_width = weight.shape
    if x.shape[1] != channels or (rows, columns) != _output_size(x.shape[2:], (kernel_height, kernel_width)):
        raise ValueError(f"weight {tuple(weight.shape)} does not go with x {tuple(x.shape)}")
    if bias is not None and bias.shape != (filters, rows, columns):
        raise ValueError(f"bias must have the shape {(filters, rows, columns)}")
    result = x.new_zeros(len(x), filters, rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = x[:, None, :, i : i + kernel_height, j : j + kernel_width]
            result[:, :, i, j] = (window * weight[i, j]).sum(dim=(2, 3, 4))
    return result if bias is None else result + bias
    ### END SOLUTION


# %% tags=["public"]
@question(
    "locally_connected2d",
    forbidden=CONVOLUTIONS,
    hints=(
        "Loop over the places of the output. Cut the window out, and take weight[i, j] for it.",
        "The window (N, 1, C, kH, kW) times the filters (K, C, kH, kW), summed over the last three axes, gives (N, K).",
    ),
)
def test_public_locally_connected2d_own_filters(check):
    """locally_connected2d uses another filter at every place"""
    x = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    check.locally_connected2d(x, torch.arange(1.0, 17.0).reshape(2, 2, 1, 1, 2, 2))
    check.locally_connected2d(x[:, :, :1], torch.tensor([10.0, 20.0, 30.0]).reshape(1, 3, 1, 1, 1, 1))


@question("locally_connected2d")
def test_public_locally_connected2d_channels_and_bias(check):
    """locally_connected2d adds up the channels and has a bias for every unit"""
    x = torch.arange(1.0, 25.0).reshape(2, 2, 2, 3)
    weight = torch.arange(-24.0, 24.0).reshape(1, 2, 3, 2, 2, 2)
    check.locally_connected2d(x, weight, torch.arange(6.0).reshape(3, 1, 2))
    check.raises(ValueError).locally_connected2d(x, weight, torch.arange(3.0).reshape(3, 1, 1))
