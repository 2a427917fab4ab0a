"""Independent keys for the questions of assignment 2: torch, or counting one by one."""

import torch
from quiz.oracles.keys import code, parameters, tensor, whole, wrong_line
from torch import nn
from torch.nn import functional as F


def a_map_of_maxima(g, q):
    return whole(F.max_pool2d(tensor(g["rows"]), 2)[0, 0])


def a_mean_by_hand(g, q):
    top, left = 2 * g["i"], 2 * g["j"]
    return sum(g["rows"][top + u][left + v] for u in range(2) for v in range(2)) / 4


def a_mean_in_the_corner(g, q):
    total = sum(g["rows"][u][v] for u in range(2) for v in range(2))
    return {"counted": total / 9, "alone": total / 4}


def relu_of_a_row(g, q):
    return code([value if value > 0 else 0 for value in g["row"]])


def which_layers_are_linear(g, q):
    weight = torch.tensor([[[[2.0, -1], [0.5, 3]]]], dtype=torch.float64)
    functions = {
        "average pooling": lambda x: F.avg_pool2d(x, 2),
        "max pooling": lambda x: F.max_pool2d(x, 2),
        "ReLU": F.relu,
        "global average pooling": lambda x: F.adaptive_avg_pool2d(x, 1),
        "a convolution without bias": lambda x: F.conv2d(x, weight),
        "a convolution with bias": lambda x: F.conv2d(x, weight, torch.ones(1, dtype=torch.float64)),
    }
    generator = torch.Generator().manual_seed(3)
    x, y = torch.randn(2, 8, 1, 6, 6, generator=generator, dtype=torch.float64)
    return {n for n in g["names"] if torch.allclose(functions[n](x + y), functions[n](x) + functions[n](y))}


def the_wrong_line_of_max_pooling(g, q):
    x = [[-3, -8, 5, 1, 7, 2], [-9, -4, 0, 6, -2, 8], [-6, -1, 3, 4, -7, 9], [-5, -2, 1, 2, 3, 11]]
    cases = [x, [row[:4] for row in x], [row[:5] for row in x[:3]]]
    right = [F.max_pool2d(tensor(case), 2)[0, 0].long().tolist() for case in cases]
    return wrong_line(q, lambda n: [n["max_pool"](case, 2) for case in cases], right)


def gradient_through_a_maximum(g, q):
    x = tensor([g["window"][:2], g["window"][2:]]).requires_grad_()
    F.max_pool2d(x, 2).backward(torch.full((1, 1, 1, 1), 4.0 * g["quarter"], dtype=torch.float64))
    return whole(x.grad[0, 0])


def memory_after_pooling(g, q):
    return nn.MaxPool2d(g["window"])(torch.zeros(1, g["channels"], g["side"], g["side"])).numel()


def a_dense_layer_after_pooling(g, q):
    units = F.max_pool2d(torch.zeros(1, g["filters"], g["side"], g["side"]), 2).numel()
    return parameters(nn.Linear(units, 10))


def what_is_left_after_pools(g, q):
    x = torch.zeros(1, 8, g["side"], g["side"])
    left = {f"windows of {k} × {k}, side by side": F.max_pool2d(x, k).numel() for k in g["windows"]}
    left["windows of 3 × 3, stride 1"] = F.max_pool2d(x, 3, 1).numel()
    return sorted(left, key=left.get)


def parameters_with_and_without(g, q):
    layer = nn.Conv2d(1, g["filters"], g["kernel"])
    maps = layer(torch.zeros(1, 1, 28, 28))
    dense, pooled = nn.Linear(maps.numel(), 10), nn.Linear(F.max_pool2d(maps, 2).numel(), 10)
    return {"filters": parameters(layer), "plain": parameters(layer, dense), "pooled": parameters(layer, pooled)}


def shapes_through_pools(g, q):
    k = g["window"]
    return code([1, g["channels"], len(range(k, g["height"] + 1, k)), len(range(k, g["width"] + 1, k))])


def which_are_cnns(g, q):
    return {name for name in g["names"] if "convolution" in name}


def take_one_away(g, q):
    return g["name"] != "convolution"


def parameters_of_a_network_without_dense(g, q):
    return parameters(nn.Conv2d(g["channels"], g["classes"], g["kernel"]), nn.AdaptiveAvgPool2d(1))


def a_network_without_dense_in_torch(g, q):
    return code([g["batch"], g["classes"]])


def layers_in_their_order(g, q):
    starts = ["convolution", "max pooling", "flatten", f"dense layer, {g['units']} units", "dense layer, 10 units"]
    modules = [nn.Conv2d(1, g["filters"], g["kernel"]), nn.MaxPool2d(2), nn.Flatten()]
    x, items = torch.zeros(1, 1, 28, 28), []
    for start, module in zip(starts, modules, strict=False):
        x = module(x)
        items.append((start, x.numel()))
    items += [(starts[3], g["units"]), (starts[4], 10)]
    return [item for start, n in items for item in q.items if item.startswith(start) and _number(item) == n]


def _number(item):
    return int("".join(c for c in item.split("hands on")[1] if c.isdigit()))


def which_modules_learn(g, q):
    return {code(name) for name in g["names"] if list(eval(name, {"nn": nn}).parameters())}


def parameters_of_modules(g, q):
    c, k, u = g["channels"], g["filters"], g["units"]
    return {
        f"`nn.Conv2d({c}, {k}, 3)`": str(k * (9 * c + 1)),
        "`nn.MaxPool2d(2)`": "0",
        f"`nn.Linear({u}, {k})`": str(k * (u + 1)),
    }


def what_one_unit_sees(g, q):
    return sum(1 for _ in range(g["channels"]) for _ in range(g["kernel"]) for _ in range(g["kernel"]))


def pooling_in_a_model(g, q):
    return g["filters"] * g["kernel"] ** 2 + g["filters"]


def the_wrong_sentence_about_parts(g, q):
    right = {
        "A CNN has at least one convolution layer.",
        "Pooling layers have no parameters.",
        "A unit of a convolution is connected to a small window of the image.",
        "All units of one map use the same filter.",
    }
    (wrong,) = [place for place, line in enumerate(q.lines) if line not in right]
    assert q.correction in right
    return wrong


def seen(layers):
    """How many pixels a number at the top depends on, and the step between two fields: followed downwards, one by "
    "one."""

    def field(unit):
        pixels = {unit}
        for kernel, stride, dilation in reversed(layers):
            pixels = {p * stride + tap * dilation for p in pixels for tap in range(kernel)}
        return min(pixels), max(pixels)

    (first, last), (second, _) = field(0), field(1)
    return last - first + 1, second - first


def field_of_a_stack(g, q):
    return seen([(k, s, 1) for k, s in zip(g["kernels"], g["strides"], strict=True)])[0]


def size_and_jump(g, q):
    first, second = (3, g["stride"], 1), (g["kernel"], 1, g["dilation"])
    (one, jump_one), (two, jump_two) = seen([first]), seen([first, second])
    return {"size_one": one, "jump_one": jump_one, "size_two": two, "jump_two": jump_two}


def stacks_by_their_field(g, q):
    stacks = {f"{depth} kernels of 3": [(3, 1, 1)] * depth for depth in g["depths"]}
    stacks[f"one kernel of 3 with dilation {g['dilation']}, then one of 3"] = [(3, 1, g["dilation"]), (3, 1, 1)]
    stacks[f"{g['pools']} times: kernel 3, then pooling by 2"] = [(3, 1, 1), (2, 2, 1)] * g["pools"]
    return sorted(stacks, key=lambda name: seen(stacks[name])[0])


def a_loop_over_layers(g, q):
    size, jump = seen([(k, s, 1) for k, s in zip(g["kernels"], g["strides"], strict=True)])
    return code(f"{size} {jump}")


def core_of_a_field(g, q):
    width = 2 * g["depth"] + 1
    row = torch.zeros(1, 1, width, dtype=torch.float64, requires_grad=True)
    x = row
    for _ in range(g["depth"]):
        x = F.conv1d(x, torch.ones(1, 1, 3, dtype=torch.float64))
    x.sum().backward()
    paths = row.grad[0, 0]
    return round(100 * (paths[g["ends"] : -g["ends"]].sum() / paths.sum()).item(), 1)


def the_wrong_line_of_a_field(g, q):
    stacks = [[(3, 1, 1), (3, 2, 1), (2, 2, 1), (3, 1, 1)], [(5, 3, 2), (3, 1, 4)], [(2, 2, 1)] * 3]
    return wrong_line(q, lambda n: [n["receptive_field"](stack) for stack in stacks], [seen(stack) for stack in stacks])


def pooled(row, window):
    return [max(row[i : i + window]) for i in range(0, len(row) - window + 1, window)]


def a_row_moved_by_one(g, q):
    return code(pooled([g["row"][-1], *g["row"][:-1]], 2))


def a_shift_by_whole_windows(g, q):
    row, shift = g["row"], g["shift"] % 12
    after = pooled(row[-shift:] + row[:-shift] if shift else row, g["window"])
    before = pooled(row, g["window"])
    return any(before[k:] + before[:k] == after for k in range(len(before)))
