"""The numbers and pictures of handout.md: computed when the handout is released, never typed."""

import statistics

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch.nn.functional import conv2d, pad

from convclass.reference import (
    blur_pool2d,
    commuting_shifts,
    equivariance_error,
    invariance_error,
    lift_p4,
    symmetry_table,
    translate,
)

ROW = (3, 1, 4, 1, 5, 9)  # of the worked example
DRAWS = 101  # a median of so many random layers and images does not depend on one lucky draw
EXACT = 1e-12  # relative errors below this are rounding

# Colours from Okabe and Ito's palette, which readers with any kind of colour vision can tell apart.
INK, PAPER, PALE, LINE, BLUE, ORANGE = "#222222", "#ffffff", "#eef2f5", "#9aa5ad", "#0072b2", "#e69f00"


def facts():
    """Every number that handout.md names."""
    return worked_example() | errors() | edges() | {"table": tables(), "shifts": listed(commuting_shifts(3, 7))}


def worked_example():
    """A row of six pixels, every second of which is kept: moved by two pixels, and by one."""
    x = torch.tensor(ROW, dtype=torch.float64).reshape(1, 1, 1, -1)
    names = {"kept": every_second(x)}
    for by in (1, 2):
        moved = translate(x, (0, by))
        names |= {f"row_{by}": pixels(moved), f"kept_{by}": pixels(every_second(moved))}
    error = equivariance_error(every_second, lambda x: translate(x, (0, 1)), lambda y: y, x)
    difference = every_second(translate(x, (0, 1))) - every_second(x)
    return names | {
        "row": pixels(x),
        "kept": pixels(every_second(x)),
        "kept_moved": pixels(translate(every_second(x), (0, 1))),
        "difference_squares": int((difference**2).sum()),
        "kept_squares": int((every_second(x) ** 2).sum()),
        "row_error": f"{error:.2f}",
    }


def errors():
    """Medians over random images and layers of the errors that the handout's tables name."""
    measured = [measure(np.random.default_rng(seed)) for seed in range(DRAWS)]
    return {name: rounded(statistics.median(one[name] for one in measured)) for name in measured[0]}


def measure(generator):
    """All errors for random layers, in float64: on a random image of 16 × 16 pixels, and of the means on a drawing."""

    def draw(*shape):
        return torch.from_numpy(generator.normal(size=shape))

    x, weight, one, two = draw(1, 1, 16, 16), draw(1, 1, 3, 3), by(0, 1), by(0, 2)
    far = pad(draw(1, 1, 8, 8), (4, 4, 4, 4))
    symmetric = sum(torch.rot90(weight, turns, (2, 3)) for turns in range(4))
    own = draw(14, 14, 3, 3)
    features = circular(draw(8, 1, 3, 3))
    dense = draw(256, 256)
    means = lambda x: features(x).relu().mean((2, 3))  # noqa: E731
    return {
        "circular": equivariance_error(circular(weight), one, one, x),
        "interior": equivariance_error(zero_padded(weight), one, one, far),
        "zero_padding": equivariance_error(zero_padded(weight), one, one, x),
        "stride_two": equivariance_error(lambda x: every_second(circular(weight)(x)), two, one, x),
        "stride_one": equivariance_error(lambda x: every_second(circular(weight)(x)), one, lambda y: y, x),
        "local": equivariance_error(locally_connected(own), one, one, x),
        "dense": equivariance_error(lambda x: (dense @ x.flatten()).reshape(x.shape), one, one, x),
        "turn": equivariance_error(circular(weight), quarter, quarter, x),
        "symmetric_turn": equivariance_error(circular(symmetric), quarter, quarter, x),
        "subsampled": invariance_error(every_second, one, x),
        "blurred": invariance_error(blur_pool2d, one, x),
        "mean_moved": invariance_error(means, by(3, 5), drawing()),
        "mean_turned": invariance_error(means, quarter, drawing()),
        "mean_enlarged": invariance_error(means, enlarged, drawing()),
    }


def edges():
    """On how many of 256 pixels a constant image is not constant any more, after 1 to 4 zero-padded layers."""
    counts = [int(differing(depth).sum()) for depth in range(1, 5)]
    return {"edge_counts": counts, "edge_list": ", ".join(map(str, counts[:-1])) + f" and {counts[-1]}"}


def differing(depth):
    """Which pixels of a constant image of 16 × 16 pixels differ from the middle, in any of four channels."""
    generator = np.random.default_rng(0)
    x = torch.ones(1, 4, 16, 16, dtype=torch.float64)
    for _ in range(depth):
        x = zero_padded(torch.from_numpy(generator.normal(size=(4, 4, 3, 3))))(x)
    middle = x[..., 8:9, 8:9]
    return ((x - middle).abs() > 1e-9 * x.abs().max()).any(1)[0]


def tables():
    """symmetry_table of some layers, as rows of a table."""
    generator = np.random.default_rng(0)
    x, weight = (torch.from_numpy(generator.normal(size=s)) for s in ((2, 1, 8, 8), (3, 1, 3, 3)))
    dense = torch.from_numpy(generator.normal(size=(64, 5)))
    functions = {
        "ReLU": torch.relu,
        "convolution, circular": circular(weight),
        "convolution, zero padding": zero_padded(weight),
        "convolution, kernel that turns allow": circular(sum(torch.rot90(weight, n, (2, 3)) for n in range(4))),
        "max pooling, 2 × 2": lambda x: torch.nn.functional.max_pool2d(x, 2),
        "circular convolution, ReLU, mean of all pixels": lambda x: circular(weight)(x).relu().mean((2, 3)),
        "flatten and dense": lambda x: x.flatten(1) @ dense,
    }
    return [(name, *symmetry_table(f, x).values()) for name, f in functions.items()]


def by(down, right):
    return lambda x: translate(x, (down, right))


def quarter(x):
    return torch.rot90(x, 1, (-2, -1))


def enlarged(x):
    """Every pixel twice, down and across."""
    return x.repeat_interleave(2, -2).repeat_interleave(2, -1)


def every_second(x):
    """Every second column, and every second row where there are several."""
    return x[..., :: min(2, x.shape[-2]), ::2]


def circular(weight):
    return lambda x: conv2d(pad(x, (1, 1, 1, 1), mode="circular"), weight)


def zero_padded(weight):
    return lambda x: conv2d(x, weight, padding=1)


def locally_connected(weight):
    """A 3 × 3 filter of its own for each of 14 × 14 places."""
    return lambda x: torch.einsum("ncijuv,ijuv->nij", x.unfold(2, 3, 1).unfold(3, 3, 1), weight)[:, None]


def figures():
    """The pictures of handout.md."""
    return {"shifting": shifting_figure(), "edge": edge_figure(), "turns": turns_figure()}


def shifting_figure():
    """An object and its shifted copy, and what three layers make of them, once in each order."""
    x = drawing()
    generator = np.random.default_rng(3)
    dense = torch.from_numpy(generator.normal(size=(64, 64)))
    edge = torch.tensor([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]], dtype=torch.float64)
    layers = [
        ("convolution", circular(edge), by(0, 1)),
        ("convolution, stride 2", lambda x: every_second(circular(edge)(x)), lambda y: y),
        ("dense layer", lambda x: (dense @ x.flatten()).reshape(1, 1, 8, 8), by(0, 1)),
    ]
    figure = Figure(figsize=(10.4, 7.7), facecolor=PAPER)
    axes = figure.subplots(3, 5, gridspec_kw={"left": 0.015, "right": 0.985, "top": 0.9, "bottom": 0.02, "hspace": 0.3})
    for row, (name, f, g_out) in zip(axes, layers, strict=True):
        moved_last, moved_first = g_out(f(x)), f(by(0, 1)(x))
        error = equivariance_error(f, by(0, 1), g_out, x)
        panels = [x, by(0, 1)(x), moved_last, moved_first, moved_first - moved_last]
        limit = float(torch.cat([moved_last, moved_first]).abs().max())
        for place, (image, spot) in enumerate(zip(panels, row, strict=True)):
            show(spot, image, 1.0 if place < 2 else limit)
        row[0].set_title(name, loc="left", fontsize=13, weight="bold", color=INK)
        row[4].set_title(f"error {rounded(error)}", fontsize=12, color=INK)
    heads = ("x", "g(x)", "first f,\nthen g′", "first g,\nthen f", "difference")
    for place, head in enumerate(heads):
        figure.text(0.11 + 0.195 * place, 0.955, head, ha="center", va="center", fontsize=13, color=INK)
    return figure


def drawing():
    """An image of 8 × 8 pixels that holds a small letter F."""
    x = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    x[..., 1:6, 2] = x[..., 1, 2:5] = x[..., 3, 2:4] = 1.0
    return x


def show(axes, image, limit):
    """One map in a colour scale from -limit (orange) over 0 (white) to limit (blue), with a line around each pixel."""
    from matplotlib.colors import LinearSegmentedColormap

    values = image.reshape(image.shape[-2:]).numpy()
    scale = LinearSegmentedColormap.from_list("orange to blue", [ORANGE, PAPER, BLUE])
    height, width = values.shape
    for (row, column), value in np.ndenumerate(values):
        colour = scale(0.5 + 0.5 * value / limit)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor=LINE, linewidth=0.6))
    axes.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal")
    axes.axis("off")


def edge_figure():
    """Where a constant image is not constant any more, after one to four zero-padded convolutions."""
    figure = Figure(figsize=(10.4, 3.1), facecolor=PAPER)
    axes = figure.subplots(1, 4, gridspec_kw={"left": 0.01, "right": 0.99, "top": 0.86, "bottom": 0.02, "wspace": 0.08})
    for depth, spot in enumerate(axes, 1):
        changed = differing(depth).double()
        show(spot, changed[None, None], 1.0)
        layers = "layer" if depth == 1 else "layers"
        spot.set_title(f"{depth} {layers}: {int(changed.sum())} of 256", fontsize=12.5, color=INK)
    return figure


def turns_figure():
    """The four maps of a lifting layer for an image, and for the image turned by a quarter."""
    x = drawing()
    kernel = torch.tensor([[[[0.0, 1, 0], [0, 1, 0], [0, 0, 0]]]], dtype=torch.float64)
    figure = Figure(figsize=(10.4, 4.6), facecolor=PAPER)
    axes = figure.subplots(2, 5, gridspec_kw={"left": 0.015, "right": 0.985, "top": 0.9, "bottom": 0.02, "hspace": 0.2})
    for row, image, name in zip(axes, (x, quarter(x)), ("image", "turned image"), strict=True):
        maps = lift_p4(image, kernel)[0, 0]
        show(row[0], image, 1.0)
        row[0].set_title(name, fontsize=12.5, color=INK, weight="bold")
        for turns, (spot, answer) in enumerate(zip(row[1:], maps, strict=True)):
            show(spot, answer[None, None], float(maps.abs().max()))
            spot.set_title(f"map {turns}", fontsize=12.5, color=INK)
    return figure


def rounded(error):
    """An error in two digits, and what is but rounding as 0."""
    return "0" if error < EXACT else f"{error:.2f}"


def pixels(x):
    """The numbers of a row."""
    return " ".join(f"{value:g}" for value in x.flatten().tolist())


def listed(numbers):
    """Numbers with real minus signs."""
    return ", ".join(str(number).replace("-", "\N{MINUS SIGN}") for number in numbers)
