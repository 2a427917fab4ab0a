"""The hidden tests of assignment 3. The docstring of a test is the title that students read.

Where a test demands a ValueError, it first asks for the nearest request that can be met. Most counts are small enough
to be done by hand, and no two numbers of a case are equal where they could be mixed up.
"""

from math import prod

import pytest
import torch

from convclass import reference
from convclass.exam import question
from convclass.exam.describer import described
from convclass.exam.forbidden import CONVOLUTIONS, LAYERS
from convclass.reference import published

IMAGE, LENET = (3, 224, 224), (1, 32, 32)


def conv(filters, kernel_size=3, **settings):
    """A convolution layer."""
    return {"type": "conv", "out_channels": filters, "kernel_size": kernel_size, **settings}


def linear(units, **settings):
    """A dense layer."""
    return {"type": "linear", "out_features": units, **settings}


def local(filters, kernel_size, **settings):
    """A locally connected layer."""
    return {"type": "locally_connected", "out_channels": filters, "kernel_size": kernel_size, **settings}


def pool(kernel_size, kind="max_pool", **settings):
    """A pooling layer."""
    return {"type": kind, "kernel_size": kernel_size, **settings}


def branches(merge, *paths):
    """Paths beside each other."""
    return {"type": "branches", "merge": merge, "paths": list(paths)}


def shared(name, *layers):
    """A block that is used wherever its name stands."""
    return {"type": "shared", "name": name, "layers": list(layers)}


def side(*layers):
    """A head beside the network."""
    return {"type": "side", "layers": list(layers)}


FLATTEN, RELU, NORM, GAP = ({"type": name} for name in ("flatten", "relu", "batch_norm", "global_avg_pool"))

# ---------------------------------------------------------------------------------------------- linear_params


@question("linear_params", points=3, forbidden=LAYERS, hints="Draw two inputs and three units, and count the lines.")
@pytest.mark.parametrize(("inputs", "units"), [(2, 3), (784, 24), (24, 10), (5, 1), (1, 7)])
def test_linear(check, inputs, units):
    """linear_params counts the weights and the biases of a dense layer"""
    check.linear_params(inputs, units)


@question("linear_params", points=1, hints="With bias=False only the weights are left.")
@pytest.mark.parametrize(("inputs", "units"), [(6, 4), (3 * 224 * 224, 64 * 224 * 224)])
def test_linear_without_bias(check, inputs, units):
    """linear_params without biases, up to a dense layer as large as VGG's first one would be"""
    check.linear_params(inputs, units, bias=False)


@question("linear_params", points=1)
@pytest.mark.parametrize("bad", [(0, 3), (3, 0), (-2, -3)])
def test_linear_impossible(check, bad):
    """linear_params answers what is possible and raises ValueError for layers without inputs or units"""
    check.linear_params(4, 3, bias=True)
    check.raises(ValueError).linear_params(*bad)


# ------------------------------------------------------------------------------------------------ mlp_params


@question("mlp_params", points=2.5, after="linear_params", forbidden=LAYERS)
@pytest.mark.parametrize("widths", [[6, 5], [7, 4, 2], [784, 24, 10], [5, 9, 3, 8, 2], [3, 1, 1, 4]])
def test_mlp(check, widths):
    """mlp_params adds up all layers of a network"""
    check.mlp_params(widths)


@question("mlp_params", points=1)
@pytest.mark.parametrize("widths", [[6, 5], [7, 4, 2, 3]])
def test_mlp_without_bias(check, widths):
    """mlp_params counts the weights alone when there are no biases"""
    check.mlp_params(widths, bias=False)


@question("mlp_params", points=1.5, hints="A layer has inputs and units: how many widths does one layer need?")
@pytest.mark.parametrize("bad", [[4], [], [4, 0, 3], [4, 3, -1]])
def test_mlp_impossible(check, bad):
    """mlp_params answers what is possible and raises ValueError for lists that are no network"""
    check.mlp_params([4, 3])
    check.raises(ValueError).mlp_params(bad)


# --------------------------------------------------------------------------------------------- conv2d_params


@question(
    "conv2d_params",
    points=3.5,
    forbidden=LAYERS,
    hints="Think of the weight as a tensor (filters, channels, height, width): how many numbers does it hold?",
)
@pytest.mark.parametrize(
    ("channels", "filters", "kernel_size"),
    [(1, 1, 3), (1, 10, 5), (3, 16, 3), (4, 2, 1), (3, 5, (2, 7)), (6, 4, (3, 1)), (2, 7, (1, 4))],
)
def test_conv(check, channels, filters, kernel_size):
    """conv2d_params counts taps, channels, filters and biases, for square and other kernels"""
    check.conv2d_params(channels, filters, kernel_size)


@question("conv2d_params", points=1.5)
@pytest.mark.parametrize(("channels", "filters", "kernel_size"), [(1, 1, 3), (3, 8, (2, 5)), (64, 128, 1)])
def test_conv_without_bias(check, channels, filters, kernel_size):
    """conv2d_params counts the weights alone when there are no biases"""
    check.conv2d_params(channels, filters, kernel_size, bias=False)


@question("conv2d_params", points=3, hints="With as many groups as channels, every filter sees one channel.")
@pytest.mark.parametrize(
    ("channels", "filters", "kernel_size", "settings"),
    [
        (4, 6, 3, {"groups": 2}),
        (9, 6, (3, 2), {"groups": 3, "bias": False}),
        (8, 8, 3, {"groups": 8}),
        (5, 10, (1, 3), {"groups": 5}),
    ],
)
def test_conv_groups(check, channels, filters, kernel_size, settings):
    """conv2d_params counts the channels of a filter's own group only, down to depthwise layers"""
    check.conv2d_params(channels, filters, kernel_size, **settings)


@question("conv2d_params", points=2)
@pytest.mark.parametrize(
    ("good", "bad", "groups", "bad_groups"),
    [
        ((4, 6, 3), (4, 6, 3), 2, 4),
        ((4, 6, 3), (3, 6, 3), 2, 2),
        ((4, 6, 3), (4, 6, (3, 0)), 1, 1),
        ((4, 6, 3), (0, 6, 3), 1, 1),
        ((4, 6, 3), (4, 6, 3), 1, 0),
    ],
)
def test_conv_impossible(check, good, bad, groups, bad_groups):
    """conv2d_params answers what is possible and raises ValueError for sizes of 0 and groups that do not divide"""
    check.conv2d_params(*good, groups=groups)
    check.raises(ValueError).conv2d_params(*bad, groups=bad_groups)


# -------------------------------------------------------------------------------- locally_connected2d_params


@question("locally_connected2d_params", points=3, after="conv2d_params", forbidden=LAYERS)
@pytest.mark.parametrize(
    ("channels", "filters", "size", "kernel_size"),
    [(1, 10, 28, 3), (1, 1, 5, 3), (2, 3, (4, 9), 2), (3, 4, (8, 5), (2, 3)), (2, 5, (6, 7), (6, 7)), (3, 2, 4, 1)],
)
def test_local(check, channels, filters, size, kernel_size):
    """locally_connected2d_params counts filters and biases of its own for every place of the output"""
    check.locally_connected2d_params(channels, filters, size, kernel_size)


@question("locally_connected2d_params", points=3, hints="Stride and padding change the number of places.")
@pytest.mark.parametrize(
    ("size", "kernel_size", "settings"),
    [
        (9, 3, {"stride": 2}),
        ((7, 10), (2, 3), {"stride": (3, 2)}),
        ((4, 6), 3, {"padding": 1}),
        ((5, 4), (3, 2), {"padding": (0, 2)}),
        ((6, 9), 3, {"stride": (1, 2), "padding": (1, 0), "bias": False}),
        ((5, 7), 2, {"bias": False}),
    ],
)
def test_local_settings(check, size, kernel_size, settings):
    """locally_connected2d_params honours stride, padding and bias"""
    check.locally_connected2d_params(2, 3, size, kernel_size, **settings)


@question("locally_connected2d_params", points=1)
@pytest.mark.parametrize(
    ("size", "bad_size", "settings", "bad_settings"),
    [
        ((3, 5), (2, 5), {}, {}),
        ((3, 5), (3, 5), {"stride": 1}, {"stride": (1, 0)}),
        ((1, 3), (1, 3), {"padding": (1, 0)}, {"padding": (-1, 0)}),
    ],
)
def test_local_impossible(check, size, bad_size, settings, bad_settings):
    """locally_connected2d_params answers what is possible and raises ValueError when no window fits"""
    check.locally_connected2d_params(1, 2, size, 3, **settings)
    check.raises(ValueError).locally_connected2d_params(1, 2, bad_size, 3, **bad_settings)


@question("locally_connected2d_params", points=1, hints="One place of the output: what is left of the difference?")
def test_local_with_one_place(check, student):
    """locally_connected2d_params equals conv2d_params when there is one place only, and linear_params then too"""
    here = check.locally_connected2d_params(3, 4, (5, 2), (5, 2))
    check.same(here, reference.conv2d_params(3, 4, (5, 2)), "one place: as many parameters as a convolution")
    check.same(here, reference.linear_params(3 * 5 * 2, 4), "one place: as many parameters as a dense layer")


# ----------------------------------------------------------------------------------------------- conv2d_macs


@question("conv2d_macs", points=3, after="conv2d_params", forbidden=LAYERS)
@pytest.mark.parametrize(
    ("channels", "filters", "size", "kernel_size"),
    [(1, 10, 28, 3), (3, 2, (5, 8), 2), (2, 5, (7, 4), (3, 1)), (4, 3, (6, 9), (2, 5)), (5, 6, (3, 4), 1)],
)
def test_macs(check, channels, filters, size, kernel_size):
    """conv2d_macs counts every product of every place, channel and filter"""
    check.conv2d_macs(channels, filters, size, kernel_size)


@question("conv2d_macs", points=3)
@pytest.mark.parametrize(
    ("size", "kernel_size", "settings"),
    [
        (9, 3, {"stride": 2}),
        ((4, 7), 3, {"padding": (1, 2)}),
        ((9, 7), (3, 2), {"dilation": (2, 3)}),
        ((11, 8), (2, 3), {"stride": (3, 1), "padding": (0, 1), "dilation": 2}),
    ],
)
def test_macs_settings(check, size, kernel_size, settings):
    """conv2d_macs honours stride, padding and dilation, different ones for height and width"""
    check.conv2d_macs(2, 3, size, kernel_size, **settings)


@question("conv2d_macs", points=2)
@pytest.mark.parametrize(("channels", "filters", "groups"), [(4, 6, 2), (9, 6, 3), (6, 6, 6), (4, 12, 4)])
def test_macs_groups(check, channels, filters, groups):
    """conv2d_macs computes no products between groups, down to depthwise layers"""
    check.conv2d_macs(channels, filters, (5, 6), (3, 2), groups=groups)


@question("conv2d_macs", points=1)
@pytest.mark.parametrize(
    ("size", "bad_size", "settings", "bad_settings"),
    [
        ((3, 4), (3, 2), {}, {}),
        ((5, 5), (4, 5), {"dilation": 2}, {"dilation": 2}),
        ((3, 4), (3, 4), {"groups": 2}, {"groups": 4}),
    ],
)
def test_macs_impossible(check, size, bad_size, settings, bad_settings):
    """conv2d_macs answers what is possible and raises ValueError for what is not"""
    check.conv2d_macs(4, 6, size, 3, **settings)
    check.raises(ValueError).conv2d_macs(4, 6, bad_size, 3, **bad_settings)


@question("conv2d_macs", points=1, hints="A connection is a product or a bias. LeNet-5 has 340 908 of them.")
def test_macs_of_lenet(check):
    """conv2d_macs and linear_macs find LeNet-5's 340 908 connections, together with one bias for each unit"""
    units = 4704 + 1176 + 1600 + 400 + 120 + 84
    subsampled = check.conv2d_macs(6, 6, 28, 2, stride=2, groups=6) + check.conv2d_macs(
        16, 16, 10, 2, stride=2, groups=16
    )
    partial = sum(check.conv2d_macs(len(row), 1, 14, 5) for row in published.LENET_TABLE)
    convolved = check.conv2d_macs(1, 6, 32, 5) + partial + check.conv2d_macs(16, 120, 5, 5)
    dense = reference.linear_macs(120, 84) + reference.linear_macs(84, 10)
    check.same(convolved + subsampled + dense + units, 340_908, "the number of LeNet-5's connections")


# ----------------------------------------------------------------------------------------------- linear_macs


@question("linear_macs", points=2, forbidden=LAYERS)
@pytest.mark.parametrize(("inputs", "units"), [(5, 3), (784, 6760), (1, 9), (7, 1)])
def test_linear_macs(check, inputs, units):
    """linear_macs counts one product for every weight"""
    check.linear_macs(inputs, units)


@question("linear_macs", points=1)
@pytest.mark.parametrize("bad", [(0, 3), (3, -1)])
def test_linear_macs_impossible(check, bad):
    """linear_macs answers what is possible and raises ValueError for layers without inputs or units"""
    check.linear_macs(4, 3)
    check.raises(ValueError).linear_macs(*bad)


# ------------------------------------------------------------------------------------------ activation_count

SQUASH = [conv(4, (3, 2)), RELU, pool(2), FLATTEN, linear(3)]


@question("activation_count", points=2.5, forbidden=LAYERS, hints="Write the shape down after each layer, by hand.")
@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([conv(10)], (1, 28, 28)),
        (SQUASH, (3, 9, 12)),
        ([conv(5, (1, 4), stride=(1, 2), padding=(1, 0)), NORM], (2, 6, 9)),
        ([conv(4, 3, dilation=(2, 1), groups=2), {"type": "dropout"}], (2, 7, 6)),
        ([local(3, (2, 4), stride=(2, 1), padding=(1, 0)), GAP, linear(2)], (2, 6, 9)),
        ([linear(6), RELU, NORM, linear(2)], (9,)),
    ],
)
def test_units(check, layers, shape):
    """activation_count follows the shape through every kind of layer"""
    check.activation_count(layers, shape)


@question("activation_count", points=2)
@pytest.mark.parametrize(
    "layers",
    [
        [pool(2), pool((3, 2))],
        [pool((2, 3), "avg_pool", stride=(1, 2))],
        [pool(3, stride=2, padding=1), pool(2, "subsample")],
        [pool((1, 2), "subsample")],
    ],
)
def test_units_of_pools(check, layers):
    """activation_count knows that a pool steps by its own size unless a stride is given"""
    check.activation_count(layers, (3, 13, 15))


@question("activation_count", points=2)
@pytest.mark.parametrize(
    "layers",
    [
        [branches("concat", [conv(3, 1)], [conv(5, 3, padding=1)], [])],
        [branches("add", [conv(2, 3, padding=1), NORM], []), pool(2)],
        [branches("concat", [pool(3, stride=1, padding=1), conv(4, 1)], [branches("add", [RELU], [])]), GAP],
        [side(GAP, linear(7)), conv(3)],
        [shared("b", conv(2, 3, padding=1)), shared("b", conv(2, 3, padding=1)), shared("c", conv(5, 2), FLATTEN)],
    ],
)
def test_units_of_blocks(check, layers):
    """activation_count adds or stacks what comes out of branches, and counts what blocks and heads hand on"""
    check.activation_count(layers, (2, 6, 7))


@question("activation_count", points=1.5)
@pytest.mark.parametrize(("network", "shape"), [("lenet5", LENET), ("alexnet", IMAGE), ("resnet18", IMAGE)])
def test_units_of_published_networks(check, network, shape):
    """activation_count of LeNet-5, AlexNet and ResNet-18"""
    check.activation_count(getattr(published, network)(), shape)


@question("activation_count", points=2)
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ([conv(1, (4, 5))], [conv(1, (5, 4))]),
        ([FLATTEN, linear(3)], [linear(3)]),
        ([GAP, linear(3)], [GAP, conv(3)]),
        ([branches("add", [conv(2, 1)], [])], [branches("add", [conv(3, 1)], [])]),
        ([branches("concat", [conv(3, 1)], [])], [branches("concat", [conv(3, 2)], [])]),
        ([{"type": "relu"}], [{"type": "attention"}]),
    ],
)
def test_units_impossible(check, good, bad):
    """activation_count answers what is possible and raises ValueError for layers that do not go together"""
    check.activation_count(good, (2, 4, 5))
    check.raises(ValueError).activation_count(bad, (2, 4, 5))


# -------------------------------------------------------------------------------------------- network_params


@question(
    "network_params", points=3, after=("linear_params", "conv2d_params", "locally_connected2d_params"), forbidden=LAYERS
)
@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([conv(10, 5), FLATTEN, linear(10)], (1, 28, 28)),
        ([conv(10, 5), pool(2), FLATTEN, linear(10)], (1, 28, 28)),
        ([conv(10, 5), GAP, linear(10)], (1, 28, 28)),
        ([linear(24), RELU, linear(10)], (784,)),
        (SQUASH, (3, 9, 12)),
        ([conv(4, (3, 2), stride=2, bias=False), FLATTEN, linear(3, bias=False)], (2, 7, 10)),
    ],
)
def test_network(check, layers, shape):
    """network_params follows the shape: the dense head decides whether a small CNN is smaller than an MLP"""
    check.network_params(layers, shape)


@question("network_params", points=1.5)
@pytest.mark.parametrize(
    "layers",
    [
        [conv(8, 3, groups=4), conv(8, (1, 2), groups=8, bias=False)],
        [conv(3, 2, table=[[0], [1, 3], [0, 1, 2]]), conv(2, (2, 3), table=[[2], [0, 1]], bias=False)],
        [conv(3, 2, table=None, dilation=2)],
    ],
)
def test_network_partly_connected(check, layers):
    """network_params counts for groups and tables only the channels that a filter sees"""
    check.network_params(layers, (4, 9, 8))


@question("network_params", points=1.5, hints="What does training change in a batch norm, and what is only measured?")
@pytest.mark.parametrize(
    "layers",
    [
        [conv(5, 3, bias=False), NORM, RELU],
        [GAP, linear(7), NORM],
        [pool(2, "subsample"), conv(3, 2), pool((1, 2), "subsample")],
        [pool(3, "avg_pool"), {"type": "dropout"}, pool(2), RELU],
    ],
)
def test_network_without_weights(check, layers):
    """network_params knows what batch norm, LeNet's subsampling and plain pooling have to learn"""
    check.network_params(layers, (4, 9, 12))


@question("network_params", points=1.5)
@pytest.mark.parametrize(
    "layers",
    [
        [local(3, (2, 3))],
        [local(2, 3, stride=(2, 1), padding=(0, 1), bias=False), RELU, conv(3, 2)],
        [conv(3, 2), local(2, (1, 4), padding=1)],
    ],
)
def test_network_without_sharing(check, layers):
    """network_params counts locally connected layers for each place of their output"""
    check.network_params(layers, (2, 7, 6))


@question("network_params", points=2)
@pytest.mark.parametrize(
    "layers",
    [
        [branches("concat", [conv(3, 1)], [conv(5, 3, padding=1), NORM], []), conv(4, 2)],
        [branches("add", [conv(6, 3, stride=2, padding=1)], [conv(6, 1, stride=2, bias=False), NORM]), GAP, linear(3)],
        [branches("add", [branches("concat", [conv(1, 1)], [conv(1, 1)])], []), FLATTEN, linear(2)],
        [conv(3, 2), side(pool(2), FLATTEN, linear(5)), GAP, linear(2)],
    ],
)
def test_network_branches(check, layers):
    """network_params counts all branches, projections and heads"""
    check.network_params(layers, (2, 6, 7))


@question("network_params", points=1.5, hints="The same name is the same block; equal layers of another name are not.")
@pytest.mark.parametrize(
    "layers",
    [
        [shared("a", conv(2, 3, padding=1), NORM), RELU, shared("a", conv(2, 3, padding=1), NORM)],
        [shared("a", conv(2, 1)), shared("b", conv(2, 1)), shared("a", conv(2, 1)), conv(2, 1)],
        [branches("concat", [shared("a", conv(3, 2))], [shared("a", conv(3, 2))]), side(shared("h", GAP, linear(4)))],
        [
            side(shared("h", GAP, linear(4))),
            conv(2, 3),
            branches("add", [shared("h", GAP, linear(4))], [GAP, linear(4)]),
        ],
    ],
)
def test_network_shared(check, layers):
    """network_params counts a shared block once, wherever it is used again"""
    check.network_params(layers, (2, 6, 7))


@question("network_params", points=1)
@pytest.mark.parametrize("network", ["lenet5", "lenet5_full"])
def test_network_lenet(check, network):
    """network_params of LeNet-5: 60 000 as published, 61 706 when every filter of C3 sees every map"""
    check.network_params(getattr(published, network)(), LENET)


@question("network_params", points=2)
@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ("alexnet", IMAGE),
        ("vgg16", IMAGE),
        ("vgg16_classifier", (512, 7, 7)),
    ],
)
def test_network_alexnet_and_vgg(check, network, shape):
    """network_params of AlexNet and VGG-16, whose dense layers hold most of the parameters"""
    check.network_params(getattr(published, network)(), shape)


@question("network_params", points=1)
@pytest.mark.parametrize("auxiliary", [False, True])
def test_network_googlenet(check, auxiliary):
    """network_params of GoogLeNet without and with its auxiliary heads"""
    check.network_params(published.googlenet(auxiliary), IMAGE)


@question("network_params", points=1)
@pytest.mark.parametrize("network", ["resnet18", "resnet50"])
def test_network_resnet(check, network):
    """network_params of ResNet-18 and ResNet-50"""
    check.network_params(getattr(published, network)(), IMAGE)


@question("network_params", points=1)
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ([conv(4, 3, groups=2)], [conv(3, 3, groups=2)]),
        ([FLATTEN, linear(3)], [linear(3)]),
        ([shared("a", conv(2, 1)), shared("a", conv(2, 1))], [shared("a", conv(3, 1)), shared("a", conv(3, 1))]),
        ([conv(3, (6, 7))], [conv(3, (7, 6))]),
    ],
)
def test_network_impossible(check, good, bad):
    """network_params answers what is possible and raises ValueError for networks that cannot be"""
    check.network_params(good, (2, 6, 7))
    check.raises(ValueError).network_params(bad, (2, 6, 7))


# ------------------------------------------------------------------------------------------ count_parameters


def weights(*shape):
    """A tensor of a shape, for layers whose values do not matter."""
    return torch.zeros(*shape)


DENSE = described.trainable(described.linear(weights(5, 4), weights(5)))
FILTERS = described.trainable(described.conv2d(weights(6, 2, 3, 2), weights(6), groups=2))
DEPTHWISE = described.trainable(described.conv2d(weights(4, 1, 3, 3), groups=4))
WORDS = described.embedding(7, 3)
UNWORDS = described.trainable(described.linear(weights(7, 3), weights(7)))


@question("count_parameters", points=2, hints="A module's parameters include those of all modules inside it.")
@pytest.mark.parametrize(
    "module",
    [DENSE, FILTERS, DEPTHWISE, described.sequence([FILTERS, described.relu(), described.flatten(), DENSE])],
    ids=["dense", "grouped", "depthwise", "several"],
)
def test_count_layers(check, module):
    """count_parameters of dense, grouped and depthwise layers"""
    check.count_parameters(module)


@question("count_parameters", points=1.5)
@pytest.mark.parametrize(
    "module",
    [
        described.tree({"body": described.tree({"first": DENSE, "second": described.tree({"third": FILTERS})})}),
        described.tree({"head": DENSE}, parameters={"scale": (3, 2), "shift": (2,)}),
        described.tree({}, parameters={"table": (4, 5)}),
    ],
    ids=["modules inside modules", "parameters of its own", "nothing but a parameter"],
)
def test_count_trees(check, module):
    """count_parameters finds every parameter, however deep, and those that stand directly in a module"""
    check.count_parameters(module)


@question("count_parameters", points=1.5, hints="Is everything that state_dict() holds changed by training?")
@pytest.mark.parametrize(
    "module",
    [
        described.network([conv(4, 3, bias=False), NORM, GAP, linear(3), NORM], (2, 5, 5)),
        described.tree({"head": DENSE}, buffers={"mean": (3, 4), "steps": ()}),
    ],
    ids=["batch norm", "buffers of its own"],
)
def test_count_buffers(check, module):
    """count_parameters leaves out buffers, such as the running statistics of batch norm"""
    check.count_parameters(module)


@question("count_parameters", points=1.5, hints="The same tensor in two places is one tensor.")
@pytest.mark.parametrize(
    "module",
    [
        described.tied([WORDS, UNWORDS]),
        described.tied([DENSE, DENSE, DENSE], ["weight", "bias"]),
        described.repeated(FILTERS, 3),
        described.network([shared("a", linear(4)), RELU, shared("a", linear(4)), linear(4)], (4,)),
    ],
    ids=["tied weight", "everything tied", "a module used again", "a block used again"],
)
def test_count_tied(check, module):
    """count_parameters counts tied tensors and modules that are used again once"""
    check.count_parameters(module)


@question("count_parameters", points=1.5)
@pytest.mark.parametrize("only", [True, False])
@pytest.mark.parametrize(
    "module",
    [
        described.sequence([described.frozen(FILTERS), DENSE]),
        described.frozen(described.sequence([DENSE, FILTERS])),
        described.sequence([described.frozen(described.tied([WORDS, UNWORDS])), DENSE]),
    ],
    ids=["frozen filters", "all frozen", "frozen and tied"],
)
def test_count_frozen(check, module, only):
    """count_parameters leaves out frozen parameters only when it is asked to"""
    check.count_parameters(module, trainable_only=only)


@question("count_parameters", points=2)
@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ("lenet5", LENET),
        ("lenet5_full", LENET),
        ("alexnet", IMAGE),
        ("vgg16", IMAGE),
        ("googlenet", IMAGE),
        ("resnet18", IMAGE),
        ("resnet50", IMAGE),
    ],
)
def test_count_published_networks(check, network, shape):
    """count_parameters of LeNet-5, AlexNet, VGG-16, GoogLeNet, ResNet-18 and ResNet-50"""
    check.count_parameters(described.network(getattr(published, network)(), shape))


# --------------------------------------------------------------------------------------------- conv2d_matrix


@question("conv2d_matrix", points=3, forbidden=CONVOLUTIONS, hints="Each row is one window, each column one pixel.")
@pytest.mark.parametrize(
    ("weight", "size"),
    [
        ((1, 1, 3, 3), 5),
        ((1, 1, 2, 2), (3, 5)),
        ((1, 1, 2, 3), (5, 4)),
        ((1, 1, 3, 1), (4, 2)),
        ((1, 1, 1, 1), (2, 3)),
        ((1, 1, 3, 4), (3, 4)),
    ],
)
def test_matrix(check, tensors, weight, size):
    """conv2d_matrix of one filter on one channel"""
    check.conv2d_matrix(tensors(*weight), size)


@question("conv2d_matrix", points=2)
@pytest.mark.parametrize(
    ("weight", "size"), [((2, 1, 2, 2), (3, 4)), ((1, 3, 2, 1), (4, 3)), ((3, 2, 2, 3), (3, 5)), ((2, 3, 1, 2), 3)]
)
def test_matrix_channels(check, tensors, weight, size):
    """conv2d_matrix of several filters and channels"""
    check.conv2d_matrix(tensors(*weight), size)


@question("conv2d_matrix", points=3, hints="The window of row i starts at row i * stride of the padded image.")
@pytest.mark.parametrize(
    ("size", "settings"),
    [
        ((6, 7), {"stride": 2}),
        ((5, 7), {"stride": (1, 3)}),
        ((7, 4), {"stride": (3, 1)}),
        ((3, 4), {"padding": 1}),
        ((2, 4), {"padding": (1, 0)}),
        ((4, 3), {"stride": (2, 1), "padding": (1, 2)}),
    ],
)
def test_matrix_settings(check, tensors, size, settings):
    """conv2d_matrix honours stride and padding, different ones for height and width"""
    check.conv2d_matrix(tensors(2, 2, 3, 2), size, **settings)


@question("conv2d_matrix", points=1)
@pytest.mark.parametrize("dtype", ["float64", "int64", "int32"])
def test_matrix_dtypes(check, tensors, dtype):
    """conv2d_matrix keeps the type of number and leaves the weight unchanged"""
    weight = tensors(2, 3, 2, 2, dtype=getattr(torch, dtype)).transpose(0, 1)
    check.inputs_unchanged.conv2d_matrix(weight, (3, 4), padding=1)


@question("conv2d_matrix", points=1)
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), ((2, 1), (0, 1))])
def test_matrix_convolves(check, student, tensors, stride, padding):
    """conv2d_matrix does to a flattened image what the convolution does to the image"""
    weight, x = tensors(2, 3, 2, 3, dtype=torch.float64), tensors(1, 3, 4, 5, dtype=torch.float64)
    due = reference.conv2d(x, weight, stride=stride, padding=padding).flatten()
    matrix = check.conv2d_matrix(weight, (4, 5), stride=stride, padding=padding)
    check.same(matrix @ x.flatten(), due, "matrix @ x.flatten() = conv2d(x).flatten()")


@question("conv2d_matrix", points=1)
@pytest.mark.parametrize(
    ("size", "bad_size", "settings", "bad_settings"),
    [
        ((3, 4), (2, 4), {}, {}),
        ((3, 4), (3, 4), {"stride": 1}, {"stride": 0}),
        ((1, 2), (1, 1), {"padding": (1, 0)}, {"padding": (1, 0)}),
    ],
)
def test_matrix_impossible(check, tensors, size, bad_size, settings, bad_settings):
    """conv2d_matrix answers what is possible and raises ValueError when no window fits"""
    weight = tensors(1, 2, 3, 2)
    check.conv2d_matrix(weight, size, **settings)
    check.raises(ValueError).conv2d_matrix(weight, bad_size, **bad_settings)


# -------------------------------------------------------------------------------------------- sharing_report


def counted(tensors, *shape):
    """The numbers 1, 2, 3 … in a tensor of a shape, on the device of the exam."""
    return torch.arange(1.0, prod(shape) + 1, device=tensors(1).device).reshape(shape)


@question("sharing_report", points=2)
@pytest.mark.parametrize(
    ("filters", "channels", "kernel", "size", "settings"),
    [
        (1, 1, (3, 3), (5, 5), {}),
        (2, 1, (2, 3), (4, 5), {}),
        (2, 3, (2, 2), (3, 4), {"stride": (1, 2)}),
        (1, 2, (3, 2), (3, 3), {"padding": 1}),
    ],
)
def test_report(check, tensors, filters, channels, kernel, size, settings):
    """sharing_report tells entries, connections and different weights of a convolution apart"""
    check.sharing_report(reference.conv2d_matrix(counted(tensors, filters, channels, *kernel), size, **settings))


@question("sharing_report", points=2)
@pytest.mark.parametrize(
    "rows",
    [
        [[0, 0, 0], [0, 0, 0]],
        [[1, 2, 3], [4, 5, 6]],
        [[-2, 2, 0, 2], [2, -2, 0, 5]],
        [[7, 7], [7, 7], [7, 7]],
        [[0.5, 0.25, 0.5], [-0.25, 0.0, 0.5]],
    ],
    ids=["zeros", "dense", "signs", "one weight", "fractions"],
)
def test_report_of_other_matrices(check, tensors, rows):
    """sharing_report of matrices with no zeros, nothing but zeros, signs and fractions"""
    check.sharing_report(torch.tensor(rows, device=tensors(1).device))


# --------------------------------------------------------------------------------------- locally_connected2d


@question("locally_connected2d", points=2, forbidden=CONVOLUTIONS)
@pytest.mark.parametrize(
    ("size", "kernel"), [((3, 3), (2, 2)), ((4, 6), (2, 3)), ((6, 4), (3, 3)), ((5, 4), (1, 2)), ((3, 5), (3, 5))]
)
def test_local_layer(check, tensors, size, kernel):
    """locally_connected2d uses the filter of each place, also when nothing is square"""
    places = [n - k + 1 for n, k in zip(size, kernel, strict=True)]
    check.locally_connected2d(tensors(1, 1, *size), tensors(*places, 1, 1, *kernel))


@question("locally_connected2d", points=2)
@pytest.mark.parametrize(
    ("n", "channels", "filters", "with_bias"), [(2, 3, 1, False), (1, 2, 3, True), (3, 1, 2, True), (2, 2, 2, True)]
)
def test_local_layer_channels(check, tensors, n, channels, filters, with_bias):
    """locally_connected2d adds up the channels and adds each unit's own bias"""
    bias = tensors(filters, 3, 4) if with_bias else None
    check.locally_connected2d(tensors(n, channels, 4, 6), tensors(3, 4, filters, channels, 2, 3), bias)


@question("locally_connected2d", points=1)
@pytest.mark.parametrize("dtype", ["float64", "int64", "int32"])
def test_local_layer_dtypes(check, tensors, dtype):
    """locally_connected2d works for every type of number and leaves its inputs unchanged"""
    kw = {"dtype": getattr(torch, dtype)}
    x, weight = tensors(2, 4, 3, 2, **kw).permute(0, 3, 1, 2), tensors(2, 3, 3, 2, 2, 2, **kw).transpose(0, 1)
    check.inputs_unchanged.locally_connected2d(x, weight, tensors(3, 3, 2, **kw))


@question("locally_connected2d", points=1, hints="What is a locally connected layer with the same filter everywhere?")
def test_local_layer_with_shared_filters(check, student, tensors):
    """locally_connected2d is a convolution when all places have the same filters"""
    kw = {"dtype": torch.float64}
    x, weight = tensors(2, 2, 5, 6, **kw), tensors(3, 2, 2, 3, **kw)
    answer = check.locally_connected2d(x, weight.expand(4, 4, 3, 2, 2, 3).contiguous())
    check.same(answer, reference.conv2d(x, weight), "the same filters everywhere: a convolution")


@question("locally_connected2d", points=1)
@pytest.mark.parametrize(
    ("bad_weight", "bad_bias"),
    [
        ((2, 4, 2, 2, 2, 2), (2, 2, 4)),
        ((3, 4, 2, 1, 2, 2), (2, 3, 4)),
        ((3, 4, 2, 2, 2, 2), (2, 1, 1)),
        ((3, 4, 2, 2, 2, 2), (3, 4, 2)),
    ],
)
def test_local_layer_impossible(check, tensors, bad_weight, bad_bias):
    """locally_connected2d answers what is possible and raises ValueError for shapes that do not go together"""
    x = tensors(1, 2, 4, 5)
    check.locally_connected2d(x, tensors(3, 4, 2, 2, 2, 2), tensors(2, 3, 4))
    check.raises(ValueError).locally_connected2d(x, tensors(*bad_weight), tensors(*bad_bias))
