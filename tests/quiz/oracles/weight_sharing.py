"""Independent keys for the questions of assignment 3: torch's own layers, or counting one by one."""

import torch
from quiz.oracles.keys import code, correlation, dense_twin, grouped, parameters, places, wrong_line
from torch import nn
from torch.nn import functional as F

DIGIT = torch.zeros(1, 1, 28, 28)


def count(model, image=DIGIT):
    model(image)
    return parameters(model)


def handed_on(model, image=DIGIT):
    return model(image).numel()


def weights_of_one_input(g, q):
    return sum(1 for _ in range(g["units"]))


def parts_of_a_dense_layer(g, q):
    layer = nn.Linear(g["inputs"], g["units"])
    return {"weights": layer.weight.numel(), "biases": layer.bias.numel(), "whole": parameters(layer)}


def parameters_of_an_mlp(g, q):
    return parameters(nn.Linear(g["inputs"], g["hidden"]), nn.Linear(g["hidden"], g["classes"]))


def shape_of_a_weight(g, q):
    return code([g["units"], g["inputs"]])


def one_more_unit(g, q):
    more = parameters(nn.Linear(g["inputs"], g["units"] + 1)) - parameters(nn.Linear(g["inputs"], g["units"]))
    return f"has {more} more parameter(s)" in q.prompt


def filters_in_groups(g, q):
    channels, filters = g["groups"] * g["per"], g["groups"] * g["times"]
    assert f"{filters} filters" in q.prompt and f"{channels} input channels" in q.prompt
    return parameters(nn.Conv2d(channels, filters, g["kernel"], groups=g["groups"]))


def report_of_a_matrix(g, q):
    k = g["kernel"]
    weight = torch.arange(1.0, k * k + 1).reshape(1, 1, k, k)
    matrix = dense_twin(weight, torch.zeros(1, 1, g["height"], g["width"]))
    values = matrix.flatten().tolist()
    used = [value for value in values if value]
    return {"entries": len(values), "nonzero": len(used), "distinct": len(set(used))}


def the_wrong_line_of_a_count(g, q):
    cases = [(6, 12, 3, 5, 3), (4, 8, 2, 2, 1), (1, 5, 3, 1, 1)]
    right = [parameters(nn.Conv2d(c, k, (h, w), groups=groups)) for c, k, h, w, groups in cases]
    return wrong_line(q, lambda n: [n["conv_params"](*case) for case in cases], right)


def a_conv_in_torch(g, q):
    return g["filters"] * (g["channels"] * g["tall"] * g["wide"] + 1)


def three_layers(side, filters, kernel=3):
    """Parameters and products of a dense, a locally connected and a convolution layer."""
    units = filters * places(side, kernel) ** 2
    return {
        "dense": (units * (side * side + 1), units * side * side),
        "locally connected": (units * (kernel * kernel + 1), units * kernel * kernel),
        "convolution": (parameters(nn.Conv2d(1, filters, kernel)), units * kernel * kernel),
    }


def products_of_three_layers(g, q):
    return {name: grouped(macs) for name, (_, macs) in three_layers(g["side"], g["filters"]).items()}


def sentences_about_cost(g, q):
    (dense, dense_macs), (local, local_macs), (shared, _) = three_layers(g["side"], g["filters"]).values()
    right = [
        f"The dense layer has {grouped(dense)} parameters.",
        f"Windows instead of the whole image leave {grouped(local)} parameters.",
        f"Windows also cut the products from {grouped(dense_macs)} to {grouped(local_macs)}.",
        f"Sharing the filters leaves {grouped(shared)} parameters.",
        f"Sharing changes the number of products, {grouped(local_macs)}, by 0.",
    ]
    (wrong,) = [place for place, line in enumerate(q.lines) if line != right[place]]
    assert q.correction == right[wrong]
    return wrong


def counters_of_a_layer(g, q):
    counted = [number for number, _ in three_layers(g["side"], g["filters"]).values()]
    return dict(zip(("dense", "local", "shared"), counted, strict=True))


def factor_of_sharing(g, q):
    (local, _), (shared, _) = list(three_layers(g["side"], g["filters"], g["kernel"]).values())[1:]
    return local / shared


def an_unshared_layer_computes(g, q):
    pairs = zip(g["row"][:-1], g["row"][1:], g["filters"], strict=True)
    return code([a * u + b * v for a, b, (u, v) in pairs])


def which_matrix_is_it(g, q):
    return {f"matrix {label}": name for label, name in zip("ABC", map(_named, q.figures), strict=True)}


def _named(figure):
    """Which layer the picture of a matrix shows, judged by what a reader is told of it."""
    rows = [row.split() for row in figure.alternative.rstrip(".").split(": ")[1].split("; ")]
    used = [entry for row in rows for entry in row if entry != "0"]
    if len(used) == sum(map(len, rows)):
        return "dense layer"
    return "locally connected layer" if len(set(used)) == len(used) else "convolution"


def the_hidden_entry(g, q):
    rows = [row.split() for row in q.figures[0].alternative.rstrip(".").split(": ")[1].split("; ")]
    ((i, j),) = [(i, j) for i, row in enumerate(rows) for j, entry in enumerate(row) if entry == "?"]
    return code(rows[i - 1][j - 1])


def along_a_row_of_the_matrix(g, q):
    matrix = dense_twin(torch.arange(1.0, g["kernel"] + 1).reshape(1, 1, 1, -1), torch.zeros(1, 1, 1, g["size"]))
    row = {value for value in matrix[0].tolist() if value}
    return {"row": len(row), "diagonal": len(set(matrix.diagonal().tolist())), "who": "places"}


def shared_by_neighbours(g, q):
    weight = torch.tensor(g["kernel"], dtype=torch.float64).reshape(1, 1, 2, 2)
    step = 0 if "that same window" in q.prompt else 1

    def met(pixel, unit):
        image = torch.zeros(1, 1, 3, 4, dtype=torch.float64)
        image[0, 0, g["row"], pixel] = 1
        return F.conv2d(image, weight)[0, 0, g["row"], unit].item()

    return met(g["column"], g["column"]) == met(g["column"] + 1, g["column"] + step)


def a_layer_as_a_dense_one(g, q):
    pixels = g["channels"] * g["side"] ** 2
    x = torch.zeros(1, g["channels"], g["side"], g["side"])
    return pixels * F.conv2d(x, torch.zeros(g["filters"], g["channels"], 3, 3), padding=1).numel()


def the_wrong_line_of_a_matrix(g, q):
    cases = [([2, -1, 5], 7, 2), ([1, 3], 5, 1), ([4, 2, 7, 1], 9, 3)]

    def right(kernel, size, stride):
        weight = torch.tensor(kernel, dtype=torch.float64).reshape(1, 1, 1, -1)
        return dense_twin(weight, torch.zeros(1, 1, 1, size, dtype=torch.float64))[::stride].long().tolist()

    return wrong_line(q, lambda n: [n["dense_twin"](*case) for case in cases], [right(*case) for case in cases])


def tied_tensors(g, q):
    return g["width"] ** 2 + 2 * g["width"]


def small_networks_in_order(g, q):
    k, hidden = g["filters"], g["hidden"]
    maps = k * 24 * 24
    numbers = {
        f"{k} filters of 5 × 5, the mean of each map, dense layer": 26 * k + 10 * k + 10,
        f"{k} filters of 5 × 5, 2 × 2 pooling, dense layer": 26 * k + 10 * (maps // 4) + 10,
        f"{k} filters of 5 × 5, dense layer": 26 * k + 10 * maps + 10,
        f"dense layer of {hidden} units, dense layer": 785 * hidden + 10 * (hidden + 1),
    }
    return sorted(numbers, key=numbers.get)


def larger_than_the_mlp(g, q):
    k, hidden = g["filters"], g["hidden"]
    mlp = 785 * hidden + 10 * (hidden + 1)
    sizes = {
        f"{k} filters of 5 × 5 and a dense layer": 26 * k + 10 * (k * 24**2 + 1),
        f"{k} filters of 3 × 3 and a dense layer": 10 * k + 10 * (k * 26**2 + 1),
        f"{k} filters of 5 × 5, 2 × 2 pooling and a dense layer": 26 * k + 10 * (k * 12**2 + 1),
        f"{k} filters of 5 × 5, the mean of each map and a dense layer": 26 * k + 10 * (k + 1),
    }
    return {name for name, size in sizes.items() if size > mlp}


def parameters_or_units(g, q):
    layer = nn.Conv2d(1, g["filters"], g["kernel"])
    return {"parameters": parameters(layer), "units": handed_on(layer)}


def a_cnn_with_a_dense_head(g, q):
    model = nn.Sequential(nn.Conv2d(1, g["filters"], g["kernel"]), nn.Flatten(), nn.LazyLinear(10))
    return count(model, torch.zeros(1, 1, g["side"], g["side"]))


def nodes_and_parameters(g, q):
    units, mlp = g["filters"] * 24 * 24, g["hidden"] + 10
    return units > mlp if g["says"] == "more" else units < mlp


def units_of_two_layers(g, q):
    side = g["side"]
    return {"first": g["filters"] * places(side, 3) ** 2, "second": g["more"] * places(places(side, 3), 3) ** 2}


def fewer_units(g, q):
    image = torch.zeros(1, 1, g["side"], g["side"])
    return handed_on(nn.Conv2d(1, g["filters"], g["kernel"]), image) < image.numel()


def layers_by_their_units(g, q):
    maps = g["filters"] * len(correlation([[0] * 28] * 28, [[0] * 3] * 3)) ** 2
    numbers = {
        f"dense layer of {g['hidden']} units": g["hidden"],
        f"{g['filters']} filters of 3 × 3, then the mean of each map": g["filters"],
        f"{g['filters']} filters of 3 × 3": maps,
        f"{g['filters']} filters of 3 × 3, then pooling by 2": maps // 4,
    }
    return sorted(numbers, key=numbers.get)


def cnns_have_fewer_units(g, q):
    layer = nn.Conv2d(1, g["filters"], g["kernel"])
    units = handed_on(layer)
    true = {
        f"{grouped(units)} numbers come out of the layer.",
        f"The layer learns {grouped(parameters(layer))} numbers.",
        f"A dense layer with as many units would learn {grouped(785 * units)} numbers.",
    }
    (false,) = {option.text for option in q.options} - true
    return false


def a_chart_of_units(g, q):
    bars = dict(pair.split(": ") for pair in q.figures[0].alternative.split(". ")[1].rstrip(".").split(", "))
    side = places(places(places(12, 3), 2, stride=2), 3)
    return int(bars["conv 2"]) / side**2
