"""The numbers and pictures of handout.md: computed when the handout is released, never typed."""

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convclass.reference import (
    avg_pool2d,
    avg_pool2d_backward,
    conv2d,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
    receptive_field,
    relu,
)

IMAGE = np.array([[3, 1, 2, 8, 0, 4], [0, 2, 5, 1, 1, 3], [6, 1, 0, 2, 7, 2], [4, 5, 3, 3, 1, 6]])
PLACE = (0, 1)  # the window that is worked out step by step
ROW = np.array([0, 0, 5, 7, 0, 0, 0, 0])
STACKS = [
    ("three kernels of 3", [(3, 1, 1), (3, 1, 1), (3, 1, 1)]),
    ("kernel 3, pooling by 2, kernel 3", [(3, 1, 1), (2, 2, 1), (3, 1, 1)]),
    ("kernels of 3, dilation 1, 2, 4", [(3, 1, 1), (3, 1, 2), (3, 1, 4)]),
]
DEPTH = 16  # layers of the stack whose effective field is measured
MOST = 0.95  # how much of the weight its core has to carry at least

# Colours from Okabe and Ito's palette, which readers with any kind of colour vision can tell apart.
INK, PAPER, PALE, LINE, BLUE, ORANGE = "#222222", "#ffffff", "#eef2f5", "#9aa5ad", "#0072b2", "#e69f00"
LIGHT_BLUE = "#9fcdea"


def facts():
    """Every number that handout.md names."""
    return worked_example() | way_back() | networks() | shifts() | relus() | fields()


def images(values):
    """A matrix of whole numbers as a batch of one image."""
    return torch.tensor(np.asarray(values), dtype=torch.float64)[None, None]


def window():
    """The numbers of the window that is worked out."""
    i, j = PLACE
    return IMAGE[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]


def worked_example():
    """One window by hand, and a corner where the two ways of counting differ."""
    numbers = [str(number) for number in window().flat]
    alone = avg_pool2d(images(IMAGE), 2, padding=1, count_include_pad=False)
    return {
        "window_words": f"{', '.join(numbers[:-1])} and {numbers[-1]}",
        "window_size": window().size,
        "terms": " + ".join(numbers),
        "largest": short(max_pool2d(images(IMAGE), 2)[0, 0][PLACE]),
        "mean": short(avg_pool2d(images(IMAGE), 2)[0, 0][PLACE]),
        "corner": IMAGE[0, 0],
        "corner_counted": short(avg_pool2d(images(IMAGE), 2, padding=1)[0, 0, 0, 0]),
        "corner_alone": short(alone[0, 0, 0, 0]),
    }


def way_back():
    """What a gradient of 12 at the window's output becomes at its four numbers."""
    grad_out, x = torch.full((1, 1, 1, 1), 12.0, dtype=torch.float64), images(window())
    return {
        "max_gradient": table(max_pool2d_backward(grad_out, x, 2)[0, 0].int().numpy()),
        "mean_gradient": table(avg_pool2d_backward(grad_out, x, 2)[0, 0].int().numpy()),
    }


def networks():
    """Three heads on the same ten filters: units, and parameters of the filters, of the head and together."""
    filters = torch.nn.Conv2d(1, 10, 5)
    maps = conv2d(torch.zeros(1, 1, 28, 28), filters.weight.detach())
    pooled = max_pool2d(maps, 2)
    heads = [
        ("dense layer", maps),
        ("max pooling by 2, dense layer", pooled),
        ("global average pooling, dense layer", global_avg_pool2d(maps)),
    ]
    return {
        "networks": [(name, *head_row(filters, units.numel())) for name, units in heads],
        "filter_parameters": grouped(parameters(filters)),
        "pooled_share": fraction(pooled.numel(), maps.numel()),
    }


def head_row(filters, units):
    dense = torch.nn.Linear(units, 10)
    numbers = units, parameters(filters), parameters(dense), parameters(filters) + parameters(dense)
    return [grouped(number) for number in numbers]


def shifts():
    """A row pooled as it is, moved by two and moved by one; and what zero padding does to one colour."""
    names = {"plain": 0, "two": 2, "one": 1}
    rows = {f"row_{name}": listed(pooled_row(np.roll(ROW, by))) for name, by in names.items()}
    flat = torch.ones(1, 1, 16, 16, dtype=torch.float64)
    depths = []
    for _ in range(4):
        flat = conv2d(flat, torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float64), padding=1)
        depths.append(int((flat.sub(flat[0, 0, 8, 8]).abs() > 1e-9).sum()))
    return rows | {"row_length": len(ROW), "depths": depths, "pixels": flat.numel()}


def pooled_row(row):
    return max_pool2d(images(row[None]), (1, 2))[0, 0, 0].int().numpy()


def relus():
    """A number, the argmax of it and 0, and its ReLU."""
    x = torch.tensor(5)
    return {"relu_of": int(x), "relu_argmax": int(torch.stack((torch.tensor(0), x)).argmax()), "relu_max": int(relu(x))}


def fields():
    """Receptive fields: of the figure's stacks, step by step for one of them, of VGG-16, and what they carry."""
    sizes = [receptive_field(layers)[0] for _, layers in STACKS]
    names = ["image", "kernel 3", "pooling by 2", "kernel 3"]
    layers = STACKS[1][1]
    settings = [" ", *(f"{k}, {s}, {d}" for k, s, d in layers)]
    steps = [(names[n], settings[n], *receptive_field(layers[:n])) for n in range(len(names))]
    vgg = receptive_field([layer for convs in (2, 2, 3, 3, 3) for layer in [(3, 1, 1)] * convs + [(2, 2, 1)]])
    core = core_of(influence(DEPTH), MOST)
    share = influence(DEPTH)[middle(DEPTH, core)].sum()
    return {
        **dict(zip(("plain_field", "pooled_field", "dilated_field"), sizes, strict=True)),
        "steps": steps,
        "vgg_size": vgg[0],
        "vgg_jump": vgg[1],
        "stack_field": len(influence(DEPTH)),
        "stack_core": core,
        "stack_share": f"{100 * share:.0f}",
        "deep_field": len(influence(4 * DEPTH)),
        "deep_core": core_of(influence(4 * DEPTH), MOST),
    }


def influence(depth):
    """How much of one number at the top comes from each pixel of its field: `depth` kernels of 3 with equal weights."""
    size, _ = receptive_field([(3, 1, 1)] * depth)
    row = torch.zeros(1, 1, 1, size, dtype=torch.float64, requires_grad=True)
    y = row
    for _ in range(depth):
        y = conv2d(y, torch.full((1, 1, 1, 3), 1 / 3, dtype=torch.float64))
    (gradient,) = torch.autograd.grad(y.sum(), row)
    return gradient[0, 0, 0].numpy()


def core_of(weights, share):
    """The width of the smallest stretch in the middle that carries `share` of the weights."""
    middle = len(weights) // 2
    return next(2 * n + 1 for n in range(middle + 1) if weights[middle - n : middle + n + 1].sum() >= share)


def middle(depth, core):
    """The `core` pixels in the middle of the field of `depth` layers."""
    start = (2 * depth + 1 - core) // 2
    return slice(start, start + core)


def figures():
    """The pictures of handout.md."""
    return {"pooling": pooling_figure(), "shift": shift_figure(), "fields": fields_figure(), "effective": effective()}


def pooling_figure():
    """An image in windows of 2×2, and what max and average pooling make of it."""
    figure, axes = panel(10.6, 17.1, 5.8)
    i, j = PLACE
    grid(axes, IMAGE, (0, 0.4), "image, 4 × 6", [(2 * i + r, 2 * j + c) for r in (0, 1) for c in (0, 1)])
    for r in range(2):
        for c in range(3):
            frame(axes, (2 * c, 0.4 + 2 * r), 2, 2, ORANGE if (r, c) == PLACE else INK, 3.2 if (r, c) == PLACE else 1.8)
    frame(axes, (2 * j, 0.4 + 2 * i), 2, 2, ORANGE, 3.2)
    for x, title, pool in ((8.4, "max pooling", max_pool2d), (13.4, "average pooling", avg_pool2d)):
        grid(axes, pool(images(IMAGE), 2)[0, 0].numpy(), (x, 1.4), title, [PLACE])
        frame(axes, (x + j, 1.4 + i), 1, 1, ORANGE, 3.2)
    axes.annotate("", (8.0, 2.4), (6.4, 2.4), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.6})
    axes.text(12.4, 2.4, "or", ha="center", va="center", fontsize=13, color=INK)
    return figure


def shift_figure():
    """A row of pixels, the row moved by two and by one, and what max pooling makes of each."""
    figure, axes = panel(10.2, 17.8, 7.9)
    cases = [("as it is", 0), ("moved by 2", 2), ("moved by 1", 1)]
    for x, title in ((3.6 + len(ROW) / 2, "a row of pixels, in windows of 2"), (15.1, "max pooling")):
        axes.text(x, -0.5, title, ha="center", va="center", fontsize=12, color=INK)
    for number, (title, by) in enumerate(cases):
        y = 0.4 + 2.2 * number
        row, pooled = np.roll(ROW, by), pooled_row(np.roll(ROW, by))
        axes.text(0, y + 0.5, title, ha="left", va="center", fontsize=12.5, color=INK)
        grid(axes, row[None], (3.6, y), "", [(0, c) for c in range(len(row)) if row[c]])
        for c in range(len(pooled)):
            frame(axes, (3.6 + 2 * c, y), 2, 1, INK, 1.8)
        axes.annotate("", (12.9, y + 0.5), (11.9, y + 0.5), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.6})
        grid(axes, pooled[None], (13.1, y), "", [(0, c) for c in range(len(pooled)) if pooled[c]])
        first = pooled_row(ROW)
        same = np.array_equal(np.roll(first, by // 2), pooled) and by % 2 == 0
        words = "" if by == 0 else "the same numbers, moved by 1" if same else "other numbers"
        axes.text(15.1, y + 1.4, words, ha="center", va="center", fontsize=11, color=INK)
    return figure


def fields_figure():
    """Three stacks of layers over a row of pixels, with everything marked that the number at the top depends on."""
    widths = [max(width_of(layers), 14) for _, layers in STACKS]
    figure, axes = panel(11.6, sum(widths) + 6.6, 17.6, above=1.8)
    x = 0
    for (title, layers), width in zip(STACKS, widths, strict=True):
        stack(axes, x + (width - width_of(layers)) / 2, title, layers)
        x += width + 3
    return figure


def width_of(layers):
    """The width of a stack in the figure: its receptive field, and a neighbour's jump at either side."""
    size, jump = receptive_field(layers)
    return size + 2 * jump


def stack(axes, x, title, layers):
    """One stack of the fields figure, its image's left end at x."""
    width, top, height = width_of(layers), len(layers), 4.0
    centres = [level_centres(layers[:n], x, width) for n in range(top + 1)]
    seen = {top: {len(centres[top]) // 2}}
    for level in range(top, 0, -1):
        seen[level - 1] = {below for index in seen[level] for below in taps(layers[level - 1], index)}
    for level in range(top + 1):
        y = height * (top - level) + 0.6
        for index, centre in enumerate(centres[level]):
            colour = PALE if index not in seen[level] else ORANGE if level == top else BLUE
            axes.add_patch(Rectangle((centre - 0.42, y), 0.84, 0.84, facecolor=colour, edgecolor=LINE, linewidth=0.6))
        for index in sorted(seen[level]) if level else ():
            for below in taps(layers[level - 1], index):
                ends = [centres[level][index], centres[level - 1][below]]
                axes.plot(ends, [y + 0.9, y + height - 0.06], color=LINE, lw=0.8, zorder=0)
    axes.text(x + width / 2, -0.9, title, ha="center", va="center", fontsize=11.5, color=INK, weight="bold")
    left, right = centres[0][min(seen[0])] - 0.5, centres[0][max(seen[0])] + 0.5
    y = height * top + 2.2
    axes.annotate("", (left, y), (right, y), arrowprops={"arrowstyle": "<->", "color": INK, "lw": 1.4})
    words = f"{len(seen[0])} pixels of the image"
    axes.text(x + width / 2, y + 1.1, words, ha="center", va="center", fontsize=11.5, color=INK)


def taps(layer, index):
    """The numbers below that number `index` of a layer looks at."""
    kernel, stride, dilation = layer
    return [index * stride + k * dilation for k in range(kernel)]


def level_centres(layers, x, width):
    """Where the numbers of a level stand: over the middle of their receptive fields."""
    size, jump = receptive_field(layers)
    count = (width - size) // jump + 1
    return [x + index * jump + size / 2 for index in range(count)]


def effective():
    """How much each pixel of a deep stack's field adds to the number at the top."""
    weights = influence(DEPTH)
    core = range(*middle(DEPTH, core_of(weights, MOST)).indices(len(weights)))
    figure = Figure(figsize=(8.6, 3.3), facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(weights)) - len(weights) // 2
    axes.bar(places, 100 * weights, color=[BLUE if n in core else LIGHT_BLUE for n in range(len(weights))], width=0.86)
    axes.set_xlabel("pixel of the receptive field, counted from its middle", fontsize=12, color=INK)
    axes.set_ylabel("share of the weight in %", fontsize=12, color=INK)
    axes.set_xlim(places[0] - 0.7, places[-1] + 0.7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=11, colors=INK)
    share = 100 * weights[core.start : core.stop].sum()
    note = f"{len(core)} of {len(weights)} pixels\ncarry {share:.0f} % of the weight"
    axes.text(places[core.stop - 1] + 1.2, 100 * weights.max() * 0.8, note, fontsize=12, color=INK, va="center")
    return figure


def panel(width, columns, rows, above=1.1):
    """A figure `width` inches wide whose only axes count squares, `above` of them above the row at 0."""
    figure = Figure(figsize=(width, width * rows / columns), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.2, columns - 0.2), ylim=(rows - above, -above), aspect="equal")
    axes.axis("off")
    return figure, axes


def grid(axes, values, corner, title, highlighted):
    """A matrix of numbers under its title, with some of its entries marked."""
    x, y = corner
    for (row, column), value in np.ndenumerate(values):
        chosen = (row, column) in highlighted
        place = (x + column, y + row)
        axes.add_patch(Rectangle(place, 1, 1, facecolor="#f7ddb0" if chosen else PALE, edgecolor=LINE, linewidth=0.8))
        weight = "bold" if chosen else "normal"
        axes.text(
            place[0] + 0.5,
            place[1] + 0.5,
            short(value),
            ha="center",
            va="center",
            fontsize=13,
            color=INK,
            weight=weight,
        )
    if title:
        axes.text(x + values.shape[1] / 2, y - 0.5, title, ha="center", va="center", fontsize=12.5, color=INK)


def frame(axes, corner, width, height, colour, line):
    """The outline of a window."""
    patch = Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=line, zorder=3)
    axes.add_patch(patch)


def table(values):
    """A matrix as lines of right-aligned numbers."""
    width = max(len(str(value)) for value in values.flat)
    return "\n".join(" ".join(str(value).rjust(width) for value in row) for row in values)


def listed(values):
    return ", ".join(str(value) for value in values)


def short(value):
    """A number without zeros behind the point."""
    return f"{float(value):g}"


def fraction(part, whole):
    """A part of a whole in words, where it is one of a few."""
    return {4: "a quarter", 2: "half"}[whole // part] if whole % part == 0 else f"{100 * part / whole:.0f} %"


def parameters(layer):
    """The number of a layer's parameters."""
    return sum(parameter.numel() for parameter in layer.parameters())


def grouped(number):
    """Digits in groups of three, kept on one line."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
