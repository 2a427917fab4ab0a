"""Counts against torch's own modules, built and counted, and against what the authors of networks published."""

from itertools import pairwise
from math import prod

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convclass import reference
from convclass.reference import published
from convclass.sandbox import layers as modules

quick = settings(deadline=None, max_examples=60)
small = st.integers(1, 7)
pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
sizes = st.tuples(small, small)
paddings = st.tuples(st.integers(0, 2), st.integers(0, 2))
IMAGE, LENET = (3, 224, 224), (1, 32, 32)

# The totals are the published ones: LeCun et al. 1998 for LeNet-5, torchvision's documentation for the others.
PUBLISHED = {
    "lenet5": (published.lenet5(), LENET, 60_000),
    "lenet5_full": (published.lenet5_full(), LENET, 61_706),
    "alexnet": (published.alexnet(), IMAGE, 61_100_840),
    "vgg16": (published.vgg16(), IMAGE, 138_357_544),
    "vgg16's linear part": (published.vgg16_classifier(), (512, 7, 7), 123_642_856),
    "googlenet": (published.googlenet(auxiliary=False), IMAGE, 6_624_904),
    "googlenet with its heads": (published.googlenet(), IMAGE, 13_004_888),
    "resnet18": (published.resnet18(), IMAGE, 11_689_512),
    "resnet50": (published.resnet50(), IMAGE, 25_557_032),
}


def held(module):
    """The number of parameters by the tensors that a module saves, less its buffers."""
    buffers = {name for name, _ in module.named_buffers()}
    return sum(tensor.numel() for name, tensor in module.state_dict().items() if name not in buffers)


def multiplied(module, *shape):
    """The multiply-accumulates that torch counts while a module runs: it takes each for two operations."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        module.to("meta")(torch.empty(*shape))
    return counter.get_total_flops() // 2


@quick
@given(small, small, st.booleans())
def test_linear(inputs, units, bias):
    assert reference.linear_params(inputs, units, bias) == held(nn.Linear(inputs, units, bias))
    assert reference.linear_macs(inputs, units) == multiplied(nn.Linear(inputs, units), 1, inputs)


@quick
@given(st.lists(small, min_size=2, max_size=5), st.booleans())
def test_mlp(widths, bias):
    module = nn.Sequential(*(nn.Linear(a, b, bias) for a, b in pairwise(widths)))
    assert reference.mlp_params(widths, bias) == held(module)


@quick
@given(small, small, pairs, st.integers(1, 3), st.booleans())
def test_conv2d(channels, filters, kernel, groups, bias):
    channels, filters = channels * groups, filters * groups
    module = nn.Conv2d(channels, filters, kernel, groups=groups, bias=bias)
    assert reference.conv2d_params(channels, filters, kernel, groups, bias) == held(module)


@quick
@given(small, small, sizes, pairs, pairs, paddings, pairs, st.integers(1, 3))
def test_conv2d_macs(channels, filters, size, kernel, stride, padding, dilation, groups):
    fits = zip(size, kernel, padding, dilation, strict=True)
    assume(all(d * (k - 1) + 1 <= n + 2 * p for n, k, p, d in fits))
    channels, filters = channels * groups, filters * groups
    module = nn.Conv2d(channels, filters, kernel, stride, padding, dilation, groups)
    arguments = (channels, filters, size, kernel, stride, padding, dilation, groups)
    assert reference.conv2d_macs(*arguments) == multiplied(module, 1, channels, *size)


@quick
@given(small, small, sizes, pairs, pairs, paddings, st.booleans())
def test_locally_connected(channels, filters, size, kernel, stride, padding, bias):
    assume(all(k <= n + 2 * p for n, k, p in zip(size, kernel, padding, strict=True)))
    positions = nn.Unfold(kernel, stride=stride, padding=padding)(torch.empty(1, channels, *size)).shape[2]
    one = held(nn.Conv2d(channels, filters, kernel, bias=bias))
    arguments = (channels, filters, size, kernel, stride, padding, bias)
    assert reference.locally_connected2d_params(*arguments) == positions * one


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_have_their_published_numbers_of_parameters(name):
    layers, shape, parameters = PUBLISHED[name]
    assert reference.network_params(layers, shape) == parameters
    built = modules.network(layers, shape)
    assert held(built) == parameters
    assert reference.count_parameters(built) == parameters


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_units_of_published_networks_are_those_of_torchs_modules(name):
    layers, shape, _ = PUBLISHED[name]
    built = modules.network(layers, shape).to("meta").eval()
    x, units = torch.empty(1, *shape, device="meta"), []
    for module in built:
        x = module(x)
        units.append(prod(x.shape))
    assert reference.activation_count(layers, shape) == tuple(units)


def test_the_connections_of_lenet_are_those_that_its_authors_published():
    """LeCun et al. 1998 count 340 908: every product and every bias of every unit, and the 840 to the output."""
    layers, shape, _ = PUBLISHED["lenet5"]
    assert reference.activation_count(layers, shape) == (4704, 1176, 1600, 400, 120, 120, 84)
    c3 = sum(reference.conv2d_macs(len(row), 1, 14, 5) for row in published.LENET_TABLE)
    subsampled = [reference.conv2d_macs(n, n, size, 2, stride=2, groups=n) for n, size in ((6, 28), (16, 10))]
    dense = [reference.linear_macs(120, 84), reference.linear_macs(84, 10)]
    macs = reference.conv2d_macs(1, 6, 32, 5) + c3 + reference.conv2d_macs(16, 120, 5, 5) + sum(subsampled + dense)
    assert macs + 4704 + 1176 + 1600 + 400 + 120 + 84 == 340_908


def conv(filters, **settings):
    return {"type": "conv", "out_channels": filters, "kernel_size": (3, 2), **settings}


TOWER = {"type": "shared", "name": "tower", "layers": [conv(4, padding=(1, 0)), {"type": "batch_norm"}]}
ODD = {
    "grouped": [conv(8, groups=4, bias=False), {"type": "relu"}],
    "dilated and strided": [conv(5, stride=(1, 2), dilation=(2, 1), padding=1), {"type": "flatten"}],
    "locally connected": [
        {"type": "locally_connected", "out_channels": 3, "kernel_size": (2, 3), "stride": (2, 1), "padding": (0, 1)}
    ],
    "without bias": [
        {"type": "locally_connected", "out_channels": 3, "kernel_size": 2, "bias": False},
        {"type": "flatten"},
        {"type": "linear", "out_features": 2, "bias": False},
    ],
    "a table": [conv(3, table=[[0], [1, 3], [0, 1, 2, 3]])],
    "shared": [TOWER, TOWER, conv(4, padding=(1, 0))],
    "shared by branches": [{"type": "branches", "merge": "add", "paths": [[TOWER], [TOWER]]}],
    "a head": [{"type": "side", "layers": [{"type": "global_avg_pool"}, {"type": "linear", "out_features": 3}]}],
    "normalised features": [{"type": "global_avg_pool"}, {"type": "batch_norm"}, {"type": "dropout"}],
    "a path around": [{"type": "branches", "merge": "concat", "paths": [[], [{"type": "relu"}]]}, conv(1)],
    "pools": [
        {"type": "max_pool", "kernel_size": (2, 3), "stride": 1, "padding": 1},
        {"type": "avg_pool", "kernel_size": (1, 2)},
        {"type": "subsample", "kernel_size": 2},
    ],
}


@pytest.mark.parametrize("name", ODD)
def test_networks_of_every_kind_of_layer(name):
    shape = (4, 9, 8)
    built = modules.network(ODD[name], shape)
    expected = sum(p.numel() for p in built.parameters())
    assert reference.network_params(ODD[name], shape) == expected
    x = torch.empty(1, *shape, device="meta")
    units = [prod((x := module(x)).shape) for module in built.to("meta").eval()]
    assert reference.activation_count(ODD[name], shape) == tuple(units)


def test_what_torch_holds_is_counted_once_and_buffers_never():
    tied = modules.tied([modules.embedding(7, 3), nn.Linear(3, 7)])
    assert reference.count_parameters(tied) == 7 * 3 + 7
    assert reference.count_parameters(nn.BatchNorm2d(5)) == 10
    assert reference.count_parameters(nn.BatchNorm2d(5, affine=False)) == 0
    module = nn.Sequential(modules.frozen(nn.Linear(2, 3)), nn.Linear(3, 4))
    assert reference.count_parameters(module) == 25
    assert reference.count_parameters(module, trainable_only=True) == 16
    assert reference.count_parameters(modules.frozen(module), trainable_only=True) == 0


IMPOSSIBLE = {
    "linear_params": [((0, 3), "in_features must be at least 1"), ((3, -1), "out_features")],
    "mlp_params": [(([5],), "two widths"), (([],), "two widths"), (([5, 0, 2],), "at least 1")],
    "conv2d_params": [((3, 4, 3, 2), "does not divide"), ((3, 4, (3, 0)), "kernel_width"), ((0, 4, 3), "in_channels")],
    "locally_connected2d_params": [((1, 1, (3, 5), 4), "does not fit"), ((1, 1, 5, 3, 0), "stride")],
    "conv2d_macs": [((1, 1, 4, 3, 1, 0, 2), "does not fit"), ((4, 6, 5, 3, 1, 0, 1, 4), "does not divide")],
    "linear_macs": [((3, 0), "out_features")],
    "activation_count": [
        (([conv(1)], (1, 2, 5)), "does not fit"),
        (([{"type": "linear", "out_features": 3}], (1, 2, 5)), "linear cannot follow"),
        (([{"type": "flatten"}, conv(1)], (1, 5, 5)), "conv cannot follow"),
        (([{"type": "attention"}], (3,)), "no layer is of the type 'attention'"),
        (([], (3, 4)), "a shape is"),
        (([], (0,)), "at least 1"),
    ],
    "network_params": [
        (([conv(4, groups=2)], (3, 5, 5)), "does not divide"),
        (([conv(2, table=[[0], [3]])], (3, 5, 5)), "a table needs"),
        (([conv(2, table=[[0]])], (3, 5, 5)), "a table needs"),
        (([{"type": "branches", "merge": "add", "paths": [[conv(4)], []]}], (4, 5, 5)), "cannot be merged"),
        (([{"type": "branches", "merge": "concat", "paths": [[conv(4)], []]}], (4, 5, 5)), "cannot be merged"),
        (([{"type": "branches", "merge": "mean", "paths": [[], []]}], (4, 5, 5)), "cannot be merged"),
        (([{"type": "branches", "merge": "add", "paths": []}], (4, 5, 5)), "cannot be merged"),
        (([TOWER, TOWER], (3, 5, 5)), "'tower' has 84 parameters, and 108 are needed"),
        (([{"type": "shared", "name": "outer", "layers": [TOWER]}], (4, 5, 5)), "no other shared block"),
    ],
}


@pytest.mark.parametrize(
    ("function", "arguments", "reason"), [(name, *case) for name, cases in IMPOSSIBLE.items() for case in cases]
)
def test_the_impossible_is_refused(function, arguments, reason):
    with pytest.raises(ValueError, match=reason):
        getattr(reference, function)(*arguments)


def test_the_nearest_possible_is_counted():
    assert reference.mlp_params([784, 24, 10]) == 19_090
    assert reference.conv2d_params(3, 16, 3) == 448
    assert reference.network_params([TOWER, TOWER], (4, 5, 5)) == 108
    assert reference.activation_count([conv(1)], (1, 3, 5)) == (4,)


def test_the_figures_of_the_course():
    """Claims 3, 4, 5, 14 and 19."""
    assert reference.linear_params(784, 10, bias=False) == 7_840
    out = 10 * 26 * 26
    assert reference.conv2d_params(1, 10, 3) == 100
    assert reference.locally_connected2d_params(1, 10, 28, 3) == 67_600
    assert reference.linear_params(784, out) == 5_306_600
    assert (reference.conv2d_macs(1, 10, 28, 3), reference.linear_macs(784, out)) == (60_840, 5_299_840)
    assert reference.conv2d_params(3, 64, 3) == 1_792
    assert reference.linear_params(3 * 224 * 224, 64 * 224 * 224, bias=False) == 483_385_147_392
