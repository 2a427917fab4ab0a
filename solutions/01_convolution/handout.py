"""The numbers and pictures of handout.md: computed when the handout is released, never typed."""

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convclass.reference import conv2d, convolve2d, cross_correlate2d, output_size

IMAGE = np.array([[1, 2, 0, 1, 3], [0, 1, 2, 3, 1], [2, 0, 1, 1, 0], [1, 3, 2, 0, 2], [0, 1, 1, 2, 1]])
KERNEL = np.array([[1, 0, -1], [2, 0, -2], [1, 1, 0]])
PLACE = (1, 2)  # the place of the output that is worked out step by step

# Colours from Okabe and Ito's palette, which readers with any kind of colour vision can tell apart.
INK, PAPER, PALE, LINE, BLUE, ORANGE = "#222222", "#ffffff", "#eef2f5", "#9aa5ad", "#0072b2", "#e69f00"


def facts():
    """Every number that handout.md names."""
    return worked_example() | sizes() | sharing() | {"rgb_parameters": parameters(torch.nn.Conv2d(3, 16, 3))}


def worked_example():
    """The example by hand: image, kernel, one window with its products, and both answers."""
    i, j = PLACE
    window = IMAGE[i : i + 3, j : j + 3]
    products = window * KERNEL
    pairs = zip(window.flat, KERNEL.flat, strict=True)
    return {
        "image": table(IMAGE),
        "kernel": table(KERNEL),
        "window": table(window),
        "place": f"[{i}, {j}]",
        "terms": " + ".join(f"{a}·{b}" if b >= 0 else f"{a}·({signed(b)})" for a, b in pairs),
        "sum": products.sum(),
        "correlation": table(cross_correlate2d(IMAGE, KERNEL)),
        "convolution": table(convolve2d(IMAGE, KERNEL)),
    }


def sizes():
    """Rows (size, kernel, stride, padding, dilation, windows) that show the output-size rule at work."""
    requests = [(5, 3, 1, 0, 1), (5, 2, 1, 0, 1), (5, 2, 2, 0, 1), (5, 3, 1, 1, 1), (8, 3, 2, 0, 1), (9, 3, 2, 0, 3)]
    return {"sizes": [(*request, output_size(*request)) for request in requests]}


def sharing():
    """What locality and sharing save: entries of the unrolled matrix, then parameters and products of a layer."""
    matrix = unrolled(torch.arange(1.0, 10.0))
    out = output_size(28, 3)
    units, taps = 10 * out * out, 3 * 3
    products = int(conv2d(torch.ones(1, 1, 28, 28), torch.ones(10, 1, 3, 3)).sum())
    return {
        "entries": grouped(matrix.numel()),
        "nonzero": grouped(int((matrix != 0).sum())),
        "distinct": grouped(len(matrix[matrix != 0].unique())),
        "out": out,
        "units": grouped(units),
        "convolution_parameters": parameters(torch.nn.Conv2d(1, 10, 3)),
        "local_parameters": grouped(units * taps + units),
        "dense_parameters": parameters(torch.nn.Linear(28 * 28, units, device="meta")),
        "convolution_products": grouped(products),
        "local_products": grouped(units * taps),
        "dense_products": grouped(torch.nn.Linear(28 * 28, units, device="meta").weight.numel()),
    }


def unrolled(weights):
    """The matrix (9, 25) that does to a flattened 5×5 image what the 3×3 kernel `weights` does to the image."""
    pixels = torch.eye(25).reshape(25, 1, 5, 5)
    return conv2d(pixels, weights.reshape(1, 1, 3, 3)).reshape(25, 9).T


def figures():
    """The pictures of handout.md."""
    return {"window": window_figure(), "geometry": geometry_figure(), "sharing": sharing_figure()}


def window_figure():
    """The window of one output place: the pixels under it, the kernel, the products, and where their sum goes."""
    i, j = PLACE
    window = IMAGE[i : i + 3, j : j + 3]
    answer = cross_correlate2d(IMAGE, KERNEL)
    figure, axes = panel(12.2, 17.6, 6.9)
    grid(axes, IMAGE, (0, 0.3), "image, 5 × 5", {(i + r, j + c): BLUE for r in range(3) for c in range(3)})
    frame(axes, (j, 0.3 + i), 3, 3, BLUE)
    grid(axes, KERNEL, (6.1, 1.3), "kernel, 3 × 3", {})
    grid(axes, window * KERNEL, (10.2, 1.3), "products", {})
    grid(axes, answer, (14.3, 1.3), "output, 3 × 3", {PLACE: ORANGE})
    frame(axes, (14.3 + j, 1.3 + i), 1, 1, ORANGE)
    for x, sign in ((5.55, "×"), (9.65, "="), (13.75, "Σ")):
        axes.text(x, 2.8, sign, ha="center", va="center", fontsize=19, color=INK)
    axes.text(11.7, 4.75, f"their sum is {signed(answer[PLACE])}", ha="center", va="center", fontsize=12, color=INK)
    return figure


def geometry_figure():
    """Four ways to lay a 3×3 kernel on a 5×5 image: the first window, the next one, and the size of the output."""
    cases = [
        ("plain", {}),
        ("stride=2", {"stride": 2}),
        ("padding=1", {"padding": 1}),
        ("dilation=2", {"dilation": 2}),
    ]
    figure, axes = panel(12.2, 31.0, 10.6)
    for number, (title, settings) in enumerate(cases):
        geometry(axes, 1 + 7.7 * number, 1.6, title, **settings)
    return figure


def geometry(axes, x, y, title, stride=1, padding=0, dilation=1):
    """One case of the geometry figure, its image's upper left corner at (x, y)."""
    size = output_size(5, 3, stride, padding, dilation)
    for row in range(-padding, 5 + padding):
        for column in range(-padding, 5 + padding):
            inside = 0 <= row < 5 and 0 <= column < 5
            square(axes, (x + column, y + row), PALE if inside else PAPER, dashed=not inside)
    taps = [(dilation * r, dilation * c) for r in range(3) for c in range(3)]
    for row, column in taps:
        axes.plot(x - padding + column + 0.5, y - padding + row + 0.5, "o", color=BLUE, markersize=8)
    span = dilation * 2 + 1
    frame(axes, (x - padding, y - padding), span, span, BLUE)
    if size > 1:
        frame(axes, (x - padding + stride, y - padding + 0.12), span, span - 0.24, ORANGE, dashed=True)
    axes.text(x + 2.5, -0.4, title, ha="center", va="center", fontsize=13, color=INK, weight="bold")
    note = f"output {size} × {size}"
    axes.text(x + 2.5, y + 7.1, note, ha="center", va="center", fontsize=13, color=INK)


def sharing_figure():
    """Three matrices from a 5×5 image to a 3×3 output: dense, locally connected, convolution."""
    figure, axes = panel(8.4, 25.4, 36.3)
    shared = unrolled(torch.arange(1.0, 10.0)).int()
    local = torch.where(shared > 0, torch.arange(1, 226).reshape(9, 25), 0)
    dense = torch.arange(1, 226).reshape(9, 25)
    layers = [("dense layer", dense), ("locally connected layer", local), ("convolution layer", shared)]
    for number, (title, matrix) in enumerate(layers):
        weights = len(matrix[matrix > 0].unique())
        heading = f"{title}: {weights} different weights in {int((matrix > 0).sum())} connections"
        y = 1.9 + 12 * number
        axes.text(0, y - 0.75, heading, fontsize=11.5, color=INK, weight="bold", va="center")
        colours(axes, matrix, y, digits=matrix is shared)
    return figure


def colours(axes, matrix, y, digits):
    """A matrix as coloured squares: equal weights in equal colours, numbered where there are few; zero is white."""
    rows, columns = matrix.shape
    axes.hlines(y + np.arange(rows + 1), 0, columns, color=LINE, linewidth=0.8)
    axes.vlines(np.arange(columns + 1), y, y + rows, color=LINE, linewidth=0.8)
    for row, column in np.argwhere(matrix.numpy()):
        weight = int(matrix[row, column])
        shade = (weight - 1) / 8 if digits else weight * 0.618034 % 1  # far-apart shades for neighbours
        square(axes, (column, y + row), colormaps["cividis"](shade))
        if digits:
            ink = PAPER if shade < 0.5 else "#000000"
            axes.text(column + 0.5, y + row + 0.5, str(weight), ha="center", va="center", fontsize=10, color=ink)


def panel(width, columns, rows):
    """A figure `width` inches wide whose only axes count squares from the upper left corner."""
    figure = Figure(figsize=(width, width * rows / columns), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.2, columns - 0.2), ylim=(rows - 1.0, -1.0), aspect="equal")
    axes.axis("off")
    return figure, axes


def grid(axes, values, corner, title, highlighted):
    """A matrix of numbers under its title; highlighted entries are written in their colour."""
    x, y = corner
    for (row, column), value in np.ndenumerate(values):
        square(axes, (x + column, y + row), PALE)
        colour = highlighted.get((row, column), INK)
        weight = "bold" if (row, column) in highlighted else "normal"
        centre = (x + column + 0.5, y + row + 0.5)
        axes.text(*centre, signed(value), ha="center", va="center", fontsize=13, color=INK, weight=weight)
        if (row, column) in highlighted:
            axes.add_patch(Rectangle((x + column, y + row), 1, 1, facecolor=colour, alpha=0.22, edgecolor="none"))
    axes.text(x + values.shape[1] / 2, y - 0.45, title, ha="center", va="center", fontsize=12, color=INK)


def square(axes, corner, colour, dashed=False):
    """One pixel."""
    style = (0, (3, 3)) if dashed else "solid"
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=colour, edgecolor=LINE, linewidth=0.8, linestyle=style))


def frame(axes, corner, width, height, colour, dashed=False):
    """The outline of a window."""
    style = (0, (4, 2)) if dashed else "solid"
    patch = Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=2.6, linestyle=style, zorder=3)
    axes.add_patch(patch)


def table(values):
    """A matrix as lines of right-aligned numbers."""
    width = max(len(signed(value)) for value in values.flat)
    return "\n".join(" ".join(signed(value).rjust(width) for value in row) for row in values)


def signed(value):
    """A whole number with a real minus sign."""
    return str(value).replace("-", "\N{MINUS SIGN}")


def parameters(layer):
    """The number of a layer's parameters, grouped for reading."""
    return grouped(sum(parameter.numel() for parameter in layer.parameters()))


def grouped(number):
    """Digits in groups of three, kept on one line."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
