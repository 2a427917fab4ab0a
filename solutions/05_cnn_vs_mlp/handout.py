"""The numbers and pictures of handout.md.

What is quick is computed when the handout is released. What training measured is read from experiment.json, which
experiment.py beside it writes: training takes minutes, and its last digits depend on the machine.
"""

import json
from pathlib import Path

import torch
from matplotlib.figure import Figure

from convclass.reference import mlp_from_conv, permute_pixels, sharing_report

MEASURED = json.loads(Path(__file__).with_name("experiment.json").read_text(encoding="utf-8"))
SECONDS = 10  # what a hidden test of `train` may take

# Colours from Okabe and Ito's palette, which readers with any kind of colour vision can tell apart.
INK, PAPER, LINE = "#222222", "#ffffff", "#9aa5ad"
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#e69f00", "#009e73", "#cc79a7"
STYLES = [(BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PURPLE, "D")]


def facts():
    """Every number that handout.md names."""
    rows = {name: digit_row(name, row) for name, row in MEASURED["digits"].items()}
    return signal_facts() | matrix_facts() | loss_facts() | {
        "digits": list(rows.values()),
        "mlp": rows["MLP"],
        "cnn": rows["CNN"],
        "max_shift": len(rows["MLP"]["shifts"]) - 1,
        "processor": MEASURED["machine"]["processor"],
        "torch": MEASURED["machine"]["torch"].split("+")[0],
        "seeds": {2: "two", 3: "three", 4: "four", 5: "five"}[len(MEASURED["seeds"])],
        "seconds": SECONDS,
    }  # fmt: skip


def signal_facts():
    """The table of MNIST-1D, and how far the dense network is behind."""
    rows = MEASURED["signals"]
    return {
        "signal_length": 40,
        "gap": round(100 * (mean(rows["CNN"]["plain"]) - mean(rows["MLP"]["plain"]))),
        "signals": [
            {
                "name": name,
                "parameters": grouped(row["parameters"]),
                "steps": grouped(row["steps"]),
                "plain": percent(row["plain"]),
                "shuffled": percent(row["shuffled"]),
            }
            for name, row in rows.items()
        ],
    }


def digit_row(name, row):
    """One model's line in the tables of the digits."""
    shares = ("consistency", "permuted", "turned", "mirrored", "enlarged", "hundred")
    return {
        "name": name,
        "parameters": grouped(row["parameters"]),
        "shifts": [percent(runs) for runs in zip(*row["shifts"], strict=True)],
    } | {share: percent(row[share]) for share in shares}


def matrix_facts():
    """The layer of a 2×2 kernel on 2×3 pixels, and what the layer of a 3×3 kernel on 5×5 pixels holds."""
    small = mlp_from_conv(torch.arange(1.0, 5.0).reshape(1, 1, 2, 2), None, (2, 3)).weight.int()
    large = mlp_from_conv(torch.arange(1.0, 10.0).reshape(1, 1, 3, 3), None, 5).weight
    entries, nonzero, distinct = sharing_report(large)
    matrix = "\n".join(" ".join(str(int(weight)) for weight in row) for row in small)
    return {"matrix": matrix, "entries": entries, "nonzero": nonzero, "distinct": distinct}


def loss_facts():
    """The worked example of an epoch's loss."""
    losses, sizes = (1.2, 0.9, 0.3), (4, 4, 2)
    total = sum(loss * size for loss, size in zip(losses, sizes, strict=True))
    return {
        "images": sum(sizes),
        "losses": losses,
        "weighted": " + ".join(f"{size} · {loss}" for loss, size in zip(losses, sizes, strict=True)),
        "epoch_loss": f"{total / sum(sizes):.2f}",
        "plain_mean": f"{mean(losses):.2f}",
    }


def figures():
    """The pictures of handout.md."""
    return {"shuffled": shuffled_figure(), "changes": changes_figure(), "shifts": shifts_figure()}


def shuffled_figure():
    """Bars of the accuracy on plain and on shuffled signals, with a dot for every run."""
    figure, axes = chart(9.5, 3.9)
    for place, row in enumerate(MEASURED["signals"].values()):
        for side, colour, part in ((-0.2, BLUE, "plain"), (0.2, ORANGE, "shuffled")):
            values = [100 * share for share in row[part]]
            label = f"{part} signals" if place == 0 else None
            axes.bar(place + side, mean(values), 0.38, color=colour, label=label, zorder=2)
            axes.plot([place + side] * len(values), values, ".", color=INK, markersize=5, zorder=3)
            axes.text(place + side, mean(values) + 3.5, f"{mean(values):.0f}", ha="center", fontsize=11, color=INK)
    axes.set_xticks(range(len(MEASURED["signals"])), MEASURED["signals"])
    axes.set(ylim=(0, 109), ylabel="test accuracy in %")
    axes.legend(loc="upper left", frameon=False, fontsize=11)
    return figure


def shifts_figure():
    """Accuracy against the distance by which the images were moved."""
    figure, axes = chart(9.5, 4.3)
    for (name, row), (colour, mark) in zip(MEASURED["digits"].items(), STYLES, strict=True):
        runs = [[100 * share for share in run] for run in row["shifts"]]
        middle = [mean(values) for values in zip(*runs, strict=True)]
        axes.plot(range(len(middle)), middle, color=colour, marker=mark, markersize=8, linewidth=2.2, label=name)
        for run in runs:
            axes.plot(range(len(run)), run, color=colour, linewidth=0.8, alpha=0.45)
    axes.set_xticks(range(len(middle)))
    axes.set(ylim=(0, 103), xlabel="moved by … pixels", ylabel="test accuracy in %")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=11)
    return figure


def changes_figure():
    """One digit, and what is done to it."""
    digit = torch.tensor(MEASURED["example"], dtype=torch.float32)[None, None] / 16
    image = torch.nn.functional.pad(digit, (4, 4, 4, 4))
    large = torch.nn.functional.interpolate(digit, size=(12, 12), mode="bilinear", align_corners=False)
    order = torch.randperm(256, generator=torch.Generator().manual_seed(100))
    pictures = {
        "as it is": image,
        "moved by 2": image.roll(2, 3),
        "turned": image.rot90(1, (2, 3)),
        "enlarged": torch.nn.functional.pad(large, (2, 2, 2, 2)),
        "shuffled": permute_pixels(image, order),
    }
    figure = Figure(figsize=(11, 2.6), facecolor=PAPER)
    for place, (title, picture) in enumerate(pictures.items()):
        axes = figure.add_axes((0.01 + 0.2 * place, 0.02, 0.18, 0.82))
        edges = range(17)
        axes.pcolormesh(edges, edges, picture[0, 0].flip(0).numpy(), cmap="gray_r", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[], aspect="equal")
        axes.set_title(title, fontsize=13, color=INK)
    return figure


def chart(width, height):
    """A figure with one pair of axes, a light grid, and no box around it."""
    figure = Figure(figsize=(width, height), facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot()
    axes.grid(axis="y", color=LINE, linewidth=0.6, alpha=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=11)
    axes.xaxis.label.set_size(11.5)
    axes.yaxis.label.set_size(11.5)
    return figure, axes


def mean(values):
    """The arithmetic mean."""
    return sum(values) / len(values)


def percent(shares):
    """The mean of shares in per cent, one digit behind the point."""
    return f"{100 * mean(shares):.1f}"


def grouped(number):
    """Digits in groups of three, kept on one line."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
