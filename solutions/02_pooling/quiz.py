"""The questions of assignment 2: maxima and means, what pooling saves, what makes a CNN, and how far a stack sees.

Keys come from the reference or from running the code that is shown. A wrong answer is what the named mistake makes.
"""

import math
from functools import partial
from itertools import accumulate

import numpy as np
import torch
from torch import nn

from convclass import reference
from convclass.quiz import figures
from convclass.quiz.authoring import (
    COMPUTE,
    PREDICT,
    READ,
    RECALL,
    REFUTE,
    Mistake,
    Statement,
    cloze,
    count,
    listed,
    matching,
    multiple,
    number_gap,
    numeric,
    ordering,
    printed,
    python,
    short_text,
    shown,
    sides,
    single,
    spot,
    true_false,
)
from convclass.reference.published import conv, linear

POOL, FLAT, GAP, RELU = ({"type": name} for name in ("max_pool", "flatten", "global_avg_pool", "relu"))
HALVE = POOL | {"kernel_size": 2}


def _images(rows):
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def _whole(tensor):
    """A map as rows of whole numbers."""
    return tensor[0, 0].int().tolist()


def _code(text):
    return f"`{text}`"


# ------------------------------------------------------------------------------------------ maxima and means, claim 16


def a_map_of_maxima(draw):
    """Which map does max pooling make?"""
    rows = draw.matrix("rows", 4, 4, -5, 9)
    x, argmax = _images(rows), torch.nn.functional.max_pool2d(_images(rows), 2, return_indices=True)[1]
    image = figures.feature_map("map", rows, "Feature map")
    means = reference.avg_pool2d(x, 2)
    return single(
        draw,
        _whole(reference.max_pool2d(x, 2)),
        [
            Mistake("mean instead of maximum", means[0, 0].tolist(), "Those are the means: that is average pooling."),
            Mistake(
                "smallest number instead of the largest",
                _whole(-reference.max_pool2d(-x, 2)),
                "Those are the smallest numbers.",
            ),
            Mistake(
                "place of the maximum instead of the maximum",
                _whole(argmax),
                "argmax says where the largest number is, not how large it is.",
            ),
            Mistake(
                "stride of 1 when none is given",
                _whole(reference.max_pool2d(x, 2, 1)),
                "Without a stride the windows stand side by side.",
            ),
        ],
        show=listed,
        prompt="Max pooling with windows of 2 × 2 (stride 2) is applied to this map. What comes "
        f"out?\n\n{shown(image)}",
        figures=(image,),
        explanation="One number of each window is kept: the largest.",
        claim=16,
        level=READ,
    )


def a_mean_by_hand(draw):
    """What does average pooling make of a window?"""
    rows = draw.matrix("rows", 4, 6, 0, 9)
    i, j = 2 * draw.integer("i", 0, 1), 2 * draw.integer("j", 0, 2)
    window = np.array(rows)[i : i + 2, j : j + 2]
    image = figures.numbers("image", rows, "Image", [(i + u, j + v) for u in range(2) for v in range(2)])
    return numeric(
        float(reference.avg_pool2d(_images(rows), 2)[0, 0, i // 2, j // 2]),
        [
            Mistake("maximum instead of mean", int(window.max()), "That is max pooling. Here the mean is taken."),
            Mistake(
                "sum instead of mean", int(window.sum()), "The sum is divided by the number of pixels in the window."
            ),
            Mistake(
                "divided by one side of the window",
                float(window.sum() / 2),
                "The window has four pixels: divide by 4, not by 2.",
            ),
        ],
        tolerance=0.01,
        prompt=f"Average pooling with windows of 2 × 2. Which number comes out of the marked window?\n\n{shown(image)}",
        figures=(image,),
        explanation="Add the four numbers up and divide by four.",
        claim=16,
        level=READ,
    )


def a_mean_in_the_corner(draw):
    """Which mean has the corner of a padded image?"""
    rows = draw.matrix("rows", 3, 3, 1, 9)
    x = _images(rows)
    counted = float(reference.avg_pool2d(x, 3, 3, 1)[0, 0, 0, 0])
    alone = float(reference.avg_pool2d(x, 3, 3, 1, count_include_pad=False)[0, 0, 0, 0])
    draw.need(counted.is_integer())  # then both are exact: formats without tolerances can ask for them as well
    return cloze(
        [number_gap("counted", counted), number_gap("alone", alone)],
        feedback="With padding counted, the sum is divided by the 9 cells of the window, else by the pixels of the "
        "image "
        "in it. The padding itself adds zeros.",
        prompt=f"Image {listed(rows)}, average pooling with windows of 3 × 3, stride 3, padding 1. The first window "
        "lies on "
        "the upper left corner. Its mean is {{counted}} when the padding counts (`count_include_pad=True`) and "
        "{{alone}} "
        "when it does not. Neither has to be rounded.",
        claim=16,
        level=COMPUTE,
    )


def relu_of_a_row(draw):
    """What does ReLU make of a row?"""
    row = draw.row("row", 5, -8, 8)
    x = torch.tensor(row)
    code = f"import torch\n\nx = torch.tensor({row})\nprint(torch.relu(x).tolist())"
    return single(
        draw,
        printed(code),
        [
            Mistake("argmax instead of max", str([int(v > 0) for v in row]), "That is which of the two is larger."),
            Mistake("absolute value", str(x.abs().tolist()), "Negative numbers become 0, not positive."),
            Mistake("negative half kept", str(x.clamp(max=0).tolist()), "It is the other way round."),
            Mistake("one maximum for the row", str([max(0, *row)]), "ReLU looks at each number on its own."),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="ReLU(x) = max(x, 0), for each number on its own.",
        claim=16,
        level=PREDICT,
    )


def relu_and_argmax():
    """Which formula for ReLU is false?"""
    return single(
        None,
        "`relu(x) = argmax(x, 0)`",
        [
            Mistake("true sentence doubted", "`relu(x) = max(x, 0)`", "That is the definition."),
            Mistake("true sentence doubted", "`relu(x) = x if x > 0 else 0`", "That is the same, in other words."),
            Mistake(
                "true sentence doubted", "`relu(x) = (x + abs(x)) / 2`", "Try −3 and 3: it gives 0 and 3, as ReLU does."
            ),
        ],
        prompt="Four texts explain ReLU. **One** formula is false. Which?",
        explanation="argmax says *which* of two numbers is larger, so of 5 and 0 it makes a place and not 5.",
        claim=16,
        level=REFUTE,
    )


_KINDS = {
    "average pooling": partial(reference.avg_pool2d, kernel_size=2),
    "max pooling": partial(reference.max_pool2d, kernel_size=2),
    "ReLU": reference.relu,
    "global average pooling": reference.global_avg_pool2d,
    "a convolution without bias": partial(reference.conv2d, weight=torch.tensor([[[[1.0, -2.0], [3.0, 0.5]]]])),
    "a convolution with bias": partial(
        reference.conv2d, weight=torch.tensor([[[[1.0, -2.0], [3.0, 0.5]]]]), bias=torch.tensor([0.7])
    ),
}


def _linear(function):
    """Whether f(x + y) = f(x) + f(y), for numbers that every float holds exactly."""
    x = torch.tensor([[3.0, -5, 2, 7], [-1, 4, -6, 0], [8, -2, 1, 5], [-3, 6, -7, 4]])[None, None]
    y = x.flip(3) * 2 - 1
    return bool(torch.allclose(function(x + y), function(x) + function(y)))


def which_layers_are_linear(draw):
    """Which of these operations are linear?"""
    names = draw.sample("names", sorted(_KINDS), 4)
    return multiple(
        draw,
        [
            Statement(
                name,
                _linear(_KINDS[name]),
                "taken for linear",
                f"Try {name} with two images, added before and added afterwards: the results differ.",
            )
            for name in names
        ],
        prompt="An operation $f$ is linear if $f(x + y) = f(x) + f(y)$ for all images. Which of these are?",
        explanation="Sums and means are linear. A maximum is not, and a constant bias is added twice on the right.",
        claim=16,
        level=RECALL,
    )


_MAX_POOL = [
    "def max_pool(x, k):",
    "    rows, columns = len(x) // k, len(x[0]) // k",
    "    y = [[0] * columns for _ in range(rows)]",
    "    for i in range(rows):",
    "        for j in range(columns):",
    "            window = [x[i * k + u][j * k + v] for u in range(k) for v in range(k)]",
    "            y[i][j] = max(window)",
    "    return y",
]
_MAX_POOL_BUGS = {
    "stride of 1 when none is given": (
        5,
        "            window = [x[i + u][j + v] for u in range(k) for v in range(k)]",
        "Windows stand side by side: number i begins at pixel i · k.",
    ),
    "padded with 0": (
        6,
        "            y[i][j] = max(0, *window)",
        "If all numbers of a window are negative, so is its maximum.",
    ),
    "mean instead of maximum": (6, "            y[i][j] = sum(window) / k**2", "That is average pooling."),
    "place of the maximum instead of the maximum": (
        6,
        "            y[i][j] = window.index(max(window))",
        "That is where the maximum stands, as argmax says, and not the maximum.",
    ),
    "width taken from the height": (
        1,
        "    rows, columns = len(x) // k, len(x) // k",
        "len(x) is the number of rows. The width is the length of a row.",
    ),
    "diagonal only": (
        5,
        "            window = [x[i * k + u][j * k + u] for u in range(k)]",
        "A window has k · k pixels. Those are the ones on its diagonal.",
    ),
}


def the_wrong_line_of_max_pooling(draw):
    """Which line of this max pooling is wrong?"""
    bug = draw.choice("bug", sorted(_MAX_POOL_BUGS))
    line, wrong, why = _MAX_POOL_BUGS[bug]
    return spot(
        [*_MAX_POOL[:line], wrong, *_MAX_POOL[line + 1 :]],
        line,
        _MAX_POOL[line].strip(),
        prompt="This should be max pooling with windows of k × k that stand side by side. `x` is a list of rows, not "
        "always square, and its numbers may be negative. Which line is wrong?",
        explanation=why,
        claim=16,
        level=PREDICT,
    )


def gradient_through_a_maximum(draw):
    """Where does the gradient go in max pooling?"""
    window, gradient = draw.sample("window", list(range(1, 10)), 4), 4 * draw.integer("quarter", 1, 5)
    x, g = _images([window[:2], window[2:]]), torch.tensor([[[[gradient]]]], dtype=torch.float64)
    through = reference.max_pool2d_backward(g, x, 2)
    shared = reference.avg_pool2d_backward(g, x, 2)
    return single(
        draw,
        _whole(through),
        [
            Mistake("mean instead of maximum", _whole(shared), "That is the way through a mean: a part for each."),
            Mistake(
                "gradient to all", _whole(torch.full_like(x, gradient)), "Only the largest number has any influence."
            ),
            Mistake(
                "values instead of gradients", _whole(through / gradient * x), "That is the number, not its gradient."
            ),
            Mistake(
                "smallest number instead of the largest",
                _whole(reference.max_pool2d_backward(g, -x, 2)),
                "The output is the largest number.",
            ),
        ],
        show=listed,
        prompt=f"Max pooling turns the window {listed([window[:2], window[2:]])} into one number. The gradient of the "
        "loss "
        f"in that number is {gradient}. What is the gradient in the window's numbers?",
        explanation="The largest number alone decides the output, so it gets all of the gradient.",
        claim=16,
        level=COMPUTE,
    )


# --------------------------------------------------------------------------------------------- what it saves, claim 12


def memory_after_pooling(draw):
    """How many units are left after pooling?"""
    channels, side, window = draw.integer("channels", 4, 32), draw.integer("side", 13, 29), draw.integer("window", 2, 3)
    draw.need(side % window > 0)
    left = reference.activation_count([POOL | {"kernel_size": window}], (channels, side, side))[0]
    return numeric(
        left,
        [
            Mistake("rounded up", channels * math.ceil(side / window) ** 2, "What does not fill a window is left out."),
            Mistake(
                "stride of 1 when none is given",
                channels * (side - window + 1) ** 2,
                "Without a stride, windows stand side by side.",
            ),
            Mistake("channels pooled", (side // window) ** 2, "Every channel is pooled on its own."),
        ],
        prompt=f"{channels} maps of {sides(side, side)} numbers are pooled with windows of {sides(window, window)}, no "
        "padding, default stride. How many numbers are left?",
        explanation="Each map shrinks on both axes, rounded down. The number of maps stays.",
        claim=12,
        level=COMPUTE,
    )


def a_dense_layer_after_pooling(draw):
    """How large is the dense layer behind pooling?"""
    filters, side, classes = draw.integer("filters", 4, 20), draw.choice("side", [14, 20, 24, 28, 32]), 10
    body = [conv(filters, 3, padding=1), HALVE, FLAT, linear(classes)]
    whole = reference.network_params(body, (1, side, side)) - reference.network_params(body[:1], (1, side, side))
    return numeric(
        whole,
        [
            Mistake(
                "head sized without the pooling",
                filters * side * side * classes + classes,
                "Pooling halves height and width first, so a quarter of the units is left.",
            ),
            Mistake(
                "one axis halved",
                filters * side * (side // 2) * classes + classes,
                "Pooling halves both axes.",
            ),
            Mistake("channels forgotten", (side // 2) ** 2 * classes + classes, "All maps go into the dense layer."),
            Mistake("biases left out", whole - classes, "Every unit of the dense layer has a bias."),
        ],
        prompt=f"{filters} maps of {sides(side, side)} are max pooled by 2, flattened, and go into a dense layer with "
        "biases "
        f"for {classes} classes. How many parameters has the dense layer?",
        explanation="It has one weight for every pair of a pooled unit and a class, and a bias for every class.",
        claim=12,
        level=COMPUTE,
    )


def what_is_left_after_pools(draw):
    """Which pooling leaves more?"""
    side, windows = draw.integer("side", 16, 40), draw.sample("windows", [2, 3, 4, 5], 3)
    pools = {f"windows of {sides(k, k)}, side by side": POOL | {"kernel_size": k} for k in windows}
    pools["windows of 3 × 3, stride 1"] = POOL | {"kernel_size": 3, "stride": 1}
    left = {name: reference.activation_count([pool], (8, side, side))[0] for name, pool in pools.items()}
    draw.need(len(set(left.values())) == len(left))
    return ordering(
        sorted(left, key=left.__getitem__),
        feedback="It is the stride that makes maps smaller. Without one given, it is as large as the window.",
        prompt=f"Maps of {sides(side, side)} are pooled. Order these poolings by how many numbers are left, the "
        "**fewest** first.",
        claim=12,
        level=COMPUTE,
    )


def what_pooling_makes_smaller():
    """What gets smaller when pooling is put in between?"""
    before, after = [conv(10, 5), FLAT, linear(10)], [conv(10, 5), HALVE, FLAT, linear(10)]
    shape = (1, 28, 28)

    def parameters(layers, place):
        return reference.network_params(layers[: place + 1], shape) - reference.network_params(layers[:place], shape)

    units = reference.activation_count
    return multiple(
        None,
        [
            Statement("the parameters of the dense layer", parameters(after, 3) < parameters(before, 2), "", ""),
            Statement(
                "the units that go into the dense layer", units(after, shape)[2] < units(before, shape)[1], "", ""
            ),
            Statement(
                "the parameters of the convolution",
                parameters(after, 0) < parameters(before, 0),
                "pooling saves parameters of the convolution",
                "The filters come before the pooling, and their size does not depend on any image.",
            ),
            Statement(
                "the number of maps",
                after[0]["out_channels"] < before[0]["out_channels"],
                "channels pooled",
                "Every map is pooled on its own: as many come out as went in.",
            ),
            Statement(
                "the units of the convolution's own output",
                units(after, shape)[0] < units(before, shape)[0],
                "pooling works backwards",
                "The convolution comes first and hands on as many numbers as before.",
            ),
        ],
        prompt="A network has ten 5 × 5 filters, then a dense layer. Now a 2 × 2 max pooling is put between them. What "
        "gets "
        "**smaller**?",
        explanation="Pooling saves memory behind it, and parameters only where a later layer is dense.",
        claim=12,
        level=RECALL,
    )


def parameters_with_and_without(draw):
    """Parameters with and without pooling"""
    filters, kernel = draw.integer("filters", 4, 16), draw.choice("kernel", [3, 5])
    plain, pooled = [conv(filters, kernel), FLAT, linear(10)], [conv(filters, kernel), HALVE, FLAT, linear(10)]
    shape = (1, 28, 28)
    return cloze(
        [
            number_gap("filters", reference.network_params(plain[:1], shape)),
            number_gap("plain", reference.network_params(plain, shape)),
            number_gap("pooled", reference.network_params(pooled, shape)),
        ],
        feedback="The filters have as many parameters with pooling as without. The dense layer shrinks to about a "
        "quarter.",
        prompt=f"Images of 28 × 28 grey pixels, {filters} filters of {sides(kernel, kernel)} (no padding), then a "
        "dense layer "
        "for 10 classes, all with biases. The filters have {{filters}} parameters, filters and dense layer together "
        "{{plain}}. With 2 × 2 pooling between the two, all together have {{pooled}}.",
        claim=12,
        level=COMPUTE,
    )


def the_most_important():
    """Does pooling keep what is important?"""
    spike, stroke = [[9, 0], [0, 0]], [[4, 4], [4, 4]]
    kept = [int(reference.max_pool2d(_images(window), 2)) for window in (spike, stroke)]
    return true_false(
        kept[1] >= kept[0],
        "The maximum keeps the largest number. It cannot know whether a single spike is noise.",
        prompt=f"Max pooling keeps the most important information. So a window {listed(stroke)}, a broad stroke, gives "
        "at "
        f"least as large a number as the window {listed(spike)}, a speck of noise.",
        explanation=f"The speck gives {kept[0]}, the stroke {kept[1]}. “The largest is the important one” is a rule of "
        "thumb.",
        claim=12,
        level=REFUTE,
    )


def shapes_through_pools(draw):
    """What shape does this program print?"""
    channels, height, width = (
        draw.integer("channels", 2, 8),
        draw.integer("height", 9, 21),
        draw.integer("width", 9, 21),
    )
    window = draw.integer("window", 2, 4)
    draw.need(height % window > 0 and width % window > 0 and height != width)
    code = (
        "import torch\n"
        "from torch import nn\n\n"
        f"x = torch.zeros(1, {channels}, {height}, {width})\n"
        f"print(list(nn.MaxPool2d({window})(x).shape))"
    )

    def shape(size):
        return str([1, channels, size(height), size(width)])

    return single(
        draw,
        printed(code),
        [
            Mistake("rounded up", shape(lambda n: math.ceil(n / window)), "What does not fill a window is left out."),
            Mistake(
                "stride of 1 when none is given",
                shape(lambda n: n - window + 1),
                "The stride of a pool is its window, unless told otherwise.",
            ),
            Mistake(
                "channels pooled",
                str([1, 1, height // window, width // window]),
                "Every channel is pooled on its own: as many come out as went in.",
            ),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="Windows stand side by side, and what is left over at the end is dropped.",
        claim=12,
        level=PREDICT,
    )


# ------------------------------------------------------------------------------------------- what makes a CNN, claim 10

_NETWORKS = {
    "convolution, ReLU, pooling, dense layer": [conv(4, 3), RELU, HALVE, FLAT, linear(10)],
    "convolution, ReLU, dense layer": [conv(4, 3), RELU, FLAT, linear(10)],
    "convolution, ReLU, global average pooling": [conv(10, 3), RELU, GAP],
    "convolution, convolution, global average pooling": [conv(4, 3), conv(10, 3), GAP],
    "dense layer, ReLU, dense layer": [FLAT, linear(24), RELU, linear(10)],
    "pooling, dense layer": [HALVE, FLAT, linear(10)],
    "pooling, dense layer, ReLU, dense layer": [HALVE, FLAT, linear(24), RELU, linear(10)],
    "dense layer alone": [FLAT, linear(10)],
}


def _is_cnn(layers):
    """A network with a convolution; it has to be possible, too."""
    reference.network_params(layers, (1, 12, 12))
    return any(layer["type"] == "conv" for layer in layers)


def which_are_cnns(draw):
    """Which of these are convolutional networks?"""
    names = draw.sample("names", sorted(_NETWORKS), 5)
    return multiple(
        draw,
        [
            Statement(
                name,
                _is_cnn(_NETWORKS[name]),
                "pooling or a dense layer makes a CNN",
                "There is no convolution in it, and that is the one thing a CNN cannot do without.",
            )
            for name in names
        ],
        prompt="Which of these networks are convolutional neural networks?",
        explanation="A CNN has at least one convolution. Pooling and dense layers can be left out.",
        claim=10,
        level=RECALL,
    )


def take_one_away(draw):
    """Is it still a CNN?"""
    parts = {"convolution": conv(4, 3), "ReLU": RELU, "pooling": HALVE, "dense layer": linear(10)}
    name = draw.choice("name", sorted(parts))
    network = [conv(4, 3), RELU, HALVE, FLAT, linear(10)]
    rest = [layer for layer in network if layer != parts[name]]
    return true_false(
        any(layer["type"] == "conv" for layer in rest),
        "Only the convolution makes a network a CNN. Everything else is optional.",
        prompt=f"A network is made of a convolution, a ReLU, a pooling and a dense layer. Take the {name} away. What "
        "is left "
        "is still a CNN.",
        claim=10,
        level=RECALL,
    )


def parameters_of_a_network_without_dense(draw):
    """How small can a CNN be?"""
    classes, kernel, channels = (
        draw.integer("classes", 4, 12),
        draw.choice("kernel", [3, 5, 7]),
        draw.choice("channels", [1, 3]),
    )
    side = draw.choice("side", [28, 32])
    layers = [conv(classes, kernel), GAP]
    key = reference.network_params(layers, (channels, side, side))
    return numeric(
        key,
        [
            Mistake(
                "a dense layer needed",
                key + classes * classes + classes,
                "There is none: each mean is a score already.",
            ),
            Mistake("pooling given parameters", key + classes, "A mean has nothing to learn."),
            Mistake(
                "flattened instead of averaged",
                key + classes * (side - kernel + 1) ** 2 * classes + classes,
                "Nothing is flattened: each map becomes one number.",
            ),
        ],
        prompt=f"A CNN for {classes} classes: {classes} filters of {sides(kernel, kernel)} with biases on {channels} "
        f"channel(s) of {sides(side, side)} pixels, then the mean of each map. The means are the scores. How many "
        "parameters "
        "has the network?",
        explanation="Only the filters learn. It is a CNN without any dense layer.",
        claim=10,
        level=COMPUTE,
    )


def a_network_without_dense_in_torch(draw):
    """What does this small CNN print?"""
    batch, classes, side = draw.integer("batch", 2, 9), draw.integer("classes", 3, 12), draw.integer("side", 9, 20)
    code = (
        "import torch\n"
        "from torch import nn\n\n"
        f"net = nn.Sequential(nn.Conv2d(1, {classes}, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
        f"print(list(net(torch.zeros({batch}, 1, {side}, {side})).shape))"
    )
    return single(
        draw,
        printed(code),
        [
            Mistake(
                "flattened instead of averaged",
                str([batch, classes * (side - 2) ** 2]),
                "AdaptiveAvgPool2d(1) makes one number of each map before anything is flattened.",
            ),
            Mistake("batch flattened too", str([batch * classes]), "The images stay apart: the first axis is kept."),
            Mistake("channels averaged", str([batch, 1]), "Each map has a mean of its own."),
        ],
        show=_code,
        prompt=f"A CNN without a dense layer. What does this print?\n\n{python(code)}",
        explanation="One score for each image and class.",
        claim=10,
        level=PREDICT,
    )


def layers_in_their_order(draw):
    """In which order do these layers fit?"""
    filters, kernel, units = (
        draw.integer("filters", 4, 12),
        draw.choice("kernel", [3, 5]),
        draw.integer("units", 20, 60),
    )
    layers = [conv(filters, kernel), HALVE, FLAT, linear(units), linear(10)]
    names = [f"convolution, {filters} filters of {sides(kernel, kernel)}", "max pooling, 2 × 2", "flatten"]
    names += [f"dense layer, {units} units", "dense layer, 10 units"]
    counts = reference.activation_count(layers, (1, 28, 28))
    draw.need(counts[2] > units)
    items = [f"{name}: hands on {count(n)} numbers" for name, n in zip(names, counts, strict=True)]
    return ordering(
        items,
        feedback="Maps are pooled before they are flattened, and dense layers need a flat input.",
        prompt="These layers make a classifier for images of 28 × 28 grey pixels and 10 classes. Put them in order, "
        "from "
        "the image to the scores.",
        claim=10,
        level=COMPUTE,
    )


def three_components():
    """Which sentence about the parts of a CNN is false?"""
    with_gap = reference.network_params([conv(10, 5), GAP], (1, 28, 28))
    return single(
        None,
        "A CNN has three components: convolution, pooling and dense layers. Leave one out, and it is none.",
        [
            Mistake(
                "true sentence doubted",
                f"Ten 5 × 5 filters and the mean of each map are a CNN for ten classes, with {with_gap} parameters.",
                "They are: count ten times 25 weights and a bias.",
            ),
            Mistake(
                "true sentence doubted",
                "A network can halve its maps by a convolution with stride 2 instead of pooling.",
                "It can, and many do.",
            ),
            Mistake(
                "true sentence doubted",
                "A network of dense layers behind a pooling layer is no CNN.",
                "That is so: there is no convolution in it.",
            ),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="Pooling and dense layers are usual, and optional. The convolution is not.",
        claim=10,
        level=REFUTE,
    )


# ------------------------------------------------------------------------------------ no parameters, locality, claim 18

_MODULES = {
    "nn.MaxPool2d(2)": nn.MaxPool2d(2),
    "nn.AvgPool2d(3)": nn.AvgPool2d(3),
    "nn.ReLU()": nn.ReLU(),
    "nn.Flatten()": nn.Flatten(),
    "nn.Conv2d(3, 8, 3)": nn.Conv2d(3, 8, 3),
    "nn.Conv2d(8, 8, 1)": nn.Conv2d(8, 8, 1),
    "nn.Linear(64, 10)": nn.Linear(64, 10),
    "nn.BatchNorm2d(8)": nn.BatchNorm2d(8),
}


def which_modules_learn(draw):
    """Which of these layers have parameters?"""
    names = draw.sample("names", sorted(_MODULES), 5)
    return multiple(
        draw,
        [
            Statement(
                _code(name),
                reference.count_parameters(_MODULES[name]) > 0,
                "parameters where nothing is learned",
                f"{name} computes its output without any number that training could change.",
            )
            for name in names
        ],
        prompt="Which of these layers have parameters, that is, numbers that training changes?",
        explanation="Pooling, ReLU and flattening have none.",
        claim=18,
        level=RECALL,
    )


def parameters_of_modules(draw):
    """How many parameters has each layer?"""
    channels, filters, units = (
        draw.integer("channels", 1, 4),
        draw.integer("filters", 3, 9),
        draw.integer("units", 4, 12),
    )
    modules = {
        f"`nn.Conv2d({channels}, {filters}, 3)`": nn.Conv2d(channels, filters, 3),
        "`nn.MaxPool2d(2)`": nn.MaxPool2d(2),
        f"`nn.Linear({units}, {filters})`": nn.Linear(units, filters),
    }
    pairs = {name: str(reference.count_parameters(module)) for name, module in modules.items()}
    draw.need(len(set(pairs.values())) == 3)
    no_bias = str(channels * filters * 9)
    return matching(
        pairs,
        distractors=(no_bias, "4") if no_bias != "4" else (no_bias,),
        feedback="Filters · (channels · 9 + 1), units · (inputs + 1), and nothing at all for pooling: a window of 2 × "
        "2 has "
        "4 numbers in it, but learns none.",
        prompt="Find the number of parameters of each layer.",
        claim=18,
        level=COMPUTE,
    )


def what_one_unit_sees(draw):
    """How much does one unit see?"""
    side, kernel, channels = draw.integer("side", 12, 32), draw.choice("kernel", [3, 5]), draw.integer("channels", 2, 4)
    image = torch.zeros(1, channels, side, side, requires_grad=True)
    torch.nn.functional.conv2d(image, torch.ones(1, channels, kernel, kernel))[0, 0, 0, 0].backward()
    return numeric(
        int((image.grad != 0).sum()),
        [
            Mistake("one channel only", kernel * kernel, "A filter looks through all channels of its window."),
            Mistake("everything", channels * side * side, "That is what a unit of a dense layer sees."),
            Mistake("one pixel", channels, "The window is larger than one pixel."),
        ],
        prompt=f"An image has {channels} channels of {sides(side, side)} pixels. On how many of its "
        f"{channels * side * side} "
        f"numbers does **one** unit of a {sides(kernel, kernel)} convolution depend?",
        explanation="On its window in every channel: that is local connectivity.",
        claim=18,
        level=COMPUTE,
    )


def pooling_in_a_model(draw):
    """How many parameters does this program count?"""
    filters, window, kernel = (
        draw.integer("filters", 2, 12),
        draw.integer("window", 2, 4),
        draw.choice("kernel", [3, 5]),
    )
    code = (
        "from torch import nn\n\n"
        f"net = nn.Sequential(nn.Conv2d(1, {filters}, {kernel}), nn.ReLU(), nn.MaxPool2d({window}))\n"
        "print(sum(p.numel() for p in net.parameters()))"
    )
    filters_alone = filters * (kernel * kernel + 1)
    return numeric(
        int(printed(code)),
        [
            Mistake("pooling given parameters", filters_alone + window * window, "Pooling has nothing to learn."),
            Mistake(
                "pooling has parameters per map", filters_alone + filters * window**2, "Pooling has nothing to learn."
            ),
            Mistake("biases left out", filters * kernel * kernel, "nn.Conv2d has a bias for every filter."),
            Mistake("tensors counted instead of numbers", 2, "numel() counts the numbers in each tensor."),
        ],
        prompt=f"Which number does this print?\n\n{python(code)}",
        explanation="Only the filters and their biases are parameters.",
        claim=18,
        level=PREDICT,
    )


_PARTS = [
    "A CNN has at least one convolution layer.",
    "Pooling layers have no parameters.",
    "A unit of a convolution is connected to a small window of the image.",
    "All units of one map use the same filter.",
]
_PARTS_WRONG = {
    "dense layers needed": (0, "A CNN has at least one convolution layer and at least one dense layer."),
    "pooling given parameters": (1, "Pooling layers learn which number of a window is the most important one."),
    "everything seen": (2, "A unit of a convolution is connected to all pixels of the image."),
    "neighbours share a weight": (3, "All pixels of one window are multiplied with the same weight."),
}


def the_wrong_sentence_about_parts(draw):
    """Which sentence about the parts of a CNN is wrong?"""
    mistake = draw.choice("mistake", sorted(_PARTS_WRONG))
    line, wrong = _PARTS_WRONG[mistake]
    return spot(
        [*_PARTS[:line], wrong, *_PARTS[line + 1 :]],
        line,
        _PARTS[line],
        code=False,
        prompt="Someone describes convolutional networks in four sentences. Which one is wrong?",
        explanation=f"Right would be: {_PARTS[line]}",
        claim=18,
        level=REFUTE,
    )


def at_least_one_convolution():
    """Is one convolution layer enough?"""
    one = any(layer["type"] == "conv" for layer in [conv(10, 5), GAP])
    return true_false(
        one,
        "One convolution is enough: ten filters and the mean of each map classify digits.",
        prompt="A network with exactly one convolution layer and no dense layer is a CNN.",
        claim=18,
        level=RECALL,
    )


# --------------------------------------------------------------------------------------- how far a stack sees, claim 22


def _stack(draw, depth):
    kernels = draw.row("kernels", depth, 2, 5)
    strides = draw.row("strides", depth, 1, 2)
    return list(zip(kernels, strides, [1] * depth, strict=True))


def _described(layers):
    return ", ".join(f"kernel {kernel} with stride {stride}" for kernel, stride, _ in layers)


def field_of_a_stack(draw):
    """How large is the receptive field?"""
    layers = _stack(draw, 3)
    size, _ = reference.receptive_field(layers)
    kernels = [kernel for kernel, _, _ in layers]
    jumps = list(accumulate((stride for _, stride, _ in layers), int.__mul__))
    return numeric(
        size,
        [
            Mistake(
                "jump left out of the size",
                1 + sum(k - 1 for k in kernels),
                "After a stride, one step is several pixels wide.",
            ),
            Mistake("kernels added up", sum(kernels), "Every layer adds one less than its kernel."),
            Mistake(
                "stride counted before its own layer",
                1 + sum((k - 1) * jump for k, jump in zip(kernels, jumps, strict=True)),
                "A layer's stride counts for the layers above it, not for itself.",
            ),
        ],
        prompt=f"Three layers, from the image upwards: {_described(layers)}. On how many pixels along one axis does a "
        "number "
        "at the top depend?",
        explanation="size grows by (kernel − 1) · jump, then jump is multiplied by the stride; both begin at 1.",
        claim=22,
        level=COMPUTE,
    )


def size_and_jump(draw):
    """Size and jump of a dilated stack"""
    kernel, dilation, stride = (
        draw.integer("kernel", 2, 4),
        draw.integer("dilation", 2, 4),
        draw.integer("stride", 2, 3),
    )
    first = reference.receptive_field([(3, stride, 1)])
    second = reference.receptive_field([(3, stride, 1), (kernel, 1, dilation)])
    return cloze(
        [
            number_gap("size_one", first[0]),
            number_gap("jump_one", first[1]),
            number_gap("size_two", second[0]),
            number_gap("jump_two", second[1]),
        ],
        feedback="size = size + (kernel − 1) · dilation · jump, then jump = jump · stride.",
        prompt=f"First layer: kernel 3, stride {stride}. After it the receptive field has the size {{{{size_one}}}} "
        "and the "
        f"jump {{{{jump_one}}}}. Second layer: kernel {kernel}, stride 1, dilation {dilation}. After it the size is "
        "{{size_two}} and the jump {{jump_two}}.",
        claim=22,
        level=COMPUTE,
    )


_FIELD = [
    "def receptive_field(layers):",
    "    field, step = 1, 1",
    "    for taps, pace, gap in layers:",
    "        field += (taps - 1) * gap * step",
    "        step *= pace",
    "    return field, step",
]
_FIELD_BUGS = {
    "kernels added up": (3, "        field += taps * gap * step", "A kernel of 3 adds two pixels, not three."),
    "dilation ignored": (
        3,
        "        field += (taps - 1) * step",
        "Dilation moves the taps apart: the layer reaches further.",
    ),
    "jump left out of the size": (
        3,
        "        field += (taps - 1) * gap",
        "Above a stride, one step is several pixels wide.",
    ),
    "strides added up": (
        4,
        "        step += pace",
        "Strides multiply: two layers of stride 2 make steps of 4 pixels.",
    ),
    "field begins with nothing": (1, "    field, step = 0, 1", "Without any layer, a number sees one pixel: itself."),
}


def the_wrong_line_of_a_field(draw):
    """Which line about the receptive field is wrong?"""
    bug = draw.choice("bug", sorted(_FIELD_BUGS))
    line, wrong, why = _FIELD_BUGS[bug]
    return spot(
        [*_FIELD[:line], wrong, *_FIELD[line + 1 :]],
        line,
        _FIELD[line].strip(),
        prompt="This should compute, from the image upwards, how many pixels along one axis a number sees and how many "
        "pixels lie between the fields of two neighbours. Which line is wrong?",
        explanation=why,
        claim=22,
        level=PREDICT,
    )


def stacks_by_their_field(draw):
    """Which stack sees further?"""
    depths = draw.sample("depths", [2, 3, 4, 5, 6, 7], 2)
    dilation, pools = draw.integer("dilation", 2, 5), draw.integer("pools", 2, 3)
    stacks = {f"{depth} kernels of 3": [(3, 1, 1)] * depth for depth in depths}
    stacks |= {
        f"one kernel of 3 with dilation {dilation}, then one of 3": [(3, 1, dilation), (3, 1, 1)],
        f"{pools} times: kernel 3, then pooling by 2": [(3, 1, 1), (2, 2, 1)] * pools,
    }
    sizes = {name: reference.receptive_field(layers)[0] for name, layers in stacks.items()}
    draw.need(len(set(sizes.values())) == len(sizes))
    return ordering(
        sorted(sizes, key=sizes.__getitem__),
        feedback="A stride makes every later kernel wider, a dilation its own.",
        prompt="Order these stacks by the receptive field of a number at the top, the **smallest** first.",
        claim=22,
        level=COMPUTE,
    )


def a_loop_over_layers(draw):
    """What does this loop print?"""
    kernels, strides = draw.row("kernels", 3, 2, 5), draw.row("strides", 3, 1, 3)
    draw.need(strides[0] * strides[1] > 1)
    code = (
        "field, step = 1, 1\n"
        f"for kernel, stride in zip({kernels}, {strides}):\n"
        "    field += (kernel - 1) * step\n"
        "    step *= stride\n"
        "print(field, step)"
    )
    layers = [(k, s, 1) for k, s in zip(kernels, strides, strict=True)]
    jump = math.prod(strides)
    jumps = list(accumulate(strides, int.__mul__))
    early = 1 + sum((k - 1) * j for k, j in zip(kernels, jumps, strict=True))
    return single(
        draw,
        printed(code),
        [
            Mistake(
                "jump left out of the size", f"{1 + sum(k - 1 for k in kernels)} 1", "The step grows with every stride."
            ),
            Mistake("stride counted before its own layer", f"{early} {jump}", "field is updated before step."),
            Mistake(
                "strides added up",
                f"{reference.receptive_field(layers)[0]} {1 + sum(s - 1 for s in strides)}",
                "step is multiplied by each stride.",
            ),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="Size of the receptive field, and the distance of two neighbours' fields.",
        claim=22,
        level=PREDICT,
    )


def _paths(kernel, depth):
    """How many paths lead from each pixel of its field to a number at the top: a kernel of ones, convolved."""
    weights = np.ones(1, dtype=int)
    for _ in range(depth):
        weights = np.convolve(weights, np.ones(kernel, dtype=int))
    return weights


def core_of_a_field(draw):
    """How much of a field counts?"""
    depth, ends = draw.integer("depth", 2, 4), draw.integer("ends", 1, 2)
    weights = _paths(3, depth)
    total = int(weights.sum())
    chart = figures.bars(
        "paths", weights.tolist(), [str(p) for p in range(len(weights))], "Paths by pixel of the field"
    )
    core = weights[ends:-ends]
    draw.need(len(core) > 1)
    return numeric(
        round(100 * int(core.sum()) / total, 1),
        [
            Mistake(
                "pixels counted instead of paths",
                round(100 * len(core) / len(weights), 1),
                "The bars are not equally high.",
            ),
            Mistake("one end only", round(100 * int(weights[ends:].sum()) / total, 1), "There are two ends."),
            Mistake(
                "ends instead of the core",
                round(100 * (1 - int(core.sum()) / total), 1),
                "That is what the ends carry.",
            ),
        ],
        tolerance=0.5,
        unit="%",
        prompt=f"{depth} kernels of 3 lie on top of each other. The bars say how many paths lead from each pixel of "
        "the "
        f"receptive field to one number at the top. Leave out {ends} pixel(s) at **each** end. How many per cent of "
        "all paths "
        f"begin in the pixels that are left?\n\n{shown(chart)}",
        figures=(chart,),
        explanation="Most paths begin in the middle. What counts of a receptive field is smaller than the field.",
        claim=22,
        level=READ,
    )


def word_for_the_core():
    """What is the part of the field that counts called?"""
    return short_text(
        ["effective", "effective receptive field", "effective field"],
        "It is the effective receptive field (Luo et al. 2016).",
        prompt="A number at the top of a deep stack formally depends on many pixels, but nearly all of its weight lies "
        "on "
        "the middle of them. Complete: this middle is called the … receptive field.",
        claim=22,
        level=RECALL,
    )


def large_fields():
    """Which sentence about receptive fields is false?"""
    vgg = reference.receptive_field([(3, 1, 1)] * 2 + [(2, 2, 1)])
    return single(
        None,
        "Because deep stacks see a large field, their maps do not change when the image is moved.",
        [
            Mistake(
                "true sentence doubted",
                f"Two kernels of 3 and a 2 × 2 pooling see {vgg[0]} pixels along an axis.",
                "Count: 1 + 2 + 2 + 1.",
            ),
            Mistake(
                "true sentence doubted",
                "Pixels at the border of the field have less influence than those in the middle.",
                "That is so: fewer paths lead from them to the top.",
            ),
            Mistake(
                "true sentence doubted",
                "A stride makes the kernels of all later layers reach further.",
                "That is so: their steps are several pixels wide.",
            ),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="However far it sees, what a convolution sees moves along with the image: that is equivariance.",
        claim=22,
        level=REFUTE,
    )


# ----------------------------------------------------------------------------------------- pooling and shifts, claim 13


def _max_row(row):
    return reference.max_pool2d(torch.tensor(row)[None, None, None], (1, 2))[0, 0, 0].tolist()


def a_row_moved_by_one(draw):
    """What does pooling make of a moved row?"""
    row = draw.row("row", 8, 0, 9)
    moved = [row[-1], *row[:-1]]
    pooled = _max_row(row)
    return single(
        draw,
        _max_row(moved),
        [
            Mistake("invariant to every shift", pooled, "Other pixels meet in a window now."),
            Mistake("equivariant to every shift", [pooled[-1], *pooled[:-1]], "That would be a shift by two pixels."),
            Mistake("moved to the left", _max_row([*row[1:], row[0]]), "The row moves to the right."),
        ],
        show=listed,
        prompt=f"The row {listed(row)} is moved by one pixel to the right; what leaves comes in again on the left. "
        "Then it "
        "is max pooled with windows of 2. What comes out?",
        explanation=f"Before the shift it was {listed(pooled)}. Pooling commutes with shifts by whole windows only.",
        claim=13,
        level=COMPUTE,
    )


def a_shift_by_whole_windows(draw):
    """Does the pooled row move along?"""
    row, window, shift = draw.row("row", 12, 0, 9), draw.integer("window", 2, 3), draw.integer("shift", 1, 6)

    def pooled(values):
        return reference.max_pool2d(torch.tensor(values)[None, None, None], (1, window))[0, 0, 0].tolist()

    def rotated(values, by):
        by %= len(values)
        return [*values[len(values) - by :], *values[: len(values) - by]]

    before, after = pooled(row), pooled(rotated(row, shift))
    same = after in [rotated(before, by) for by in range(len(before))]
    draw.need(same == (shift % window == 0))  # a row can come out the same by chance, which teaches nothing
    return true_false(
        same,
        "Windows stand side by side. Only a shift by whole windows brings the same pixels together again.",
        prompt=f"The row {listed(row)} is max pooled with windows of {window}. When it is moved around by {shift} "
        "pixel(s) "
        "first, the pooled row holds the same numbers as before, at most moved around itself.",
        explanation=f"Before: {listed(before)}. After: {listed(after)}.",
        claim=13,
        level=COMPUTE,
    )


def what_is_invariant():
    """Which operations do not notice a circular shift?"""
    x = torch.arange(36.0).reshape(1, 1, 6, 6).remainder(7)
    moved = reference.translate(x, (0, 1))

    def same(function):
        return bool(torch.equal(function(x), function(moved)))

    moves = "Its output changes, or at least moves along. Invariant means that nothing at all changes."
    return multiple(
        None,
        [
            Statement("the maximum over the whole map", same(lambda a: a.amax((2, 3))), "", ""),
            Statement("the mean over the whole map", same(reference.global_avg_pool2d), "", ""),
            Statement("2 × 2 max pooling", same(lambda a: reference.max_pool2d(a, 2)), "pooling is invariant", moves),
            Statement(
                "2 × 2 average pooling", same(lambda a: reference.avg_pool2d(a, 2)), "pooling is invariant", moves
            ),
            Statement("ReLU", same(lambda a: reference.relu(a - 3)), "equivariant taken for invariant", moves),
        ],
        prompt="An image is moved by one pixel; what leaves on the right comes in on the left. Whose output does "
        "**not** "
        "change, whatever the image?",
        explanation="Only what looks at the whole map without caring where things are.",
        claim=13,
        level=RECALL,
    )
