"""Independent keys for the questions of assignment 4: numpy, torch, or comparing number by number."""

import json
import re

import numpy as np
import torch
from quiz.oracles.keys import code, correlation, wrong_line
from torch.nn import functional as F


def shifts_that_commute(g, q):
    x = np.arange(60) ** 2
    kept = x[:: g["stride"]].tolist()
    commuting = {s for s in g["shifts"] if set(np.roll(x, s)[:: g["stride"]].tolist()) == set(kept)}
    return {f"by {shift}" for shift in commuting if 60 % g["stride"] == 0}


def how_many_shifts(g, q):
    return sum(shift % g["stride"] == 0 for shift in range(-g["most"], g["most"] + 1))


def where_the_output_goes(g, q):
    row, moved = np.arange(60 * g["stride"]) ** 2, int(q.prompt.split("moves by ")[1].split()[0])
    before, after = row[:: g["stride"]], np.roll(row, moved)[:: g["stride"]]
    return next(by for by in range(60) if np.array_equal(np.roll(before, by), after))


def error_of_every_second_pixel(g, q):
    row = np.array(g["row"], dtype=float)
    first, second = np.roll(row, 1)[::2], row[::2]
    return float(np.linalg.norm(first - second) / np.linalg.norm(second))


def a_moved_row_in_code(g, q):
    row, shift = g["row"], g["shift"]
    return code((row[-shift:] + row[:-shift])[:: g["stride"]])


def the_wrong_line_of_the_error(g, q):
    x = np.array([3.0, -1, 4, 1, -5, 9, 2, 6])
    changes = [(2, 1), (1, 0), (4, 2)]

    def run(namespace):
        measure = namespace["equivariance_error"]
        return [round(float(measure(lambda r: r[::2] * 3, *_rolls(*by), x)), 9) for by in changes]

    def right(by):
        first, second = np.roll(x, by[0])[::2] * 3, np.roll(x[::2] * 3, by[1])
        return round(float(np.linalg.norm(first - second) / np.linalg.norm(second)), 9)

    return wrong_line(q, run, [right(by) for by in changes], norm=np.linalg.norm)


def _rolls(before, after):
    return (lambda r: np.roll(r, before)), (lambda r: np.roll(r, after))


def kernels_that_turns_allow(g, q):
    same = set()
    for figure in q.figures:
        letter = figure.name[-1]
        rows = figure.alternative.split("row by row: ")[1].rstrip(".").split("; ")
        kernel = np.array([[int(v) for v in row.split()] for row in rows])
        if all(kernel[i, j] == kernel[2 - j, i] for i in range(3) for j in range(3)):
            same.add(f"kernel {letter}")
    return same


def _functions():
    generator = torch.Generator().manual_seed(11)
    kernel = torch.randn(1, 1, 3, 3, generator=generator, dtype=torch.float64)
    dense = torch.randn(36, 36, generator=generator, dtype=torch.float64)

    def around(x, weight):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), weight)

    return {
        "ReLU": F.relu,
        "convolution around the edge": lambda x: around(x, kernel),
        "convolution around the edge, all weights equal": lambda x: around(x, torch.ones_like(kernel)),
        "2 × 2 max pooling": lambda x: F.max_pool2d(x, 2),
        "mean of all pixels": lambda x: x.mean((2, 3)),
        "convolution around the edge, ReLU, mean": lambda x: F.relu(around(x, kernel)).mean((2, 3)),
        "flatten and dense layer": lambda x: (x.flatten(1) @ dense).reshape(x.shape),
        "convolution padded with zeros": lambda x: F.conv2d(x, kernel, padding=1),
    }


def _kind(function, changes):
    x = torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(12), dtype=torch.float64)
    y = function(x)
    if all(torch.allclose(function(change(x)), y) for change in changes):
        return "invariant"
    follows = y.ndim == 4 and all(torch.allclose(function(change(x)), change(y)) for change in changes)
    return "equivariant" if follows else "neither"


def what_a_turn_does(g, q):
    return {name: _kind(_functions()[name], [lambda x: x.transpose(2, 3).flip(2)]) for name in g["names"]}


def what_a_shift_does(g, q):
    moves = [lambda x: x.roll(1, 2), lambda x: x.roll(1, 3)]
    return {name: _kind(_functions()[name], moves) for name in g["names"]}


def a_turned_image(g, q):
    turned = [[g["rows"][r][c] for r in range(3)] for c in (2, 1, 0)]
    return code(correlation(turned, g["kernel"]))


def does_it_turn_along(g, q):
    weights, rows = (json.loads(part) for part in re.findall(r"`(\[\[.*?\]\])`", q.prompt))

    def turned(matrix):
        return [list(row) for row in zip(*(row[::-1] for row in matrix), strict=True)]

    return correlation(turned(rows), weights) == turned(correlation(rows, weights))


def _answer(rows, kernel):
    """Convolution around the edge, ReLU, sum: loops over every place."""
    height, width = len(rows), len(rows[0])
    return sum(
        max(0, sum(rows[(i + u) % height][(j + v) % width] * kernel[u][v] for u in range(2) for v in range(2)))
        for i in range(height)
        for j in range(width)
    )


def scores_of_an_invariant_network(g, q):
    rows, height, width = g["rows"], 3, 4
    moved = [[rows[(i - g["down"]) % height][(j - g["right"]) % width] for j in range(width)] for i in range(height)]
    bright = [[value * g["factor"] for value in row] for row in rows]
    return {"moved": _answer(moved, g["kernel"]), "brighter": _answer(bright, g["kernel"])}


def the_harmless_change(g, q):
    rows, before = g["rows"], _answer(g["rows"], g["kernel"])
    changed = {
        "turned": [list(row) for row in zip(*(row[::-1] for row in rows), strict=True)],
        "mirrored": [row[::-1] for row in rows],
        "with every": [[value + 1 for value in row] for row in rows],
    }
    assert all(_answer(image, g["kernel"]) != before for image in changed.values())
    return f"moved by {g['down']} row(s) and {g['right']} column(s), around the edge"


def invariance_in_code(g, q):
    def net(row):
        pairs = zip(row, [*row[1:], row[0]], strict=True)
        return sum(max(0, g["weights"][0] * a + g["weights"][1] * b) for a, b in pairs)

    row, by = g["row"], g["by"]
    return code(f"{net(row[-by:] + row[:-by]) == net(row)} {net(row[::-1]) == net(row)}")


def _dark(figure):
    """The dark pixels of a picture, as a reader is told of them."""
    places = figure.alternative.split("Dark: ")[1].rstrip(".").split(", row ")
    return [tuple(int(n) for n in place.removeprefix("row ").split(", column ")) for place in places]


def _moved(before, after):
    return (
        len(before) == len(after) and len({(c - a, d - b) for (a, b), (c, d) in zip(before, after, strict=True)}) == 1
    )


def which_picture_is_moved(g, q):
    before, *pictures = q.figures
    (moved,) = [p for p in pictures if _moved(_dark(before), _dark(p))]
    return f"picture {moved.name[-1].upper()}"


def by_how_much(g, q):
    before, after = (_dark(figure) for figure in q.figures)
    assert _moved(before, after)
    return {"down": after[0][0] - before[0][0], "right": after[0][1] - before[0][1]}


def pixels_that_move_together(g, q):
    after = {
        "moved": [(r + g["down"], c + g["right"]) for r, c in g["points"]],
        "twice as large": [(2 * r, 2 * c) for r, c in g["points"]],
        "mirrored": [(r, 3 - c) for r, c in g["points"]],
    }[g["kind"]]
    assert str([list(point) for point in after]) in q.prompt
    return _moved([tuple(p) for p in g["points"]], after)


def pixels_that_feel_the_border(g, q):
    ring = range(g["side"])
    near = g["depth"]
    return sum(min(i, j, g["side"] - 1 - i, g["side"] - 1 - j) < near for i in ring for j in ring)


def consistency_of_a_classifier(g, q):
    return sum(g["classes"][pick] == g["classes"][0] for pick in g["picks"]) / 8


def blurred_before_subsampling(g, q):
    middle = 2 * g["place"]
    return (g["row"][middle - 1] + 2 * g["row"][middle] + g["row"][middle + 1]) / 4


def moved_with_zeros(g, q):
    return code([0] * g["shift"] + g["row"][: -g["shift"]])


def invariant_or_equivariant(g, q):
    def numbers(text):
        return [int(n) for n in text.strip("`[]").split(", ")]

    before, after = (numbers(part.split("`")[1]) for part in q.prompt.split(" into ")[1].split("becomes "))
    if before == after:
        return "invariant"
    return "equivariant" if after == before[-g["shift"] :] + before[: -g["shift"]] else "neither"
