"""The questions of assignment 5: shuffled pixels, moved and turned images, what can be learned, and fair comparisons.

Keys come from the reference, from running the code that is shown, or from the experiment that the handout reports.
A wrong answer is what the named mistake makes.
"""

import json
import math
import statistics
from functools import cache
from pathlib import Path

import numpy as np
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

TRUE = "true sentence doubted"
POOLED, EXACT = "CNN, pool, mean", "CNN, circular, mean"


def _code(text):
    return f"`{text}`"


@cache
def _experiment():
    """The experiment of the assignment, run once and kept in a file."""
    return json.loads(Path(__file__).with_name("experiment.json").read_text(encoding="utf-8"))


def _signals(model, order):
    """Accuracy in % on MNIST-1D, mean of the seeds."""
    return round(100 * statistics.mean(_experiment()["signals"][model][order]), 1)


def _digits(model, what):
    """Accuracy in % on digits, mean of the seeds."""
    return round(100 * statistics.mean(_experiment()["digits"][model][what]), 1)


def _shifted(model, pixels):
    return round(100 * statistics.mean(run[pixels] for run in _experiment()["digits"][model]["shifts"]), 1)


# --------------------------------------------------------------------------------------------- shuffled pixels, claim 1


def pixels_in_another_order(draw):
    """What does a permutation make of a row?"""
    pixels, order = draw.sample("pixels", list(range(10, 60)), 5), draw.sample("order", list(range(5)), 5)
    x = torch.tensor(pixels).reshape(1, 1, 1, 5)
    permutation = torch.tensor(order)

    def row(by):
        return reference.permute_pixels(x, by)[0, 0, 0]

    return single(
        draw,
        row(permutation),
        [
            Mistake(
                "inverse permutation",
                row(permutation.argsort()),
                "At place p stands pixel permutation[p], not the reverse.",
            ),
            Mistake("read backwards", row(permutation.flip(0)), "The permutation is read from left to right."),
            Mistake(
                "sorted", x.sort().values[0, 0, 0], "Nothing is sorted: the permutation says which pixel stands where."
            ),
        ],
        show=listed,
        prompt=f"The pixels {listed(pixels)} are put into the order `{order}` by `permute_pixels`: at place p stands "
        "pixel "
        "number `permutation[p]`. What comes out?",
        explanation="The same permutation is used for every image, in training and in the test.",
        claim=1,
        level=COMPUTE,
    )


def who_does_not_mind():
    """Who does not mind shuffled pixels?"""
    return multiple(
        None,
        [
            Statement(
                {"linear": "a linear classifier", "MLP": "an MLP", "CNN": "a CNN", "GRU": "a recurrent network (GRU)"}[
                    model
                ],
                _signals(model, "plain") - _signals(model, "shuffled") < 5,
                "neighbours matter to every network",
                f"It fell from {_signals(model, 'plain')} % to {_signals(model, 'shuffled')} %: it expects neighbours "
                "to belong "
                "together.",
            )
            for model in _experiment()["signals"]
        ],
        prompt="All signals of MNIST-1D, in training and in the test, are put into one and the same random order. "
        "Whose accuracy "
        "stays about the same (within 5 points)?",
        explanation="A dense network has a weight for every pixel anyway and does not care which of them are "
        "neighbours.",
        claim=1,
        level=RECALL,
    )


def a_dense_layer_follows(draw):
    """What does a dense unit answer for shuffled pixels?"""
    x, w = draw.row("x", 4, 1, 9), draw.row("w", 4, -4, 5)
    order = draw.sample("order", list(range(4)), 4)
    draw.need(order != sorted(order))
    code = (
        "import numpy as np\n\n"
        f"x, w = np.array({x}), np.array({w})\n"
        f"order = {order}\n"
        "print(x @ w, x[order] @ w, x[order] @ w[order])"
    )
    key = printed(code)
    plain, mixed = int(np.dot(x, w)), int(np.dot(np.array(x)[order], w))
    return single(
        draw,
        key,
        [
            Mistake("order never matters", f"{plain} {plain} {plain}", "Pixels in another order meet other weights."),
            Mistake(
                "weights cannot follow",
                f"{plain} {mixed} {mixed}",
                "Weights in the same order meet the same pixels again.",
            ),
            Mistake(
                "order of the weights forgotten",
                f"{plain} {plain} {mixed}",
                "In the second sum only the pixels are reordered.",
            ),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="A dense unit whose weights are reordered like the pixels answers the same: nothing is lost by "
        "shuffling.",
        claim=1,
        level=PREDICT,
    )


def another_vector():
    """Which sentence about flattened images is false?"""
    mlp, cnn = _digits("MLP", "mirrored"), _digits("CNN", "mirrored")
    return single(
        None,
        "A dense network misses local structure because a mirrored image flattens to another vector, and a CNN does "
        "not.",
        [
            Mistake(
                TRUE, f"Of mirrored digits an MLP got {mlp} % right, a CNN {cnn} %.", "They did: neither is prepared."
            ),
            Mistake(TRUE, "A CNN gets another input, too, when the image is mirrored.", "It does."),
            Mistake(
                TRUE,
                "A dense network does not care about the order of the pixels, as long as it stays the same.",
                "So it is.",
            ),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="Both fail on mirrored images. What sets them apart is that a CNN expects neighbours to belong "
        "together.",
        claim=1,
        level=REFUTE,
    )


def neighbours_that_stay(draw):
    """How many neighbours stay neighbours?"""
    order = draw.sample("order", list(range(8)), 8)
    moved = reference.permute_pixels(torch.arange(8).reshape(1, 1, 1, 8), torch.tensor(order))[0, 0, 0]
    pairs = int(((moved[1:] - moved[:-1]).abs() == 1).sum())
    rising = int((moved[1:] - moved[:-1] == 1).sum())
    return numeric(
        pairs,
        [
            Mistake("one direction only", rising, "Neighbours that have changed sides are still neighbours."),
            Mistake("pixels instead of pairs", 2 * pairs, "Count pairs, not pixels."),
            Mistake("all stay", 7, "Pixels that were neighbours may now be far apart."),
        ],
        prompt=f"Eight pixels in a row, numbered 0 to 7, are put into the order `{order}`. How many pairs of "
        "neighbours in the "
        "new row were neighbours before?",
        explanation="A kernel of 2 collects neighbours. After shuffling, hardly any of its windows means anything.",
        claim=1,
        level=COMPUTE,
    )


def which_bars_are_whose(draw):
    """Which network made which bars?"""
    models = {"linear": "linear classifier", "MLP": "MLP", "CNN": "CNN"}
    order = draw.sample("order", sorted(models), 3)
    values = [round(_signals(model, which)) for model in order for which in ("plain", "shuffled")]
    labels = [f"{letter} {which}" for letter in "ABC" for which in ("plain", "mixed")]
    chart = figures.bars(
        "accuracy", values, labels, "Accuracy in per cent on signals as they are (plain) and shuffled (mixed)"
    )
    return matching(
        {f"network {letter}": models[model] for letter, model in zip("ABC", order, strict=True)},
        distractors=("none of them: a network that guesses",),
        feedback="The CNN is best on plain signals and falls on shuffled ones. The other two do not mind; the MLP is "
        "the better "
        "one, since it is not linear.",
        prompt="Three networks, each trained and tested on plain signals, and again on signals shuffled by one fixed "
        "order. "
        f"Ten classes.\n\n{shown(chart)}\n\nWhich network is which?",
        figures=(chart,),
        claim=1,
        level=READ,
    )


def fixed_or_fresh_order(draw):
    """One order for all images, or one for each?"""
    first = draw.sample("first", list(range(4)), 4)
    fresh = draw.choice("fresh", [False, True])
    second = draw.sample("second", list(range(4)), 4) if fresh else first
    draw.need(fresh == (second != first))
    x = np.arange(10, 14)
    a, b = x[first].tolist(), x[second].tolist()
    return true_false(
        a == b,
        "A dense network learns which place holds which pixel. With a new order for every image there is nothing to "
        "learn.",
        prompt=f"The image {listed(x)} stands twice in a data set. After shuffling its copies are "
        f"{listed(a)} and {listed(b)}. Judged by these two, a dense network loses nothing by the shuffling.",
        claim=1,
        level=COMPUTE,
    )


# ------------------------------------------------------------------------------------------------- few images, claim 17


def loss_of_an_epoch(draw):
    """What is the loss of this epoch?"""
    size, rest = draw.integer("size", 4, 8), draw.integer("rest", 1, 3)
    tenths = draw.row("tenths", 3, 2, 30)
    losses = [tenth / 10 for tenth in tenths]
    images = 2 * size + rest
    sizes = [len(batch) for batch in torch.split(torch.arange(images), size)]
    key = round(sum(loss * n for loss, n in zip(losses, sizes, strict=True)) / images, 2)
    return numeric(
        key,
        [
            Mistake(
                "small last batch counted like the others",
                round(sum(losses) / 3, 2),
                "The last batch holds fewer images.",
            ),
            Mistake("losses added up", round(sum(losses), 2), "Asked is the mean over the images."),
            Mistake("last batch dropped", round(sum(losses[:2]) / 2, 2), "A smaller batch is a batch, too."),
        ],
        tolerance=0.011,
        prompt=f"{images} images go through training in batches of {size}. The mean losses of the batches are "
        f"{losses[0]}, "
        f"{losses[1]} and {losses[2]}; the last batch holds what is left. What is the epoch's mean loss over its "
        "images? (Two "
        "decimals.)",
        explanation="Weight each batch by its images. Only then are two trainings with other batches comparable.",
        claim=17,
        level=COMPUTE,
    )


def steps_of_training(draw):
    """How many steps does training take?"""
    images, size, epochs = (
        draw.integer("images", 90, 400),
        draw.choice("size", [16, 32, 50]),
        draw.integer("epochs", 5, 30),
    )
    draw.need(images % size > 0)
    batches = len(torch.split(torch.arange(images), size))
    return numeric(
        epochs * batches,
        [
            Mistake("last batch dropped", epochs * (images // size), "What does not fill a batch is a smaller batch."),
            Mistake("one step for each epoch", epochs, "There is a step after every batch."),
            Mistake("one step for each image", epochs * images, "The images of a batch share a step."),
            Mistake("one epoch only", batches, "That is one epoch."),
        ],
        prompt=f"A network is trained on {images} images for {epochs} epochs in batches of {size}. How many steps does "
        "the "
        "optimiser take?",
        explanation="Epochs times batches, rounded up. Fewer images mean fewer steps, so compare with care.",
        claim=17,
        level=COMPUTE,
    )


def sizes_of_batches(draw):
    """What sizes do the batches have?"""
    images, size = draw.integer("images", 10, 30), draw.integer("size", 4, 9)
    draw.need(images % size > 0)
    code = f"import torch\n\nprint([len(batch) for batch in torch.split(torch.arange({images}), {size})])"
    full, rest = divmod(images, size)
    draw.need(full > 1)
    return single(
        draw,
        printed(code),
        [
            Mistake("last batch dropped", str([size] * full), "The rest is a smaller batch."),
            Mistake("last batch filled up", str([size] * (full + 1)), "There are not so many images."),
            Mistake(
                "number of batches confused with their size",
                str([full] * size + [rest]),
                f"{size} is the size of a batch.",
            ),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="Full batches, then what is left.",
        claim=17,
        level=PREDICT,
    )


def models_on_hundred_digits():
    """Who is best on a hundred digits?"""
    scores = {model: _digits(model, "hundred") for model in _experiment()["digits"]}
    names = {
        "MLP": "MLP",
        "CNN": "CNN with a dense head",
        POOLED: "CNN with pooling and a mean over each map",
        EXACT: "CNN around the edge, with a mean over each map",
    }
    return ordering(
        [names[model] for model in sorted(scores, key=scores.__getitem__, reverse=True)],
        feedback="The digits are always in the middle. Knowing that place does not matter is no help there: it is a "
        "loss.",
        prompt="Trained on only 100 digits, which always stand in the middle of the image. Order these networks by "
        "their test "
        "accuracy in the course's experiment, the **best** first.",
        explanation=", ".join(f"{names[model]}: {scores[model]} %" for model in scores),
        claim=17,
        level=RECALL,
    )


def faster_with_fewer():
    """Which sentence about few images is false?"""
    mlp, cnn = _digits("MLP", "hundred"), _digits("CNN", "hundred")
    return single(
        None,
        "CNNs always learn from fewer images than dense networks.",
        [
            Mistake(
                TRUE,
                f"On 100 centred digits, an MLP reached {mlp} %, a CNN {cnn} %.",
                "They did, in the course's experiment.",
            ),
            Mistake(TRUE, "What a network takes for granted helps where it is true of the data.", "So it does."),
            Mistake(TRUE, "If all objects stand at the same place, sharing filters gains little.", "So it is."),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="The inductive bias helps where it is true and where the data alone do not show it.",
        claim=17,
        level=REFUTE,
    )


def when_the_prior_helps():
    """Where does the built-in knowledge help?"""
    gain = {
        "signals": _signals("CNN", "plain") - _signals("MLP", "plain"),
        "shuffled": _signals("CNN", "shuffled") - _signals("MLP", "shuffled"),
        "hundred": _digits("CNN", "hundred") - _digits("MLP", "hundred"),
        "moved": _shifted("CNN", 1) - _shifted("MLP", 1),
    }
    no_help = "Look at the tables of the handout: the CNN was not ahead there."
    return multiple(
        None,
        [
            Statement("MNIST-1D signals as they are", gain["signals"] > 0, "prior never helps", no_help),
            Statement("digits moved by one pixel in the test", gain["moved"] > 0, "prior never helps", no_help),
            Statement("MNIST-1D signals in a shuffled order", gain["shuffled"] > 0, "prior always helps", no_help),
            Statement("a hundred digits, all in the middle", gain["hundred"] > 0, "prior always helps", no_help),
        ],
        prompt="On which of these was the CNN of the course's experiment **ahead** of the MLP?",
        explanation="It is ahead where neighbours belong together and places vary.",
        claim=17,
        level=RECALL,
    )


def word_for_expectations():
    """What is a network's built-in expectation called?"""
    return short_text(
        ["inductive bias", "an inductive bias", "inductive biases", "prior", "inductive prior"],
        "It is called an inductive bias.",
        prompt="A convolution expects neighbouring pixels to belong together, before it has seen any data. What is "
        "such a "
        "built-in expectation called? (Two words.)",
        claim=17,
        level=RECALL,
    )


_TRAIN = [
    "def train(model, batches, epochs):",
    "    adam = Adam(model.parameters(), lr=0.01)",
    "    for epoch in range(epochs):",
    "        for x, y in batches:",
    "            error = cross_entropy(model(x), y)",
    "            adam.zero_grad()",
    "            error.backward()",
    "            adam.step()",
]
_TRAIN_BUGS = {
    "softmax before the loss": (
        4,
        "            error = cross_entropy(model(x).softmax(1), y)",
        "cross_entropy does the softmax itself: give it the scores as they are.",
    ),
    "uphill instead of downhill": (
        6,
        "            (-error).backward()",
        "The optimiser goes down the gradient of what is backed up: that makes the loss grow.",
    ),
    "scores of the wrong axis": (
        4,
        "            error = cross_entropy(model(x).flip(1), y)",
        "Each score has to stay with its class.",
    ),
    "one epoch only": (2, "    for epoch in range(1):", "The images are to be seen as often as there are epochs."),
    "SGD instead of Adam": (
        1,
        "    adam = SGD(model.parameters(), lr=0.01)",
        "So that two networks can be compared, the optimiser is fixed: Adam.",
    ),
}


def the_wrong_line_of_training(draw):
    """Which line of this training is wrong?"""
    bug = draw.choice("bug", sorted(_TRAIN_BUGS))
    line, wrong, why = _TRAIN_BUGS[bug]
    return spot(
        [*_TRAIN[:line], wrong, *_TRAIN[line + 1 :]],
        line,
        _TRAIN[line].strip(),
        prompt="This should train a classifier by Adam on the cross-entropy for `epochs` epochs. `model` gives scores, "
        "`batches` is a list of images with their classes. Which line is wrong?",
        explanation=why,
        claim=17,
        level=PREDICT,
    )


# ------------------------------------------------------------------------------------------------ can or does, claim 20


def the_twin_of_a_unit(draw):
    """What does the dense twin of a convolution answer?"""
    kernel, row = draw.row("kernel", 2, -3, 4), draw.row("row", 5, 1, 9)
    bias, unit = draw.integer("bias", 1, 5), draw.integer("unit", 0, 3)
    weight = torch.tensor(kernel, dtype=torch.float64).reshape(1, 1, 1, 2)
    layer = reference.mlp_from_conv(weight, torch.tensor([bias], dtype=torch.float64), (1, 5))
    answers = layer(torch.tensor(row, dtype=torch.float64)).tolist()
    flipped = kernel[1] * row[unit] + kernel[0] * row[unit + 1] + bias
    return numeric(
        answers[unit],
        [
            Mistake("bias missing", answers[unit] - bias, "Every unit has the filter's bias."),
            Mistake("kernel flipped", flipped, "The first weight meets the window's first pixel."),
            Mistake("all pixels summed", kernel[0] * sum(row) + bias, "Outside its window, the unit's weights are 0."),
        ],
        prompt=f"A convolution has the kernel {listed(kernel)} and the bias {bias} (stride 1, no padding). It is "
        "rewritten as "
        f"a dense layer from 5 pixels to 4 units. Which number has unit {unit} (counted from 0) for the pixels "
        f"{listed(row)}?",
        explanation="The same as the convolution: a dense layer can do whatever a convolution does.",
        claim=20,
        level=COMPUTE,
    )


def can_or_does():
    """Can, or does?"""
    plain = _signals("MLP", "plain"), _signals("CNN", "plain")
    return single(
        None,
        "It can compute whatever a CNN computes; whether training finds that is another question.",
        [
            Mistake(
                "expressivity taken for learning",
                "It can learn locality just as well, if it has enough weights.",
                f"It had three times as many weights, and reached {plain[0]} % where the CNN reached {plain[1]} %.",
            ),
            Mistake(
                "learning taken for expressivity",
                "It can never compute what a CNN computes.",
                "A dense layer with the convolution's matrix computes exactly the same.",
            ),
            Mistake(
                "expressivity taken for learning",
                "Its weights become local by themselves during training.",
                "Nothing makes them: from the data it had, the MLP did not get there.",
            ),
        ],
        prompt="What is right about a dense network and locality?",
        explanation="What can be expressed and what is learned are two questions.",
        claim=20,
        level=RECALL,
    )


def weights_to_become_zero(draw):
    """How much would training have to find?"""
    side, kernel = draw.integer("side", 5, 9), draw.integer("kernel", 2, 3)
    layer = reference.mlp_from_conv(torch.ones(1, 1, kernel, kernel), None, side)
    entries, nonzero, _ = reference.sharing_report(layer.weight.detach())
    return cloze(
        [number_gap("zeros", entries - nonzero), number_gap("left", nonzero)],
        feedback="One row for each place of the window, one column for each pixel; only the pixels in the window "
        "count.",
        prompt=f"A dense layer from {sides(side, side)} pixels to the units of a {sides(kernel, kernel)} convolution "
        "(stride "
        "1, no padding, no bias; its weights are not 0) is trained from random weights. To become local like the "
        "convolution, "
        "{{zeros}} of its weights would have to become zero, and {{left}} would be left.",
        claim=20,
        level=COMPUTE,
    )


def how_far_behind(draw):
    """Is the MLP ahead or behind?"""
    order = draw.choice("order", ["plain", "shuffled"])
    points = draw.choice("points", [5, 20])
    more = draw.choice("more", ["ahead of", "behind"])
    mlp, cnn = _signals("MLP", order), _signals("CNN", order)
    lead = mlp - cnn if more == "ahead of" else cnn - mlp
    return true_false(
        lead > points,
        f"MLP {mlp} %, CNN {cnn} %. What the CNN knows from the start helps only where it is true.",
        prompt=f"Signals of MNIST-1D, {'as they are' if order == 'plain' else 'shuffled by one fixed order'}: the MLP "
        "with its "
        f"{count(_experiment()['signals']['MLP']['parameters'])} parameters is more than {points} points {more} the "
        "CNN with "
        f"its {count(_experiment()['signals']['CNN']['parameters'])}.",
        claim=20,
        level=RECALL,
    )


def expressed_or_learned():
    """Expressed, or learned?"""
    zero = reference.mlp_from_conv(torch.ones(1, 1, 2, 2), None, 4)
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    same = torch.allclose(zero(x.flatten(1)).flatten(), reference.conv2d(x, torch.ones(1, 1, 2, 2)).flatten())
    behind = round(_signals("CNN", "plain") - _signals("MLP", "plain"))
    words = {True: "a question of what can be expressed", False: "a question of what is learned"}
    return matching(
        {
            "A dense layer with a convolution's matrix computes the same.": words[same],
            f"Trained on the same signals, an MLP stays {behind} points behind a CNN.": words[False],
            "Which weights does Adam find from these signals?": words[False],
            "max(a, b) = a + relu(b − a), so ReLUs can build a maximum.": words[True],
        },
        distractors=("a question of how many units there are",),
        feedback="What some choice of weights would do can be written down. What training finds has to be measured.",
        prompt="Sort these sentences. An answer may be used more than once.",
        claim=20,
        level=RECALL,
    )


def just_as_well():
    """Which sentence about learning locality is false?"""
    mlp, cnn = (_experiment()["signals"][name]["parameters"] for name in ("MLP", "CNN"))
    return single(
        None,
        "A dense network learns locality just as well, as long as it is large enough.",
        [
            Mistake(
                TRUE, f"The MLP had {count(mlp)} parameters and the CNN {count(cnn)}.", "That was so in the experiment."
            ),
            Mistake(TRUE, "Some setting of a dense network's weights computes what a CNN computes.", "There is one."),
            Mistake(TRUE, f"On plain signals the MLP reached {_signals('MLP', 'plain')} %.", "That was measured."),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation=f"The MLP was three times as large and stayed behind: the CNN reached {_signals('CNN', 'plain')} "
        "%.",
        claim=20,
        level=REFUTE,
    )


def maximum_from_relus(draw):
    """What does this program print?"""
    pairs = draw.matrix("pairs", 3, 2, -7, 8)
    code = (
        "def relu(x):\n"
        "    return x if x > 0 else 0\n\n"
        f"print([a + relu(b - a) for a, b in {[tuple(pair) for pair in pairs]}])"
    )
    return single(
        draw,
        printed(code),
        [
            Mistake(
                "smallest number instead of the largest",
                str([min(pair) for pair in pairs]),
                "Try a = 1 and b = 3: 1 + 2 is 3.",
            ),
            Mistake("numbers added", str([sum(pair) for pair in pairs]), "a is taken away from b first."),
            Mistake(
                "ReLU of the second number", str([a + max(b, 0) for a, b in pairs]), "ReLU sees the difference b − a."
            ),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="a + relu(b − a) is the larger of the two. So a dense network with ReLUs can do max pooling as "
        "well.",
        claim=19,
        level=PREDICT,
    )


def biases_of_the_twin(draw):
    """In which order do the biases stand?"""
    biases, width = draw.sample("biases", list(range(1, 10)), 2), draw.integer("width", 3, 4)
    layer = reference.mlp_from_conv(torch.ones(2, 1, 1, 2), torch.tensor(biases, dtype=torch.float32), (1, width))
    units = width - 1
    return single(
        draw,
        layer.bias.int(),
        [
            Mistake("biases in the wrong order", biases * units, "All units of the first filter's map come first."),
            Mistake("one bias for each filter", biases, "Each unit has a bias, that of its filter."),
            Mistake(
                "bias for each pixel", [b for b in biases for _ in range(width)], "A map has fewer units than pixels."
            ),
        ],
        show=listed,
        prompt=f"Two filters of 1 × 2 with the biases {listed(biases)} on {width} pixels in a row (no padding) become "
        "one dense "
        "layer, whose output is the flattened output of the convolution. Which biases has the dense layer, in order?",
        explanation="The output is flattened map by map, so each filter's bias is repeated for all of its places.",
        claim=19,
        level=COMPUTE,
    )


# ----------------------------------------------------------------------------- moved, turned, enlarged: 6, 8, 9, 13, 22


def curves_of_four_networks(draw):
    """Which curve belongs to which network?"""
    names = {"MLP": "MLP", "CNN": "CNN with a dense head", EXACT: "CNN around the edge, mean of each map"}
    order = draw.sample("order", sorted(names), 3)
    lines = [
        (letter, [round(_shifted(model, pixels)) for pixels in range(4)])
        for letter, model in zip("ABC", order, strict=True)
    ]
    chart = figures.curves("curves", lines, "Test accuracy in per cent, digits moved by 0, 1, 2 and 3 pixels")
    return matching(
        {f"curve {letter}": names[model] for letter, model in zip("ABC", order, strict=True)},
        distractors=("none of them: a network that guesses",),
        feedback="What has no border, no stride and a mean at the end does not notice a shift. A dense head does; a "
        "dense network "
        "notices it most.",
        prompt="Three networks saw digits in the middle only. Then the test digits are "
        f"moved.\n\n{shown(chart)}\n\nWhich curve "
        "belongs to which network?",
        figures=(chart,),
        claim=13,
        level=READ,
    )


def moved_or_enlarged(draw):
    """Moved or enlarged?"""
    model = draw.choice("model", sorted(_experiment()["digits"]))
    pixels = draw.integer("pixels", 1, 3)
    moved, larger = _shifted(model, pixels), _digits(model, "enlarged")
    draw.need(abs(moved - larger) > 3)
    return true_false(
        moved > larger,
        f"Moved: {moved} %. Half as large again: {larger} %.",
        prompt=f"In the course's experiment, the network “{model}” (trained on digits in the middle) does better on "
        "digits moved "
        f"by {pixels} pixel(s) than on digits half as large again.",
        explanation="Only a network built for shifts keeps its accuracy when digits move; none is built for another "
        "scale.",
        claim=6,
        level=RECALL,
    )


def what_the_exact_network_keeps():
    """What does the shift-invariant network keep?"""
    clean = _digits(EXACT, "turned"), _shifted(EXACT, 0)
    results = {
        "digits moved by 1 pixel": _shifted(EXACT, 1),
        "digits moved by 3 pixels": _shifted(EXACT, 3),
        "digits turned by a quarter": clean[0],
        "mirrored digits": _digits(EXACT, "mirrored"),
        "digits half as large again": _digits(EXACT, "enlarged"),
    }
    return multiple(
        None,
        [
            Statement(
                name,
                abs(score - clean[1]) < 5,
                "reliable under any change",
                f"There it got {score} % right: invariance to shifts says nothing about this change.",
            )
            for name, score in results.items()
        ],
        prompt=f"A network that is exactly invariant to shifts gets {clean[1]} % of the test digits right. For which "
        "changed test "
        "digits does it stay within 5 points of that?",
        explanation="It keeps what it was built for.",
        claim=8,
        level=RECALL,
    )


def turned_digits(draw):
    """How do networks do on turned digits?"""
    model = draw.choice("model", sorted(_experiment()["digits"]))
    threshold = draw.choice("threshold", [5, 10, 15, 50])
    turned = _digits(model, "turned")
    draw.need(abs(turned - threshold) > 0.5)
    return true_false(
        turned > threshold,
        f"It was {turned} %. Guessing among ten classes would give about 10 %.",
        prompt=f"Test digits are turned by a quarter. The network “{model}” of the course's experiment, trained on "
        "upright digits, "
        f"gets more than {threshold} % of them right.",
        explanation="No network of the experiment recognises turned digits: none is built for it.",
        claim=9,
        level=RECALL,
    )


def where_invariance_comes_from(draw):
    """Where does the invariance come from?"""
    maps, side = draw.integer("maps", 3, 8), draw.integer("side", 4, 7)
    x = torch.arange(float(maps * side * side)).remainder(7).reshape(1, maps, side, side)
    moved = reference.translate(x, (0, 1))
    mean = torch.allclose(reference.global_avg_pool2d(x), reference.global_avg_pool2d(moved))
    flat = torch.equal(x.flatten(1), moved.flatten(1))
    return cloze(
        [
            choice_gap(
                draw,
                "maps",
                "move along",
                [
                    Mistake(
                        "CNNs are spatially invariant",
                        "stay the same",
                        "Convolutions are equivariant: maps follow the image.",
                    ),
                    Mistake("neither", "change completely", "Every place uses the same filter, so the maps follow."),
                ],
            ),
            choice_gap(
                draw,
                "mean",
                "stay the same" if mean else "change",
                [
                    Mistake(
                        "means move",
                        "change" if mean else "stay the same",
                        "A mean does not know where its numbers stood.",
                    )
                ],
            ),
            choice_gap(
                draw,
                "dense",
                "sees no difference" if flat else "sees another input",
                [
                    Mistake(
                        "dense heads are invariant",
                        "sees another input" if flat else "sees no difference",
                        "It has a weight of its own for every place of every map.",
                    )
                ],
            ),
        ],
        feedback="Convolutions are equivariant. It is the mean behind them that makes a network invariant; a dense "
        "head does not.",
        prompt=f"An image moves around the edge. The {maps} maps of {sides(side, side)} that circular convolutions "
        "make of it "
        "{{maps}}. The means of the maps {{mean}}. A dense layer on the flattened maps {{dense}}.",
        claim=22,
        level=RECALL,
    )


def parameters_of_the_cnn(draw):
    """How large is the head of this CNN?"""
    side, first, second = draw.integer("side", 9, 31), draw.integer("first", 4, 10), draw.integer("second", 8, 20)
    model = reference.CNN(1, [first, second], 10, side)
    head = reference.count_parameters(model.head)
    draw.need(side % 4 > 0)
    rounded_up = second * math.ceil(math.ceil(side / 2) / 2) ** 2 * 10 + 10
    return numeric(
        head,
        [
            Mistake(
                "head sized without the pooling", second * side * side * 10 + 10, "Every block halves height and width."
            ),
            Mistake(
                "pooling only after the last block",
                second * (side // 2) ** 2 * 10 + 10,
                "Each of the two blocks pools.",
            ),
            Mistake("size rounded up", rounded_up, "Pooling drops an odd row or column."),
            Mistake("biases left out", head - 10, "Each class has a bias."),
        ],
        prompt=f"A CNN for grey images of {sides(side, side)}: two blocks of 3 × 3 convolution (padding 1), ReLU and 2 "
        "× 2 max "
        f"pooling, with {first} and {second} filters, then a dense head with biases for 10 classes. How many "
        "parameters has the "
        "**head**?",
        explanation="Halve the size for every block, rounding down, and multiply by the last number of filters.",
        claim=12,
        level=COMPUTE,
    )
