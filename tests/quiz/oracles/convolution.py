"""Independent keys for the questions of assignment 1: torch, or counting one by one."""

import numpy as np
import torch
from quiz.oracles.keys import (
    code,
    correlation,
    dense_twin,
    grouped,
    parameters,
    places,
    tensor,
    whole,
    wrong_line,
)
from torch import nn
from torch.nn import functional as F


def windows_along_a_row(g, q):
    return F.conv1d(torch.zeros(1, 1, g["size"]), torch.zeros(1, 1, g["kernel"]), stride=g["stride"]).numel()


def windows_with_padding(g, q):
    return places(g["size"], g["kernel"], g["stride"], g["padding"])


def what_a_dilated_kernel_covers(g, q):
    return places(g["size"], g["kernel"], dilation=g["dilation"])


def output_of_a_rectangle(g, q):
    x, w = torch.zeros(1, 1, g["height"], g["width"]), torch.zeros(1, 1, g["tall"], g["wide"])
    _, _, rows, columns = F.conv2d(x, w, stride=g["stride"]).shape
    return f"{rows} × {columns}"


def units_of_a_layer(g, q):
    return nn.Conv2d(1, g["filters"], g["kernel"])(torch.zeros(1, 1, g["side"], g["side"])).numel()


def one_entry_by_hand(g, q):
    return correlation(g["image"], g["kernel"])[g["i"]][g["j"]]


def convolution_of_two_by_two(g, q):
    turned = [row[::-1] for row in g["kernel"][::-1]]
    return code(correlation(g["image"], turned))


def loops_without_a_library(g, q):
    row = F.conv1d(torch.tensor([[g["image"]]]), torch.tensor([[g["kernel"]]]), stride=g["stride"])
    return code(row[0, 0].tolist())


def a_pixel_of_three_channels(g, q):
    return sum(a * b for a, b in zip(g["pixel"], g["weights"], strict=True)) + g["bias"]


def the_wrong_line_of_a_convolution(g, q):
    x, w = np.array([3, -1, 4, 1, -5, 9, 2]), np.array([2, -7, 1])
    cases = [(1, 0), (2, 1), (3, 2)]
    right = [
        F.conv1d(torch.tensor([[x.tolist()]]), torch.tensor([[w.tolist()]]), torch.tensor([3]), s, p)[0, 0].tolist()
        for s, p in cases
    ]
    return wrong_line(q, lambda n: [[int(v) for v in n["conv"](x, w, 3, s, p)] for s, p in cases], right, pad=np.pad)


def filters_for_channels(g, q):
    return parameters(nn.Conv2d(g["channels"], g["filters"], g["kernel"]))


def a_kernel_on_a_small_image(g, q):
    rows, columns = places(g["height"], g["tall"]), places(g["width"], g["wide"])
    weights = g["tall"] * g["wide"]
    return {"weights": weights, "places": rows * columns, "products": rows * columns * weights}


def layers_by_their_parameters(g, q):
    c, k = g["channels"], g["filters"]
    layers = {
        f"{k} filters of 1 × 1 on {c} channels": nn.Conv2d(c, k, 1),
        f"{k} filters of 5 × 5 on one channel": nn.Conv2d(1, k, 5),
        f"{k} filters of 3 × 3 on {c} channels": nn.Conv2d(c, k, 3),
        f"{4 * k} filters of 3 × 3 on {c} channels": nn.Conv2d(c, 4 * k, 3),
    }
    return sorted(layers, key=lambda name: parameters(layers[name]))


def a_larger_image(g, q):
    return g["factor"] == 1


def the_weight_on_a_pixel(g, q):
    image = torch.zeros(1, 1, 7, 7)
    image[0, 0, g["row"], g["column"]] = 1
    weight = torch.zeros(1, 1, 3, 3, requires_grad=True)
    F.conv2d(image, weight)[0, 0, g["i"], g["j"]].backward()
    ((u, v),) = weight.grad[0, 0].nonzero().tolist()
    return code(f"w[{u}, {v}]")


def how_often_a_weight_is_used(g, q):
    return places(g["height"], g["kernel"]) * places(g["width"], g["kernel"])


def windows_over_a_pixel(g, q):
    starts = range(g["side"] - g["kernel"] + 1)
    return sum(i <= g["row"] < i + g["kernel"] and j <= g["column"] < j + g["kernel"] for i in starts for j in starts)


def gradient_of_a_shared_weight(g, q):
    weight = torch.ones(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    F.conv2d(tensor(g["image"]), weight).backward(tensor(g["grad_out"]))
    return weight.grad[0, 0, 0, 0].item()


def products_of_a_layer(g, q):
    positions = places(g["side"], g["kernel"]) ** 2
    return sum(g["channels"] * g["kernel"] ** 2 for _ in range(positions * g["filters"]))


def products_without_sharing(g, q):
    return grouped(places(g["side"], 3) ** 2 * g["filters"] * 9)


def what_the_stride_saves(g, q):
    layer = nn.Conv2d(1, g["filters"], 3, stride=2)
    units = layer(torch.zeros(1, 1, g["side"], g["side"])).numel()
    return {"parameters": parameters(layer), "products": 9 * units}


def inputs_and_pairs(g, q):
    return nn.Linear(g["side"] ** 2, g["units"]).weight.numel()


def a_row_of_the_matrix(g, q):
    weight = torch.tensor(g["kernel"], dtype=torch.float64).reshape(1, 1, 1, 3)
    return whole(dense_twin(weight, torch.zeros(1, 1, 1, g["size"], dtype=torch.float64))[g["unit"]])


def zeros_of_the_dense_layer(g, q):
    matrix = dense_twin(torch.ones(1, 1, 1, g["kernel"]), torch.zeros(1, 1, 1, g["size"]))
    return int((matrix == 0).sum())


def which_numbers_sharing_changes(g, q):
    positions = places(g["side"], 3) ** 2
    units = positions * g["filters"]
    return {
        f"It has {grouped(units * 10)} parameters.",
        f"It computes {grouped(units * 9)} products for an image.",
        f"It has {grouped(units)} units.",
    }


def sum_of_nine_products(g, q):
    window = torch.zeros(1, g["channels"], g["tall"], g["wide"])
    numbers = nn.Conv2d(g["channels"], 1, (g["tall"], g["wide"]))(window).numel()
    return {"products": window.numel(), "numbers": numbers, "how": "added up"}


def torch_and_the_flip(g, q):
    return code(correlation([g["image"]], [g["kernel"]])[0])
