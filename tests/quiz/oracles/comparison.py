"""Independent keys for the questions of assignment 5: torch, plain sums, and the experiment's file read anew."""

import json
import re
from pathlib import Path
from statistics import mean

import torch
from quiz.oracles.keys import code, dense_twin, wrong_line
from torch import nn
from torch.nn import functional as F

EXPERIMENT = json.loads(
    Path(__file__).parents[3].joinpath("solutions/05_cnn_vs_mlp/experiment.json").read_text(encoding="utf-8")
)


def percent(values):
    return 100 * mean(values)


def moved_accuracy(model, pixels):
    return percent([run[pixels] for run in EXPERIMENT["digits"][model]["shifts"]])


def pixels_in_another_order(g, q):
    return code([g["pixels"][place] for place in g["order"]])


def a_dense_layer_follows(g, q):
    def dot(a, b):
        return sum(x * y for x, y in zip(a, b, strict=True))

    x, w = ([values[p] for p in g["order"]] for values in (g["x"], g["w"]))
    return code(f"{dot(g['x'], g['w'])} {dot(x, g['w'])} {dot(x, w)}")


def neighbours_that_stay(g, q):
    order = g["order"]
    return sum({a, b} in [{k, k + 1} for k in range(7)] for a, b in zip(order, order[1:], strict=False))


def which_bars_are_whose(g, q):
    """By what is known of them: the CNN falls, and of the others the MLP is the better one."""
    bars = dict(pair.rsplit(": ", 1) for pair in q.figures[0].alternative.split(". ")[1].rstrip(".").split(", "))
    plain = {letter: int(bars[f"{letter} plain"]) for letter in "ABC"}
    falls = max("ABC", key=lambda letter: plain[letter] - int(bars[f"{letter} mixed"]))
    rest = sorted(set("ABC") - {falls}, key=plain.get)
    names = {falls: "CNN", rest[0]: "linear classifier", rest[1]: "MLP"}
    return {f"network {letter}": names[letter] for letter in "ABC"}


def fixed_or_fresh_order(g, q):
    image, one, other = (json.loads(part) for part in re.findall(r"`(\[.*?\])`", q.prompt))
    assert sorted(one) == sorted(other) == sorted(image)
    return one == other


def loss_of_an_epoch(g, q):
    count, size = (int(n) for n in re.findall(r"(\d+) images .* batches of (\d+)", q.prompt)[0])
    losses = [float(n) for n in re.findall(r"\d+\.\d+", q.prompt)]
    images = [losses[place // size] for place in range(count)]
    return sum(images) / len(images)


def steps_of_training(g, q):
    steps, left = 0, 0
    for _ in range(g["epochs"]):
        left = g["images"]
        while left > 0:
            left, steps = left - g["size"], steps + 1
    return steps


def sizes_of_batches(g, q):
    sizes, left = [], g["images"]
    while left > 0:
        sizes.append(min(left, g["size"]))
        left -= g["size"]
    return code(sizes)


def the_wrong_line_of_training(g, q):
    generator = torch.Generator().manual_seed(2)
    batches = [(torch.randn(5, 3, generator=generator), torch.tensor([0, 1, 2, 1, 0])) for _ in range(3)]

    def fresh():
        model = nn.Linear(3, 3)
        nn.init.constant_(model.weight, 0.1)
        nn.init.zeros_(model.bias)
        return model

    def run(namespace):
        model = fresh()
        namespace["train"](model, batches, 2)
        return [round(w, 5) for w in model.weight.flatten().tolist()]

    expected = fresh()
    adam = torch.optim.Adam(expected.parameters(), lr=0.01)
    for x, y in batches * 2:
        adam.zero_grad()
        F.nll_loss(F.log_softmax(expected(x), 1), y).backward()
        adam.step()
    right = [round(w, 5) for w in expected.weight.flatten().tolist()]
    return wrong_line(q, run, right, Adam=torch.optim.Adam, SGD=torch.optim.SGD, cross_entropy=F.cross_entropy)


def the_twin_of_a_unit(g, q):
    window = g["row"][g["unit"] : g["unit"] + 2]
    return sum(a * b for a, b in zip(window, g["kernel"], strict=True)) + g["bias"]


def weights_to_become_zero(g, q):
    k, side = g["kernel"], g["side"]
    matrix = dense_twin(torch.ones(1, 1, k, k), torch.zeros(1, 1, side, side))
    left = int((matrix != 0).sum())
    return {"zeros": matrix.numel() - left, "left": left}


def how_far_behind(g, q):
    mlp, cnn = (percent(EXPERIMENT["signals"][name][g["order"]]) for name in ("MLP", "CNN"))
    return (mlp - cnn if g["more"] == "ahead of" else cnn - mlp) > g["points"]


def maximum_from_relus(g, q):
    return code([max(pair) for pair in g["pairs"]])


def biases_of_the_twin(g, q):
    bias = torch.tensor(g["biases"], dtype=torch.float32)
    maps = F.conv2d(torch.zeros(1, 1, 1, g["width"]), torch.ones(2, 1, 1, 2), bias)
    return code(maps.flatten().int().tolist())


def curves_of_four_networks(g, q):
    """By what is known of them: the invariant one stays, and of the others the CNN falls later."""
    text = q.figures[0].alternative.split("pixels. ")[1].rstrip(".")
    curves = {part[0]: [int(n) for n in part[3:].split(", ")] for part in text.split(". ")}
    (flat,) = [letter for letter, values in curves.items() if len(set(values)) == 1]
    first, second = sorted(set(curves) - {flat}, key=lambda letter: sum(curves[letter]))
    names = {flat: "CNN around the edge, mean of each map", first: "MLP", second: "CNN with a dense head"}
    return {f"curve {letter}": names[letter] for letter in sorted(curves)}


def moved_or_enlarged(g, q):
    return moved_accuracy(g["model"], g["pixels"]) > percent(EXPERIMENT["digits"][g["model"]]["enlarged"])


def turned_digits(g, q):
    return percent(EXPERIMENT["digits"][g["model"]]["turned"]) > g["threshold"]


def where_invariance_comes_from(g, q):
    x = torch.randn(1, g["maps"], g["side"], g["side"], generator=torch.Generator().manual_seed(1))
    moved = x.roll(1, 3)
    means = torch.allclose(x.mean((2, 3)), moved.mean((2, 3)), atol=1e-6)
    same = torch.equal(x.flatten(), moved.flatten())
    return {
        "maps": "move along",
        "mean": "stay the same" if means else "change",
        "dense": "sees no difference" if same else "sees another input",
    }


def parameters_of_the_cnn(g, q):
    convs = nn.Conv2d(1, g["first"], 3, padding=1), nn.Conv2d(g["first"], g["second"], 3, padding=1)
    body = nn.Sequential(convs[0], nn.MaxPool2d(2), convs[1], nn.MaxPool2d(2), nn.Flatten())
    units = body(torch.zeros(1, 1, g["side"], g["side"])).numel()
    return nn.Linear(units, 10).weight.numel() + 10
