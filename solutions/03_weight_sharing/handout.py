"""The numbers and pictures of handout.md: computed when the handout is released, never typed."""

from math import prod

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convclass import reference
from convclass.reference import published

# Colours from Okabe and Ito's palette, which readers with any kind of colour vision can tell apart.
INK, PAPER, LINE, BLUE, ORANGE = "#222222", "#ffffff", "#9aa5ad", "#0072b2", "#e69f00"
IMAGE = (3, 224, 224)
OUT = 26  # the size of the output of a 3 × 3 kernel on 28 × 28 pixels
NETWORKS = [
    ("LeNet-5", published.lenet5(), (1, 32, 32)),
    ("AlexNet", published.alexnet(), IMAGE),
    ("VGG-16", published.vgg16(), IMAGE),
    ("GoogLeNet", published.googlenet(auxiliary=False), IMAGE),
    ("ResNet-18", published.resnet18(), IMAGE),
    ("ResNet-50", published.resnet50(), IMAGE),
]


def facts():
    """Every number that handout.md names."""
    return small_layers() | counters() | small_networks() | big_networks() | vgg() | matrices()


def small_layers():
    """Single layers that the text works out."""
    return {
        "dense_784": grouped(reference.linear_params(784, 10, bias=False)),
        "mlp": grouped(reference.mlp_params([784, 24, 10])),
        "colour": grouped(reference.conv2d_params(3, 16, 3)),
        "grouped_layer": grouped(reference.conv2d_params(8, 12, 3, groups=4)),
        "units_784": grouped(reference.activation_count([published.conv(10, 3)], (1, 28, 28))[0]),
    }


def layers():
    """(name, parameters, products) of three layers from 28 × 28 pixels to ten maps of 26 × 26 numbers."""
    units = 10 * OUT * OUT
    convolved = reference.conv2d_macs(1, 10, 28, 3)
    return [
        ("dense", reference.linear_params(784, units), reference.linear_macs(784, units)),
        ("locally connected", reference.locally_connected2d_params(1, 10, 28, 3), convolved),
        ("convolution", reference.conv2d_params(1, 10, 3), convolved),
    ]


def counters():
    """The three layers as rows of a table."""
    return {"layers": [(name, grouped(parameters), grouped(products)) for name, parameters, products in layers()]}


def small_networks():
    """Small networks for 28 × 28 pixels: name, layers in words, parameters, units of the convolution."""
    conv, pool, dense = published.conv(10, 5), {"type": "max_pool", "kernel_size": 2}, published.linear(10)
    flat, gap = {"type": "flatten"}, {"type": "global_avg_pool"}
    rows = [
        ("ten 5 × 5 filters", [conv]),
        ("… and a dense layer", [conv, flat, dense]),
        ("… with pooling between them", [conv, pool, flat, dense]),
        ("… with global average pooling instead", [conv, gap, dense]),
        ("MLP 784–24–10", [flat, published.linear(24), dense]),
    ]
    shape = (1, 28, 28)
    return {"networks": [(name, grouped(reference.network_params(n, shape)), units(n, shape)) for name, n in rows]}


def units(network, shape):
    """The units of the layers that compute something, joined by arrows."""
    counts = zip(network, reference.activation_count(network, shape), strict=True)
    return " → ".join(grouped(count) for layer, count in counts if layer["type"] != "flatten")


def big_networks():
    """Published networks: name, parameters in all, and in their dense layers."""
    lenet = published.lenet5()
    counts = zip(lenet, reference.activation_count(lenet, (1, 32, 32)), strict=True)
    units = [count for layer, count in counts if layer["type"] != "flatten"]
    return {
        "published": [(name, grouped(sum(both := split(n, shape))), share(*both)) for name, n, shape in NETWORKS],
        "lenet_full": grouped(reference.network_params(published.lenet5_full(), (1, 32, 32))),
        "lenet": grouped(reference.network_params(lenet, (1, 32, 32))),
        "lenet_units": grouped(sum(units)),
        "lenet_connections": grouped(lenet_products() + sum(units)),
        "googlenet_heads": grouped(reference.network_params(published.googlenet(), IMAGE)),
    }


def lenet_products():
    """The products of LeNet-5, with those of its output layer."""
    table = published.LENET_TABLE
    convolved = [(1, 6, 32, 5), *((len(row), 1, 14, 5) for row in table), (16, 120, 5, 5)]
    subsampled = [reference.conv2d_macs(n, n, size, 2, stride=2, groups=n) for n, size in ((6, 28), (16, 10))]
    dense = [reference.linear_macs(120, 84), reference.linear_macs(84, 10)]
    return sum(reference.conv2d_macs(*layer) for layer in convolved) + sum(subsampled + dense)


def split(network, shape):
    """The parameters of a network: outside and inside of its dense layers."""
    whole = reference.network_params(network, shape)
    inputs = [prod(shape), *reference.activation_count(network, shape)]
    pairs = zip(inputs, network, strict=False)
    dense = sum(reference.linear_params(n, layer["out_features"]) for n, layer in pairs if layer["type"] == "linear")
    return whole - dense, dense


def share(others, dense):
    """The share of the dense layers in per cent."""
    return f"{100 * dense / (others + dense):.0f} %"


def vgg():
    """VGG-16's first layer as a convolution and as a dense layer."""
    inputs, units = prod(IMAGE), 64 * 224 * 224
    image, kernel = torch.ones(1, 1, 224, 224), torch.ones(1, 1, 3, 3)
    connections = int(reference.conv2d(image, kernel, padding=1).sum())
    weights = reference.linear_params(inputs, units, bias=False)
    return {
        "vgg_conv": grouped(reference.conv2d_params(3, 64, 3)),
        "vgg_dense": grouped(weights),
        "vgg_nonzero": grouped(3 * 64 * connections),
        "vgg_share": f"{100 * 3 * 64 * connections / weights:.3f} %",
        "vgg_classifier": grouped(reference.network_params(published.vgg16_classifier(), (512, 7, 7))),
    }


WEIGHTS = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
SETTINGS = [("plain", {}), ("stride=2", {"stride": 2}), ("padding=1", {"padding": 1})]


def matrices():
    """What sharing_report says about the pictured matrices, and a tiny one written out."""
    reports = [reference.sharing_report(reference.conv2d_matrix(WEIGHTS, 5, **kw)) for _, kw in SETTINGS]
    entries, nonzero, distinct = reports[0]
    small = reference.conv2d_matrix(torch.tensor([[[[1, 2], [3, 4]]]]), (2, 3))
    return {
        "entries": entries,
        "nonzero": nonzero,
        "distinct": distinct,
        "reports": [(name, *report) for (name, _), report in zip(SETTINGS, reports, strict=True)],
        "small": "\n".join(" ".join(str(n) for n in row) for row in small.tolist()),
    }


def figures():
    """The pictures of handout.md."""
    return {"matrix": matrix_figure(), "counters": counters_figure(), "networks": networks_figure()}


def matrix_figure():
    """The matrices of a 3 × 3 kernel on a 5 × 5 image, equal entries in equal colours."""
    shown = [(name, reference.conv2d_matrix(WEIGHTS, 5, **kw).int()) for name, kw in SETTINGS]
    rows = sum(len(matrix) + 3 for _, matrix in shown)
    figure = Figure(figsize=(8.4, 8.4 * rows / 29), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-3.3, 25.7), ylim=(rows - 0.5, -0.5), aspect="equal")
    axes.axis("off")
    y = 2
    for name, matrix in shown:
        heading = f"{name}: {len(matrix)} units from 25 pixels, {int((matrix != 0).sum())} connections, 9 weights"
        axes.text(0, y - 0.7, heading, fontsize=12, color=INK, weight="bold", va="center")
        coloured(axes, matrix, y)
        y += len(matrix) + 3
    return figure


def coloured(axes, matrix, y):
    """A matrix as coloured and numbered squares; zero is white. Rows of the image are marked along the edges."""
    rows, columns = matrix.shape
    for row in range(rows + 1):
        axes.hlines(y + row, 0, columns, color=LINE, linewidth=0.6)
    for column in range(columns + 1):
        heavy = column % 5 == 0
        axes.vlines(column, y, y + rows, color=INK if heavy else LINE, linewidth=1.3 if heavy else 0.6, zorder=3)
    for row, column in np.argwhere(matrix.numpy()):
        weight = int(matrix[row, column])
        shade = (weight - 1) / 8
        axes.add_patch(Rectangle((column, y + row), 1, 1, facecolor=colormaps["cividis"](shade), edgecolor=LINE))
        ink = PAPER if shade < 0.5 else "#000000"
        axes.text(column + 0.5, y + row + 0.5, str(weight), ha="center", va="center", fontsize=10, color=ink)
    axes.text(-0.4, y + rows / 2, "one row\nper unit", ha="right", va="center", fontsize=10, color=INK)


def counters_figure():
    """Parameters and products of three layers, on a logarithmic axis."""
    figure, axes = plot(8.4, 3.3)
    for place, (_, parameters, products) in enumerate(layers()):
        bar(axes, place - 0.2, parameters, BLUE)
        bar(axes, place + 0.2, products, ORANGE)
    axes.set_yticks(range(3), [name for name, _, _ in layers()], fontsize=12)
    axes.set(xscale="log", xlim=(10, 3e8), ylim=(2.6, -0.5))
    legend(axes, [("parameters", BLUE), ("multiply–accumulates", ORANGE)])
    figure.tight_layout()
    return figure


def bar(axes, place, value, colour):
    """A bar with its number at its end."""
    axes.barh(place, value, height=0.36, color=colour)
    axes.text(value * 1.15, place, grouped(value), va="center", fontsize=11, color=INK)


def networks_figure():
    """The parameters of published networks, in dense and in other layers."""
    figure, axes = plot(8.4, 3.9)
    for place, (_, network, shape) in enumerate(NETWORKS):
        others, dense = (count / 1e6 for count in split(network, shape))
        axes.barh(place, others, height=0.6, color=BLUE)
        axes.barh(place, dense, left=others, height=0.6, color=ORANGE)
        words = f"{others + dense:.2f} million, {share(others, dense)} of them in dense layers"
        axes.text(others + dense + 1.5, place, words, va="center", fontsize=10.5, color=INK)
    axes.set_yticks(range(len(NETWORKS)), [name for name, _, _ in NETWORKS], fontsize=12)
    axes.set(xlim=(0, 235), ylim=(len(NETWORKS) - 0.4, -0.5))
    axes.set_xticks([0, 50, 100, 150])
    axes.set_xlabel("parameters in millions", fontsize=11, color=INK, loc="left")
    legend(axes, [("convolutions, norms and pools", BLUE), ("dense layers", ORANGE)])
    figure.tight_layout()
    return figure


def legend(axes, names):
    """Which colour is which, in one line above the bars."""
    patches = [Rectangle((0, 0), 1, 1, color=colour, label=name) for name, colour in names]
    axes.legend(handles=patches, loc="lower left", bbox_to_anchor=(-0.01, 0.97), ncols=2, frameon=False, fontsize=12)


def plot(width, height):
    """A figure with plain axes for horizontal bars."""
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    axes = figure.add_subplot()
    axes.tick_params(axis="y", length=0, colors=INK)
    axes.tick_params(axis="x", colors=INK, labelsize=10)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure, axes


def grouped(number):
    """Digits in groups of three, kept on one line."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
