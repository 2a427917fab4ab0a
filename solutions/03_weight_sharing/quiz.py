"""The questions of assignment 3: parameters, products and units, and what saves which of them.

Keys come from the reference or from running the code that is shown. A wrong answer is what the named mistake makes.
"""

import torch

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
    choice_gap,
    cloze,
    count,
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
from convclass.reference import published
from convclass.reference.published import conv, linear

POOL, FLAT, GAP = {"type": "max_pool", "kernel_size": 2}, {"type": "flatten"}, {"type": "global_avg_pool"}
DIGIT = (1, 28, 28)
TRUE = "true sentence doubted"


def _params(layers, shape=DIGIT):
    return reference.network_params(layers, shape)


def _units(layers, shape=DIGIT):
    return reference.activation_count(layers, shape)


def _code(text):
    return f"`{text}`"


def _three_layers(side, filters, kernel):
    """Parameters and products of a dense, a locally connected and a convolution layer with the same units."""
    pixels, units = side * side, filters * (side - kernel + 1) ** 2
    return {
        "dense": (reference.linear_params(pixels, units), reference.linear_macs(pixels, units)),
        "locally connected": (
            reference.locally_connected2d_params(1, filters, side, kernel),
            int(reference.conv2d(torch.ones(1, 1, side, side), torch.ones(filters, 1, kernel, kernel)).sum()),
        ),
        "convolution": (
            reference.conv2d_params(1, filters, kernel),
            reference.conv2d_macs(1, filters, side, kernel),
        ),
    }


# ------------------------------------------------------------------------------------------------ dense layers, claim 3


def weights_of_one_input(draw):
    """How many weights has one input?"""
    inputs, units = draw.integer("inputs", 50, 900), draw.integer("units", 5, 60)
    layer = torch.nn.Linear(inputs, units)
    return numeric(
        layer.weight[:, 0].numel(),
        [
            Mistake(
                "one weight for each input",
                1,
                "It has a weight for each unit that it is connected to, and that is all of them.",
            ),
            Mistake("weights of a unit", inputs, "That is how many weights one unit has."),
            Mistake(
                "all pairs", reference.linear_params(inputs, units, bias=False), "Those are the weights of all inputs."
            ),
        ],
        prompt=f"A dense layer connects {inputs} inputs with {units} units. How many weights does **one input** have?",
        explanation="There is a weight for each pair, so an input has as many as there are units.",
        claim=3,
        level=RECALL,
    )


def parts_of_a_dense_layer(draw):
    """Weights and biases of a dense layer"""
    inputs, units = draw.integer("inputs", 20, 400), draw.integer("units", 5, 50)
    weights, whole = reference.linear_params(inputs, units, bias=False), reference.linear_params(inputs, units)
    return cloze(
        [number_gap("weights", weights), number_gap("biases", whole - weights), number_gap("whole", whole)],
        feedback="One weight for every pair of an input and a unit, one bias for every unit.",
        prompt=f"A dense layer with {inputs} inputs and {units} units has {{{{weights}}}} weights and {{{{biases}}}} "
        "biases, "
        "together {{whole}} parameters.",
        claim=3,
        level=COMPUTE,
    )


def parameters_of_an_mlp(draw):
    """How many parameters has an MLP?"""
    inputs, hidden, classes = (
        draw.integer("inputs", 20, 200),
        draw.integer("hidden", 10, 60),
        draw.integer("classes", 2, 10),
    )
    widths = [inputs, hidden, classes]
    return numeric(
        reference.mlp_params(widths),
        [
            Mistake("biases left out", reference.mlp_params(widths, bias=False), "Every unit has a bias."),
            Mistake(
                "biases for the inputs",
                reference.mlp_params(widths) + inputs,
                "Inputs are no units: they have no bias.",
            ),
            Mistake("last layer left out", reference.linear_params(inputs, hidden), "There are two layers of weights."),
            Mistake("one weight for each input", inputs + hidden, "Every pair of an input and a unit has a weight."),
        ],
        prompt=f"An MLP has {inputs} inputs, one hidden layer of {hidden} units and {classes} outputs, all with "
        "biases. How "
        "many parameters has it?",
        explanation="Each layer has inputs · units weights and a bias for every unit.",
        claim=3,
        level=COMPUTE,
    )


def shape_of_a_weight(draw):
    """What shape has the weight of nn.Linear?"""
    inputs, units = draw.integer("inputs", 10, 90), draw.integer("units", 3, 40)
    draw.need(inputs != units)
    code = f"from torch import nn\n\nlayer = nn.Linear({inputs}, {units})\nprint(list(layer.weight.shape))"
    return single(
        draw,
        printed(code),
        [
            Mistake("one weight for each input", f"[{inputs}]", "There is one for every pair of an input and a unit."),
            Mistake("weight axes swapped", f"[{inputs}, {units}]", "One row for each unit, one column for each input."),
            Mistake("bias inside of the weight", f"[{units}, {inputs + 1}]", "The bias is a tensor of its own."),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="A row for each unit, a column for each input: one weight for each pair.",
        claim=3,
        level=PREDICT,
    )


def a_weight_of_its_own():
    """Which sentence about dense layers is false?"""
    weights = reference.linear_params(784, 10, bias=False)
    return single(
        None,
        "In a dense layer each input has a weight of its own, so 784 inputs make 784 weights.",
        [
            Mistake(TRUE, f"784 inputs and 10 units make {count(weights)} weights.", "They do: one for each pair."),
            Mistake(TRUE, "Each unit has as many weights as there are inputs.", "It has: one for each input."),
            Mistake(
                TRUE, "Putting the pixels into another order does not change the number of weights.", "It does not."
            ),
        ],
        prompt="**One** of these sentences about a dense layer is false. Which?",
        explanation="Each *pair* of an input and a unit has a weight.",
        claim=3,
        level=REFUTE,
    )


def one_more_unit(draw):
    """What does one more unit cost?"""
    inputs, units = draw.integer("inputs", 30, 500), draw.integer("units", 5, 60)
    more = reference.linear_params(inputs, units + 1) - reference.linear_params(inputs, units)
    said = draw.choice(
        "said", ["a weight for each input and a bias", "one weight", "a weight for each unit and a bias"]
    )
    numbers = {
        "a weight for each input and a bias": inputs + 1,
        "one weight": 1,
        "a weight for each unit and a bias": units + 1,
    }
    draw.need(inputs != units)
    return true_false(
        numbers[said] == more,
        f"The new unit is connected with all {inputs} inputs and has a bias: {inputs} + 1 parameters.",
        prompt=f"A dense layer of {inputs} inputs and {units} units gets one more unit. It then has {numbers[said]} "
        "more "
        f"parameter(s): {said}.",
        claim=3,
        level=COMPUTE,
    )


# ------------------------------------------------------------------------------------------ a filter's weights, claim 2


def filters_in_groups(draw):
    """How many parameters have filters in groups?"""
    groups, per = draw.integer("groups", 2, 4), draw.integer("per", 2, 4)
    times, kernel = draw.integer("times", 2, 5), draw.choice("kernel", [3, 5])
    channels, filters = groups * per, groups * times
    return numeric(
        reference.conv2d_params(channels, filters, kernel, groups),
        [
            Mistake(
                "groups forgotten",
                reference.conv2d_params(channels, filters, kernel),
                "With groups a filter sees only the channels of its own group.",
            ),
            Mistake(
                "filters divided among the groups twice",
                times * (per * kernel**2 + 1),
                "There are as many filters as before. Each of them sees fewer channels.",
            ),
            Mistake("biases left out", filters * per * kernel**2, "Every filter has a bias."),
        ],
        prompt=f"A layer has {filters} filters of {sides(kernel, kernel)} with biases, {channels} input channels and "
        f"{groups} groups. How many parameters has it?",
        explanation=f"Each filter sees {per} channels: filters · ({per} · height · width + 1).",
        claim=2,
        level=COMPUTE,
    )


def report_of_a_matrix(draw):
    """Entries, connections and weights of a convolution"""
    height, width, kernel = draw.integer("height", 4, 7), draw.integer("width", 4, 7), draw.integer("kernel", 2, 3)
    weight = torch.arange(1.0, kernel**2 + 1).reshape(1, 1, kernel, kernel)
    entries, nonzero, distinct = reference.sharing_report(reference.conv2d_matrix(weight, (height, width)))
    return cloze(
        [number_gap("entries", entries), number_gap("nonzero", nonzero), number_gap("distinct", distinct)],
        feedback="Entries: units times pixels. Not zero: units times the kernel's weights. Different: the kernel's "
        "weights.",
        prompt=f"A {sides(kernel, kernel)} kernel with different weights, none of them 0, moves over "
        f"{sides(height, width)} "
        "pixels (one channel, stride 1, no padding, no bias). As a matrix from pixels to units the layer has "
        "{{entries}} "
        "entries. {{nonzero}} of them are not zero, and these hold {{distinct}} different numbers.",
        claim=2,
        level=COMPUTE,
    )


def nine_weights():
    """When has a 3 × 3 filter nine weights?"""
    one = reference.conv2d_params(1, 1, 3, bias=False)

    def nine(channels, bias):
        return reference.conv2d_params(channels, 1, 3, bias=bias) == one

    more = "Count: channels · 9 weights, and one more number if there is a bias."
    return multiple(
        None,
        [
            Statement("a grey image of 5 × 5 pixels, no bias", nine(1, False), "", ""),
            Statement("a grey image of 500 × 500 pixels, no bias", nine(1, False), "", ""),
            Statement("a grey image of 5 × 5 pixels, with a bias", nine(1, True), "biases left out", more),
            Statement("a colour image of 5 × 5 pixels, no bias", nine(3, False), "channels forgotten", more),
        ],
        prompt="“A 3 × 3 filter has nine parameters.” For **one** filter on which images is that right?",
        explanation="Nine for each channel, and a bias if the layer has one. The size of the image is not in it.",
        claim=2,
        level=RECALL,
    )


_CONV_PARAMS = [
    "def conv_params(channels, filters, height, width, groups=1):",
    "    seen = channels // groups",
    "    weights = seen * height * width",
    "    bias = 1",
    "    return filters * (weights + bias)",
]
_CONV_PARAMS_BUGS = {
    "groups forgotten": (1, "    seen = channels", "With groups a filter sees the channels of its own group only."),
    "kernel taken to be square": (2, "    weights = seen * height * height", "A kernel has a height and a width."),
    "channels forgotten": (2, "    weights = height * width", "A filter has a kernel for every channel that it sees."),
    "bias for every channel of a filter": (3, "    bias = seen", "A filter has one bias."),
    "one bias for all filters": (4, "    return filters * weights + bias", "Every filter has a bias of its own."),
    "filters divided among the groups twice": (
        4,
        "    return filters // groups * (weights + bias)",
        "There are as many filters as without groups.",
    ),
}


def the_wrong_line_of_a_count(draw):
    """Which line of this count is wrong?"""
    bug = draw.choice("bug", sorted(_CONV_PARAMS_BUGS))
    line, wrong, why = _CONV_PARAMS_BUGS[bug]
    return spot(
        [*_CONV_PARAMS[:line], wrong, *_CONV_PARAMS[line + 1 :]],
        line,
        _CONV_PARAMS[line].strip(),
        prompt="This should count the parameters of a convolution layer with biases. `filters` is the number of all "
        "filters, and `groups` divides it as well as `channels`. Which line is wrong?",
        explanation=why,
        claim=2,
        level=PREDICT,
    )


def a_conv_in_torch(draw):
    """What does this program count?"""
    channels, filters = draw.integer("channels", 2, 6), draw.integer("filters", 3, 16)
    tall, wide = draw.integer("tall", 1, 5), draw.integer("wide", 2, 7)
    draw.need(tall != wide)
    code = (
        "from torch import nn\n\n"
        f"layer = nn.Conv2d({channels}, {filters}, ({tall}, {wide}))\n"
        "print(sum(p.numel() for p in layer.parameters()))"
    )
    return numeric(
        int(printed(code)),
        [
            Mistake("biases left out", filters * channels * tall * wide, "nn.Conv2d has a bias unless told otherwise."),
            Mistake("channels forgotten", filters * (tall * wide + 1), "Each filter has a kernel for every channel."),
            Mistake("kernel taken to be square", filters * (channels * tall * tall + 1), "The kernel has two sizes."),
        ],
        prompt=f"Which number does this print?\n\n{python(code)}",
        explanation="filters · (channels · height · width + 1)",
        claim=2,
        level=PREDICT,
    )


# -------------------------------------------------------------------------------------------- what saves what, 4 and 21


def products_of_three_layers(draw):
    """Which layer computes how many products?"""
    side, filters = draw.choice("side", [16, 20, 24, 28]), draw.integer("filters", 4, 12)
    counted = _three_layers(side, filters, 3)
    pairs = {name: count(macs) for name, (_, macs) in counted.items()}
    wrong = reference.conv2d_params(1, filters, 3), filters * (side - 2) ** 2
    return matching(
        pairs,
        distractors=tuple(count(number) for number in wrong),
        feedback="A unit of the dense layer multiplies every pixel, a unit of the other two only nine, shared or not.",
        prompt=f"Three layers lead from {sides(side, side)} grey pixels to {filters} maps of "
        f"{sides(side - 2, side - 2)}; "
        "windows are 3 × 3. How many products does each compute for one image?",
        claim=4,
        level=COMPUTE,
    )


def sentences_about_cost(draw):
    """Which sentence about cost is wrong?"""
    side, filters = draw.choice("side", [14, 16, 20, 28]), draw.integer("filters", 4, 16)
    counted = _three_layers(side, filters, 3)
    (dense, dense_macs), (local, local_macs), (shared, macs) = counted.values()
    right = [
        f"The dense layer has {count(dense)} parameters.",
        f"Windows instead of the whole image leave {count(local)} parameters.",
        f"Windows also cut the products from {count(dense_macs)} to {count(local_macs)}.",
        f"Sharing the filters leaves {count(shared)} parameters.",
        f"Sharing changes the number of products, {count(local_macs)}, by {count(local_macs - macs)}.",
    ]
    wrong = {
        3: f"Sharing the filters leaves {count(shared * (side - 2) ** 2)} parameters.",
        4: f"Sharing also cuts the products from {count(local_macs)} to {count(macs // (side - 2) ** 2)}.",
        2: f"Windows do not change the number of products, {count(dense_macs)}.",
    }
    line = draw.choice("line", sorted(wrong))
    return spot(
        [wrong[line] if place == line else sentence for place, sentence in enumerate(right)],
        line,
        right[line],
        code=False,
        prompt=f"Someone goes from a dense layer to a convolution in two steps: {filters} maps of "
        f"{sides(side - 2, side - 2)} "
        f"units, computed from {sides(side, side)} pixels by windows of 3 × 3. Which sentence is wrong?",
        explanation="Locality saves parameters and products, sharing saves parameters only.",
        claim=4,
        level=REFUTE,
    )


def why_cheap():
    """Which sentence about the cost of computing is false?"""
    counted = _three_layers(28, 10, 3)
    dense, local, shared = (macs for _, macs in counted.values())
    return single(
        None,
        "A convolution is cheap to compute because its weights are shared.",
        [
            Mistake(
                TRUE,
                f"Without sharing the layer would compute {count(local)} products, as many as with it.",
                "It would.",
            ),
            Mistake(TRUE, f"A dense layer with as many units would compute {count(dense)} products.", "It would."),
            Mistake(
                TRUE, "A convolution is cheap to compute because each unit sees a small window.", "That is the reason."
            ),
        ],
        prompt=f"Ten 3 × 3 filters on 28 × 28 pixels compute {count(shared)} products. **One** of these sentences is "
        "false. "
        "Which?",
        explanation="Locality saves products. Sharing saves parameters.",
        claim=4,
        level=REFUTE,
    )


def counters_of_a_layer(draw):
    """Parameters of three layers"""
    side, filters = draw.integer("side", 8, 20), draw.integer("filters", 2, 8)
    numbers = _three_layers(side, filters, 3)
    dense, local, shared = (parameters for parameters, _ in numbers.values())
    return cloze(
        [number_gap("dense", dense), number_gap("local", local), number_gap("shared", shared)],
        feedback="Dense: (pixels + 1) · units. Locally connected: (9 + 1) · units. Convolution: (9 + 1) · filters.",
        prompt=f"From {sides(side, side)} grey pixels to {filters} maps of {sides(side - 2, side - 2)} units, with "
        "biases. A "
        "dense layer needs {{dense}} parameters, a locally connected one with windows of 3 × 3 {{local}}, a "
        "convolution "
        "{{shared}}.",
        claim=21,
        level=COMPUTE,
    )


def factor_of_sharing(draw):
    """By which factor does sharing save?"""
    side, kernel, filters = draw.integer("side", 8, 30), draw.choice("kernel", [3, 5]), draw.integer("filters", 2, 20)
    local = reference.locally_connected2d_params(1, filters, side, kernel)
    positions = (side - kernel + 1) ** 2
    return numeric(
        local // reference.conv2d_params(1, filters, kernel),
        [
            Mistake("factor of locality", round(side**2 / kernel**2, 1), "That is what windows save in products."),
            Mistake("pixels counted instead of positions", side * side, "The kernel does not fit at every pixel."),
            Mistake("filters counted as shared", positions * filters, "Filters are not shared with each other."),
        ],
        prompt=f"{filters} filters of {sides(kernel, kernel)} on {sides(side, side)} grey pixels, stride 1, no "
        "padding. A "
        "locally connected layer has filters and biases of its own at every place. How many times as many parameters "
        "has it "
        "as the convolution?",
        explanation="As many times as there are places: each would need filters of its own.",
        claim=21,
        level=COMPUTE,
    )


def which_constraint_does_what():
    """Which constraint leads to which layer?"""
    counted = {name: count(parameters) for name, (parameters, _) in _three_layers(28, 10, 3).items()}
    return matching(
        {
            "no constraint": counted["dense"],
            "locality: windows of 3 × 3": counted["locally connected"],
            "locality and sharing": counted["convolution"],
        },
        distractors=(count(reference.linear_params(784, 10)),),
        feedback="Two steps lead from the dense layer to the convolution: first windows, then the same filters "
        "everywhere.",
        prompt="From 28 × 28 pixels to ten maps of 26 × 26 units, biases included. How many parameters does each "
        "constraint "
        "leave?",
        claim=21,
        level=COMPUTE,
    )


def efficient_given_locality():
    """What does the sentence leave out?"""
    counted = _three_layers(28, 10, 3)
    local, shared = counted["locally connected"][0], counted["convolution"][0]
    return single(
        None,
        "Locality alone gives the convolution its small number of parameters.",
        [
            Mistake(TRUE, f"With locality alone the layer would have {count(local)} parameters.", "It would."),
            Mistake(
                TRUE,
                f"Locality and sharing together leave {count(shared)} parameters.",
                "They do: ten filters of 9 + 1.",
            ),
            Mistake(
                TRUE, "Locality alone saves as many products as locality and sharing.", "It does: sharing saves none."
            ),
        ],
        prompt="“A CNN is an efficient dense network, given locality.” Think of ten 3 × 3 filters on 28 × 28 pixels. "
        "**One** "
        "of these sentences is false. Which?",
        explanation="Locality is half of it, sharing the other half.",
        claim=21,
        level=REFUTE,
    )


def an_unshared_layer_computes(draw):
    """Which layer made this output?"""
    row = draw.row("row", 5, 1, 6)
    filters = draw.matrix("filters", 4, 2, -3, 4)
    draw.need(len({tuple(f) for f in filters}) == 4)
    x = torch.tensor(row, dtype=torch.float64).reshape(1, 1, 1, 5)
    weight = torch.tensor(filters, dtype=torch.float64).reshape(1, 4, 1, 1, 1, 2)

    def outputs(weights):
        return str(reference.locally_connected2d(x, weights)[0, 0, 0].int().tolist())

    return single(
        draw,
        outputs(weight),
        [
            Mistake(
                "one filter for all positions", outputs(weight[:, :1].expand_as(weight)), "That would be a convolution."
            ),
            Mistake("kernel flipped", outputs(weight.flip(5)), "The filters are laid on the pixels as they are."),
            Mistake(
                "filters in the wrong order", outputs(weight.flip(1)), "The first filter belongs to the first place."
            ),
        ],
        show=_code,
        prompt=f"A locally connected layer on the row `{row}` has a filter of two weights for each of its four places, "
        "from "
        f"left to right: `{filters}`. What comes out?",
        explanation="Nothing is shared: every place uses its own filter. Same locality, as many products, more "
        "weights.",
        claim=21,
        level=COMPUTE,
    )


# -------------------------------------------------------------------------------------- equal entries, claims 15 and 19

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _band(size, kernel):
    """The matrix of a convolution along a row, with a letter for each weight."""
    codes = torch.arange(1.0, kernel + 1).reshape(1, 1, 1, kernel)
    matrix = reference.conv2d_matrix(codes, (1, size)).int().tolist()
    return [[_LETTERS[entry - 1] if entry else "." for entry in row] for row in matrix]


def _unshared(band):
    letters = iter(_LETTERS)
    return [["." if entry == "." else next(letters) for entry in row] for row in band]


def which_matrix_is_it(draw):
    """Which matrix belongs to which layer?"""
    size, kernel = draw.integer("size", 4, 5), 2
    band = _band(size, kernel)
    dense = [[_LETTERS[i * size + j] for j in range(size)] for i in range(len(band))]
    matrices = {"convolution": band, "locally connected layer": _unshared(band), "dense layer": dense}
    names = draw.sample("names", sorted(matrices), 3)
    labels = "ABC"
    made = [
        figures.letters(f"matrix-{label.lower()}", matrices[name], f"Matrix {label}")
        for label, name in zip(labels, names, strict=True)
    ]
    pictures = "\n\n".join(f"Matrix {label}:\n\n{shown(figure)}" for label, figure in zip(labels, made, strict=True))
    return matching(
        {f"matrix {label}": name for label, name in zip(labels, names, strict=True)},
        distractors=("max pooling",),
        feedback="Dense: no zeros, no equal entries. Locally connected: zeros, but all others differ. Convolution: the "
        "same "
        "letters again, one place further in every row.",
        prompt=f"Three layers from {size} pixels (columns) to {len(band)} units (rows) as matrices. Equal letters are "
        "equal "
        f"weights, white is zero.\n\n{pictures}\n\nWhich layer is which?",
        figures=tuple(made),
        claim=15,
        level=READ,
    )


def the_hidden_entry(draw):
    """Which weight is hidden?"""
    size, kernel = draw.integer("size", 6, 8), draw.integer("kernel", 3, 4)
    band = _band(size, kernel)
    row, place = draw.integer("row", 1, 4), draw.integer("place", 0, 3)
    draw.need(row < len(band) and place < kernel)
    column = row + place
    key = band[row][column]
    hidden = [list(entries) for entries in band]
    hidden[row][column] = "?"
    picture = figures.letters("matrix", hidden, "Matrix, one entry hidden by a question mark")
    others = [letter for letter in _LETTERS[: kernel + 1] if letter != key]
    mirrored = _LETTERS[kernel - 1 - place]
    wrong = [
        Mistake(
            "kernel flipped"
            if letter == mirrored
            else "neighbours share a weight"
            if letter in _LETTERS[:kernel]
            else "a new weight",
            letter,
            f"There is no weight {letter}: the kernel has {kernel} weights."
            if letter not in _LETTERS[:kernel]
            else "Go one row up and one column to the left: the same weight stands there.",
        )
        for letter in others[:4]
    ]
    return single(
        draw,
        key,
        wrong,
        show=_code,
        prompt=f"A convolution along a row of {size} pixels, as a matrix. One entry is hidden. Which letter is it?\n\n"
        f"{shown(picture)}",
        figures=(picture,),
        explanation="From row to row the kernel moves on by one pixel, so equal weights stand on diagonals.",
        claim=15,
        level=READ,
    )


def along_a_row_of_the_matrix(draw):
    """Equal weights along a row, or along a diagonal?"""
    size, kernel = draw.integer("size", 7, 12), draw.integer("kernel", 2, 4)
    band = _band(size, kernel)
    along_row = len({entry for entry in band[0] if entry != "."})
    along_diagonal = len({band[i][i] for i in range(len(band))})
    return cloze(
        [
            number_gap("row", along_row),
            number_gap("diagonal", along_diagonal),
            choice_gap(
                draw,
                "who",
                "places",
                [
                    Mistake(
                        "neighbours share a weight", "neighbouring pixels", "In a row they all have different weights."
                    ),
                    Mistake("channels share a weight", "channels", "There is only one channel here."),
                ],
            ),
        ],
        feedback="A row is one place of the kernel: all its weights differ. A diagonal is one weight at all places.",
        prompt=f"A kernel of {kernel} different weights, none of them 0, moves along {size} pixels (stride 1, no "
        "padding). "
        "Write the layer as a matrix, a row for each unit. The first row holds {{row}} different weights (zeros left "
        "out), "
        "the main diagonal {{diagonal}}. So it is {{who}} that share weights.",
        claim=15,
        level=COMPUTE,
    )


def shared_by_neighbours(draw):
    """Do neighbouring pixels share a weight?"""
    kernel = draw.sample("kernel", list(range(1, 10)), 4)
    row, column = draw.integer("row", 0, 1), draw.integer("column", 0, 1)
    step = draw.choice("step", [0, 1])
    matrix = reference.conv2d_matrix(torch.tensor(kernel, dtype=torch.float64).reshape(1, 1, 2, 2), (3, 4))
    unit, pixel = row * 3 + column, row * 4 + column
    window = "that same window" if step == 0 else "the next window to the right"
    return true_false(
        bool(matrix[unit, pixel] == matrix[unit + step, pixel + 1]),
        "Inside one window every pixel meets a weight of its own. The next window lays the same weights one pixel "
        "further.",
        prompt=f"The kernel `{[kernel[:2], kernel[2:]]}` moves over an image of 3 × 4 pixels. Take the window whose "
        "upper "
        f"left corner is the pixel in row {row}, column {column}. The weight that meets this pixel there also meets "
        "its "
        f"right neighbour in {window}.",
        claim=15,
        level=RECALL,
    )


def a_layer_as_a_dense_one(draw):
    """How large is a convolution as a dense layer?"""
    channels, side, filters = (
        draw.choice("channels", [1, 3]),
        draw.integer("side", 8, 16),
        draw.integer("filters", 2, 8),
    )
    pixels, units = channels * side * side, filters * side * side
    key = reference.linear_params(pixels, units, bias=False)
    macs = reference.conv2d_macs(channels, filters, side, 3, padding=1)
    return numeric(
        key,
        [
            Mistake(
                "products instead of weights", macs, "Those are the convolution's products, with padding among them."
            ),
            Mistake(
                "parameters of the convolution",
                reference.conv2d_params(channels, filters, 3),
                "The dense twin shares none.",
            ),
            Mistake("one map only", pixels * side * side, f"There are {filters} maps of units."),
        ],
        prompt=f"{filters} filters of 3 × 3, padding 1, stride 1, on {channels} channel(s) of {sides(side, side)} "
        "pixels. "
        "The same function is written as a dense layer from all pixels to all units. How many weights has it, zeros "
        "counted, "
        "without biases?",
        explanation="A weight for every pair of a pixel and a unit; nearly all of them are zero.",
        claim=19,
        level=COMPUTE,
    )


_MATRIX = [
    "def dense_twin(kernel, size, stride):",
    "    rows = (size - len(kernel)) // stride + 1",
    "    twin = [[0] * size for _ in range(rows)]",
    "    for row in range(rows):",
    "        for u, weight in enumerate(kernel):",
    "            twin[row][row * stride + u] = weight",
    "    return twin",
]
_MATRIX_BUGS = {
    "stride not in the window's start": (
        5,
        "            twin[row][row + u] = weight",
        "The window of row r begins at pixel r · stride.",
    ),
    "kernel flipped": (
        4,
        "        for u, weight in enumerate(kernel[::-1]):",
        "The kernel is laid on the pixels as it is.",
    ),
    "window not moved": (5, "            twin[row][u] = weight", "Every row has its window one stride further."),
    "first window not counted": (
        1,
        "    rows = (size - len(kernel)) // stride",
        "That counts the steps, not the windows.",
    ),
    "same row used again": (
        2,
        "    twin = [[0] * size] * rows",
        "That is the same list several times, so that every row ends up with the weights of all.",
    ),
}


def the_wrong_line_of_a_matrix(draw):
    """Which line of this dense twin is wrong?"""
    bug = draw.choice("bug", sorted(_MATRIX_BUGS))
    line, wrong, why = _MATRIX_BUGS[bug]
    return spot(
        [*_MATRIX[:line], wrong, *_MATRIX[line + 1 :]],
        line,
        _MATRIX[line].strip(),
        prompt="This should write a convolution along a row (no padding, no flip) as a dense layer: a matrix with a "
        "row "
        "for each unit and a column for each pixel. Which line is wrong?",
        explanation=why,
        claim=19,
        level=PREDICT,
    )


def vgg_as_a_dense_layer():
    """VGG-16's first layer as a dense one"""
    side = 224
    dense = reference.linear_params(3 * side * side, 64 * side * side, bias=False)
    touched = int(reference.conv2d(torch.ones(1, 1, side, side), torch.ones(1, 1, 3, 3), padding=1).sum())
    nonzero = 3 * 64 * touched

    def share(number):
        per_cent = 100 * number / dense
        return f"{per_cent:.2g} %" if per_cent > 1e-4 else f"{per_cent:.8f} %"

    return single(
        None,
        share(nonzero),
        [
            Mistake("locality underrated", "50 %", "Each unit sees 27 of more than 150 000 inputs."),
            Mistake("window of the kernel", share(dense * 9 / 100), "It is 27 inputs of 3 · 224 · 224, not 9 of 100."),
            Mistake(
                "parameters shared",
                share(reference.conv2d_params(3, 64, 3)),
                "That share would be if every weight stood there once.",
            ),
        ],
        prompt="VGG-16's first layer, 64 filters of 3 × 3 on 3 × 224 × 224 numbers, is a dense layer of "
        f"{count(dense)} "
        "weights, most of them zero. How many are **not** zero?",
        explanation=f"{count(nonzero)}: every unit has 27 connections, a few less at the border.",
        claim=19,
        level=COMPUTE,
    )


def tied_tensors(draw):
    """How often does a tied weight count?"""
    width = draw.integer("width", 4, 20)
    code = (
        "from torch import nn\n\n"
        f"first, second = nn.Linear({width}, {width}), nn.Linear({width}, {width})\n"
        "second.weight = first.weight\n"
        "net = nn.Sequential(first, second)\n"
        "print(sum(p.numel() for p in net.parameters()))"
    )
    square = width * width
    return numeric(
        int(printed(code)),
        [
            Mistake(
                "tied tensors counted twice", 2 * (square + width), "Both layers hold the same tensor: it counts once."
            ),
            Mistake("biases tied too", square + width, "Only the weights are the same. Each layer has its own bias."),
            Mistake("biases left out", square, "The biases are parameters as well."),
        ],
        prompt=f"Which number does this print?\n\n{python(code)}",
        explanation="A tensor that is used twice is one tensor. A convolution ties the weights of a large dense layer "
        "so.",
        claim=19,
        level=PREDICT,
    )


# --------------------------------------------------------------------------------------- parameters and units, 5 and 14


def small_networks_in_order(draw):
    """Which network has fewer parameters?"""
    filters, hidden = draw.integer("filters", 4, 16), draw.integer("hidden", 8, 60)
    networks = {
        f"{filters} filters of 5 × 5, the mean of each map, dense layer": [conv(filters, 5), GAP, linear(10)],
        f"{filters} filters of 5 × 5, 2 × 2 pooling, dense layer": [conv(filters, 5), POOL, FLAT, linear(10)],
        f"{filters} filters of 5 × 5, dense layer": [conv(filters, 5), FLAT, linear(10)],
        f"dense layer of {hidden} units, dense layer": [FLAT, linear(hidden), linear(10)],
    }
    sizes = {name: _params(layers) for name, layers in networks.items()}
    draw.need(len(set(sizes.values())) == len(sizes))
    return ordering(
        sorted(sizes, key=sizes.__getitem__),
        feedback="The dense layer decides: it has a weight for every unit before it and every class.",
        prompt="Networks for 28 × 28 grey pixels and 10 classes, no padding, with biases. Order them by their number "
        "of "
        "parameters, the **smallest** first.",
        claim=5,
        level=COMPUTE,
    )


def larger_than_the_mlp(draw):
    """Which of these CNNs has more parameters than the MLP?"""
    filters, hidden = draw.integer("filters", 6, 16), draw.integer("hidden", 10, 40)
    mlp = _params([FLAT, linear(hidden), linear(10)])
    networks = {
        f"{filters} filters of 5 × 5 and a dense layer": [conv(filters, 5), FLAT, linear(10)],
        f"{filters} filters of 3 × 3 and a dense layer": [conv(filters, 3), FLAT, linear(10)],
        f"{filters} filters of 5 × 5, 2 × 2 pooling and a dense layer": [conv(filters, 5), POOL, FLAT, linear(10)],
        f"{filters} filters of 5 × 5, the mean of each map and a dense layer": [conv(filters, 5), GAP, linear(10)],
    }
    return multiple(
        draw,
        [
            Statement(
                name,
                _params(layers) > mlp,
                "CNN taken for large",
                f"It has {count(_params(layers))} parameters, the MLP {count(mlp)}.",
            )
            for name, layers in networks.items()
        ],
        prompt=f"Images of 28 × 28 grey pixels, 10 classes. The MLP 784–{hidden}–10 has {count(mlp)} parameters. Which "
        "CNNs "
        "have **more**? (No padding, with biases.)",
        explanation="A dense layer behind many units is large, whatever comes before it.",
        claim=5,
        level=COMPUTE,
    )


def parameters_or_units(draw):
    """Parameters or units?"""
    filters, kernel = draw.integer("filters", 5, 20), draw.choice("kernel", [3, 5, 7])
    layers = [conv(filters, kernel)]
    return cloze(
        [number_gap("parameters", _params(layers)), number_gap("units", _units(layers)[0])],
        feedback="A filter has few weights and makes a number at every place.",
        prompt=f"{filters} filters of {sides(kernel, kernel)} with biases on 28 × 28 grey pixels, without padding, "
        "have "
        "{{parameters}} parameters and {{units}} units.",
        claim=5,
        level=COMPUTE,
    )


def a_cnn_with_a_dense_head(draw):
    """How many parameters has a CNN with a dense layer?"""
    filters, kernel, side = (
        draw.integer("filters", 4, 16),
        draw.choice("kernel", [3, 5]),
        draw.choice("side", [20, 24, 28]),
    )
    layers = [conv(filters, kernel), FLAT, linear(10)]
    key, units = _params(layers, (1, side, side)), _units(layers, (1, side, side))[0]
    few = _params(layers[:1], (1, side, side))
    return numeric(
        key,
        [
            Mistake("filters counted only", few, "The dense layer has a weight for every unit and class."),
            Mistake(
                "units counted instead of parameters", units, "Those are the numbers that come out of the filters."
            ),
            Mistake(
                "flatten without height and width",
                few + filters * 10 + 10,
                "Flattened is channels · height · width.",
            ),
            Mistake("pixels kept", few + filters * side * side * 10 + 10, "Without padding the maps are smaller."),
        ],
        prompt=f"{filters} filters of {sides(kernel, kernel)} on {sides(side, side)} grey pixels (no padding), "
        "flattened, then "
        "a dense layer for 10 classes, all with biases. How many parameters has the network?",
        explanation="Few in the filters, many in the dense layer behind them.",
        claim=5,
        level=COMPUTE,
    )


def nodes_and_parameters(draw):
    """Is the comparison fair?"""
    filters, hidden = draw.integer("filters", 4, 12), draw.integer("hidden", 16, 40)
    units, mlp = _units([conv(filters, 5)])[0], _params([FLAT, linear(hidden), linear(10)])
    mlp_units = sum(_units([FLAT, linear(hidden), linear(10)])[1:])
    says = draw.choice("says", ["more", "fewer"])
    return true_false(
        (units > mlp_units) == (says == "more"),
        f"The filters alone have {count(units)} units, the MLP {mlp_units}. It has more parameters, and far fewer "
        "units.",
        prompt=f"A CNN with {filters} filters of 5 × 5 on 28 × 28 pixels has {says} units (computed numbers) than the "
        "MLP "
        f"784–{hidden}–10 with its {count(mlp)} parameters.",
        claim=5,
        level=RECALL,
    )


def apples_and_oranges():
    """What is wrong with this comparison?"""
    filters, mlp = [conv(10, 5)], [FLAT, linear(24), linear(10)]
    return single(
        None,
        "It sets the units of one network against the parameters of the other.",
        [
            Mistake(
                "numbers doubted",
                "An MLP never has as many as 19 000 parameters.",
                f"784–24–10 has {count(_params(mlp))}.",
            ),
            Mistake(
                "numbers doubted",
                "A CNN always has more parameters than an MLP.",
                f"Ten filters have {_params(filters)}.",
            ),
            Mistake(
                "words confused",
                "Nodes and parameters are the same.",
                f"Ten filters have {count(_units(filters)[0])} units.",
            ),
        ],
        prompt="“A small CNN has a few hundred nodes, a dense network about 19 000 parameters.” What is wrong with "
        "this "
        "comparison?",
        explanation="Count the same thing twice: parameters with parameters, units with units.",
        claim=5,
        level=REFUTE,
    )


def published_networks():
    """How much of these networks is dense layers?"""
    networks = {
        "AlexNet": (published.alexnet(), (3, 224, 224)),
        "VGG-16": (published.vgg16(), (3, 224, 224)),
        "GoogLeNet": (published.googlenet(auxiliary=False), (3, 224, 224)),
        "ResNet-18": (published.resnet18(), (3, 224, 224)),
    }

    def share(layers, shape):
        dense, before = 0, shape
        for place, layer in enumerate(layers):
            if layer["type"] == "linear":
                inputs = reference.activation_count(layers[:place], before)[-1]
                dense += reference.linear_params(inputs, layer["out_features"])
        return round(100 * dense / reference.network_params(layers, shape))

    return matching(
        {name: f"{share(*network)} %" for name, network in networks.items()},
        distractors=("50 %",),
        feedback="AlexNet and VGG-16 flatten large maps into dense layers. The other two average each map first.",
        prompt="Famous networks, and the share of their parameters that sits in dense layers. Which belongs to which? "
        "(ResNet-18 "
        "has the smallest share, AlexNet the largest.)",
        claim=5,
        level=RECALL,
    )


def units_of_two_layers(draw):
    """What does a program count as units?"""
    filters, more, side = draw.integer("filters", 4, 12), draw.integer("more", 4, 16), draw.integer("side", 12, 24)
    code = (
        "import torch\n"
        "from torch import nn\n\n"
        f"x = torch.zeros(1, 1, {side}, {side})\n"
        f"for layer in (nn.Conv2d(1, {filters}, 3), nn.Conv2d({filters}, {more}, 3)):\n"
        "    x = layer(x)\n"
        "    print(x.numel())"
    )
    key = printed(code).split("\n")
    return cloze(
        [number_gap("first", int(key[0])), number_gap("second", int(key[1]))],
        feedback="Each layer without padding takes a pixel off each side, and every filter makes a map.",
        prompt=f"What does this print?\n\n{python(code)}\n\nFirst {{{{first}}}}, then {{{{second}}}}.",
        claim=14,
        level=PREDICT,
    )


def fewer_units(draw):
    """Does a convolution reduce units?"""
    side, filters, kernel = (
        draw.choice("side", [16, 20, 28, 32]),
        draw.integer("filters", 1, 12),
        draw.choice("kernel", [3, 5, 9]),
    )
    units = _units([conv(filters, kernel)], (1, side, side))[0]
    return true_false(
        units < side * side,
        f"{count(units)} numbers come out, {count(side * side)} went in.",
        prompt=f"{filters} filter(s) of {sides(kernel, kernel)} on {sides(side, side)} grey pixels, without padding: "
        "fewer "
        "numbers come out than went in.",
        explanation="Units are filters times places: with more than a few filters there are more of them than inputs.",
        claim=14,
        level=COMPUTE,
    )


def what_is_fewer_in_a_cnn():
    """What does a CNN have fewer of?"""
    return short_text(
        ["parameters", "weights", "parameter", "weight", "parameters (weights)"],
        "It has more units as a rule. What it needs fewer of is parameters (weights).",
        prompt="Ten 3 × 3 filters turn 784 pixels into "
        f"{count(_units([conv(10, 3)])[0])} units. Compared with a dense layer that makes as many units, a convolution "
        "has "
        "fewer … Complete with one word.",
        claim=14,
        level=RECALL,
    )


def layers_by_their_units(draw):
    """Which layer has more units?"""
    filters, hidden = draw.integer("filters", 3, 8), draw.integer("hidden", 50, 300)
    candidates = {
        f"dense layer of {hidden} units": [FLAT, linear(hidden)],
        f"{filters} filters of 3 × 3, then the mean of each map": [conv(filters, 3), GAP],
        f"{filters} filters of 3 × 3": [conv(filters, 3)],
        f"{filters} filters of 3 × 3, then pooling by 2": [conv(filters, 3), POOL],
    }
    sizes = {name: _units(layers)[-1] for name, layers in candidates.items()}
    return ordering(
        sorted(sizes, key=sizes.__getitem__),
        feedback="A convolution without pooling has a unit for every filter at every place.",
        prompt="Each of these sees 28 × 28 grey pixels (no padding). Order them by how many numbers come out at the "
        "end, the "
        "**fewest** first.",
        claim=14,
        level=COMPUTE,
    )


def cnns_have_fewer_units(draw):
    """Which sentence about numbers is false?"""
    filters, kernel = draw.integer("filters", 4, 16), draw.choice("kernel", [3, 5])
    side = 29 - kernel
    units, parameters = _units([conv(filters, kernel)])[0], _params([conv(filters, kernel)])
    dense = reference.linear_params(784, units)
    return single(
        draw,
        f"The layer reduces the number of units: from 784 to {filters}.",
        [
            Mistake(
                TRUE,
                f"{count(units)} numbers come out of the layer.",
                f"They do: {filters} maps of {sides(side, side)}.",
            ),
            Mistake(
                TRUE, f"The layer learns {count(parameters)} numbers.", "It does: weights and biases of the filters."
            ),
            Mistake(TRUE, f"A dense layer with as many units would learn {count(dense)} numbers.", "It would."),
        ],
        prompt=f"{filters} filters of {sides(kernel, kernel)} with biases see 28 × 28 grey pixels, without padding. "
        "**One** of "
        "these sentences is false. Which?",
        explanation="Parameters get fewer, units get more.",
        claim=14,
        level=REFUTE,
    )


def a_chart_of_units(draw):
    """Read off the number of filters"""
    filters, more = draw.integer("filters", 2, 6), draw.integer("more", 7, 12)
    layers = [conv(filters, 3), POOL, conv(more, 3), GAP]
    shape = (1, 12, 12)
    values = [144, *_units(layers, shape)]
    chart = figures.bars(
        "units", values, ["image", "conv 1", "pool", "conv 2", "means"], "Numbers handed on by each layer"
    )
    return numeric(
        values[3] // 9,
        [
            Mistake("units instead of filters", values[3], "Those are the units of all maps. One map is 3 × 3."),
            Mistake("first layer taken", values[1] // 100, "That is the first convolution, whose maps are 10 × 10."),
            Mistake(
                "divided by the window", round(values[1] / 9, 1), "Divide by the size of a map, not of the kernel."
            ),
        ],
        prompt="A network for 12 × 12 grey pixels: 3 × 3 convolution, 2 × 2 pooling, 3 × 3 convolution, mean of each "
        "map. No "
        f"padding. The bars say how many numbers each layer hands on.\n\n{shown(chart)}\n\nHow many filters has the "
        "**second** "
        "convolution?",
        figures=(chart,),
        explanation="The maps shrink 12 → 10 → 5 → 3, so 9 units belong to each filter; and each mean belongs to one.",
        claim=14,
        level=READ,
    )
