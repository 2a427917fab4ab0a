"""The questions of assignment 4: what moves along, what does not notice, and what neither promises.

Keys come from the reference or from running the code that is shown. A wrong answer is what the named mistake makes.
"""

from functools import cache, partial

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
    cloze,
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


def _code(text):
    return f"`{text}`"


def _rolled(row, by):
    return np.roll(np.array(row), by).tolist()


def _image(rows):
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def _noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _circular(x, weight, stride=1):
    """A convolution that goes on around the edge."""
    edge = weight.shape[2] - 1
    return torch.nn.functional.conv2d(
        torch.nn.functional.pad(x, (0, edge, 0, edge), mode="circular"), weight, stride=stride
    )


# ------------------------------------------------------------------------------------------------ equivariance, claim 7


def shifts_that_commute(draw):
    """Which shifts commute with the stride?"""
    stride = draw.integer("stride", 2, 5)
    shifts = draw.sample("shifts", list(range(1, 13)), 5)
    commuting = reference.commuting_shifts(stride, 12)
    return multiple(
        draw,
        [
            Statement(
                f"by {shift}",
                shift in commuting,
                "divisors instead of multiples" if stride % shift == 0 else "every shift commutes",
                f"{shift} is no multiple of {stride}: the layer then keeps other pixels than before.",
            )
            for shift in shifts
        ],
        prompt=f"A layer has stride {stride}. By how many pixels may the image move, so that the output only moves "
        "along?",
        explanation="By multiples of the stride.",
        claim=7,
        level=COMPUTE,
    )


def how_many_shifts(draw):
    """How many shifts commute?"""
    stride, most = draw.integer("stride", 2, 5), draw.integer("most", 6, 20)
    return numeric(
        len(reference.commuting_shifts(stride, most)),
        [
            Mistake("zero forgotten", 2 * (most // stride), "The shift by nothing commutes, too."),
            Mistake("one direction only", most // stride + 1, "The image can move to the left as well."),
            Mistake("every shift commutes", 2 * most + 1, "Only multiples of the stride do."),
        ],
        prompt=f"A row may move by −{most} to {most} pixels. How many of these shifts, 0 among them, does a layer with "
        "stride "
        f"{stride} turn into a shift of its output?",
        explanation="The multiples of the stride, on both sides, and 0.",
        claim=7,
        level=COMPUTE,
    )


def where_the_output_goes(draw):
    """By how much does the output move?"""
    stride, steps = draw.integer("stride", 2, 4), draw.integer("steps", 2, 5)
    moved = stride * steps
    x, weight = _noise(1, 1, 1, 10 * stride), _noise(1, 1, 1, 1, seed=1)
    before = reference.conv2d(x, weight, stride=(1, stride))
    after = reference.conv2d(reference.translate(x, (0, moved)), weight, stride=(1, stride))
    by = [k for k in range(10) if torch.equal(reference.translate(before, (0, k)), after)]
    return numeric(
        by[0],
        [
            Mistake("g_in on both sides", moved, "Behind a stride the output moves by fewer pixels than the image."),
            Mistake(
                "shift multiplied",
                moved * stride,
                "One pixel of the output is several pixels of the image, not the reverse.",
            ),
            Mistake("invariant instead of equivariant", 0, "The output does not stay: it moves along."),
        ],
        prompt=f"A convolution with stride {stride} sees an image that moves by {moved} pixels to the right (around "
        "the edge). "
        "By how many pixels does its output move?",
        explanation="By the image's shift, divided by the stride.",
        claim=7,
        level=COMPUTE,
    )


def error_of_every_second_pixel(draw):
    """How large is the equivariance error?"""
    row = draw.row("row", 6, 0, 9)
    x = _image([row])
    kept, moved = row[::2], _rolled(row, 1)[::2]
    draw.need(any(kept) and kept != moved)
    error = reference.equivariance_error(
        lambda image: image[..., ::2], partial(reference.translate, shift=(0, 1)), lambda image: image, x
    )
    squares = sum((a - b) ** 2 for a, b in zip(kept, moved, strict=True))
    return numeric(
        round(error, 2),
        [
            Mistake("not relative", round(squares**0.5, 2), "Divide by the norm of the second side."),
            Mistake(
                "root forgotten", round(error**2, 2), "The norm is the root of the sum of squares, above and below."
            ),
            Mistake(
                "divided by the norm of the image",
                round((squares / sum(v * v for v in row)) ** 0.5, 2),
                "Divide by the norm of the output that you compare with.",
            ),
        ],
        tolerance=0.011,
        prompt=f"`f` keeps every second number of a row, beginning with the first. The row {listed(row)} is moved by "
        "one to "
        "the right, around the edge; the output is not moved at all. How large is the equivariance error, "
        r"$\lVert f(g(x)) - f(x) \rVert / \lVert f(x) \rVert$? (Two decimals.)",
        explanation=f"{listed(moved)} against {listed(kept)}: the root of the squared differences over the squares.",
        claim=7,
        level=COMPUTE,
    )


def equations_and_words():
    """Which equation belongs to which word?"""
    return matching(
        {
            "equivariant": "$f(g(x)) = g(f(x))$ for all $x$",
            "invariant": "$f(g(x)) = f(x)$ for all $x$",
            "linear": "$f(x + y) = f(x) + f(y)$ for all $x$ and $y$",
        },
        distractors=("$g(f(x)) = f(x)$ for all $x$",),
        feedback="Equivariant: the output follows. Invariant: the output does not notice. Here g is a change of the "
        "image.",
        prompt="Find the equation for each word. $f$ is a layer, $g$ a change of the image such as a shift.",
        claim=7,
        level=RECALL,
    )


def word_for_moving_along():
    """What is it called when the output moves along?"""
    return short_text(
        ["equivariant", "equivariance", "translation equivariant", "translation equivariance", "shift equivariant"],
        "f(g(x)) = g(f(x)) is equivariance. Invariant would mean that nothing changes at all.",
        prompt="Move the image, and the feature map moves along by as much: $f(g(x)) = g(f(x))$. What is such a layer "
        "called?",
        claim=7,
        level=RECALL,
    )


def cause_and_effect():
    """Which sentence about equivariance is false?"""
    x, shift = _noise(1, 1, 8, 8), partial(reference.translate, shift=(0, 1))
    error = reference.equivariance_error(partial(_circular, weight=_noise(1, 1, 3, 3, seed=1)), shift, shift, x)
    draws = [_noise(6, 6, 1, 1, 3, 3, seed=2)]
    local = reference.equivariance_error(lambda a: reference.locally_connected2d(a, draws[0]), shift, shift, x)
    return single(
        None,
        "Equivariance is a type of parameter sharing.",
        [
            Mistake(
                TRUE,
                "Using one filter at all places makes a layer equivariant to shifts.",
                "It does: that is the cause.",
            ),
            Mistake(
                TRUE,
                f"Take the sharing away, and the relative error under a shift is {local:.1f} instead of {error:.1f}.",
                "That was measured: nothing is left of equivariance without sharing.",
            ),
            Mistake(TRUE, "Being equivariant to turns takes more than a plain convolution.", "It does."),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="It is the other way round: sharing the filters is the cause, equivariance to shifts the effect.",
        claim=7,
        level=REFUTE,
    )


def a_moved_row_in_code(draw):
    """What does this program print?"""
    row, stride, shift = draw.row("row", 8, 0, 9), draw.choice("stride", [2, 4]), draw.integer("shift", 1, 4)
    code = f"import numpy as np\n\nx = np.array({row})\nprint(np.roll(x, {shift})[::{stride}].tolist())"
    kept = row[::stride]
    return single(
        draw,
        printed(code),
        [
            Mistake(
                "output moved by as much as the image",
                str(_rolled(kept, shift)),
                "First the row is moved, then pixels are kept.",
            ),
            Mistake(
                "wrong direction", str(_rolled(row, -shift)[::stride]), "roll moves to the right: the last come first."
            ),
            Mistake("not moved at all", str(kept), "The row is moved before pixels are kept."),
        ],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="Moved first, then every so many numbers are kept, beginning with the first.",
        claim=7,
        level=PREDICT,
    )


_ERROR = [
    "def equivariance_error(f, g_in, g_out, x):",
    "    first = f(g_in(x))",
    "    second = g_out(f(x))",
    "    difference = norm(first - second)",
    "    size = norm(second)",
    "    return difference / size",
]
_ERROR_BUGS = {
    "g before f only": (2, "    second = f(x)", "That asks for invariance. The output has to be changed as well."),
    "g_in on both sides": (2, "    second = g_in(f(x))", "The output is changed by g_out, not by g_in."),
    "f after g_in left out": (1, "    first = f(x)", "f never sees a changed image."),
    "not relative": (5, "    return difference", "The difference has to be divided by the size of the output."),
    "divided by the norm of the image": (4, "    size = norm(x)", "Divide by the norm of the output compared with."),
    "differences cancel": (
        3,
        "    difference = abs((first - second).sum())",
        "Differences of both signs cancel. Take the norm.",
    ),
}


def the_wrong_line_of_the_error(draw):
    """Which line of this measurement is wrong?"""
    bug = draw.choice("bug", sorted(_ERROR_BUGS))
    line, wrong, why = _ERROR_BUGS[bug]
    return spot(
        [*_ERROR[:line], wrong, *_ERROR[line + 1 :]],
        line,
        _ERROR[line].strip(),
        prompt="This should measure, relative to the size of the output, how far `f` is from turning the change `g_in` "
        "of the "
        "image into the change `g_out` of the output. (`norm` is the root of the sum of squares.) Which line is wrong?",
        explanation=why,
        claim=7,
        level=PREDICT,
    )


@cache
def _errors():
    """Equivariance errors under a shift by one pixel: medians over random images and layers."""
    shift = partial(reference.translate, shift=(0, 1))

    def median(make, size=12):
        found = []
        for seed in range(9):
            x = _noise(1, 1, size, size, seed=seed)
            found.append(reference.equivariance_error(make(_noise(1, 1, 3, 3, seed=100 + seed)), shift, shift, x))
        return float(np.median(found))

    return {
        "convolution around the edge": median(lambda w: partial(_circular, weight=w)),
        "convolution padded with zeros": median(lambda w: partial(torch.nn.functional.conv2d, weight=w, padding=1)),
        "convolution with stride 2, output moved as well": median(lambda w: partial(_circular, weight=w, stride=2)),
    }


def errors_in_order():
    """Which layer breaks equivariance most?"""
    errors = _errors()
    return ordering(
        sorted(errors, key=errors.__getitem__),
        feedback="Around the edge nothing breaks. Zeros at the edge tell a layer where the edge is. A stride keeps "
        "other "
        "pixels: that breaks it everywhere.",
        prompt="A random image is moved by **one** pixel, around the edge. Order these layers by their relative "
        "equivariance "
        "error, the **smallest** first.",
        explanation="Measured: "
        + ", ".join(f"{name} {errors[name]:.2f}" for name in sorted(errors, key=errors.__getitem__))
        + ".",
        claim=7,
        level=RECALL,
    )


# ------------------------------------------------------------------------------------------- turns and mirrors, claim 9


def kernels_that_turns_allow(draw):
    """Which kernels does a quarter turn leave alone?"""
    a, b, c = draw.sample("numbers", list(range(-4, 6)), 3)
    kernels = {
        "plus": [[a, b, a], [b, c, b], [a, b, a]],
        "edges": [[a, a, a], [b, c, b], [a, a, a]],
        "diagonal": [[a, b, c], [b, a, b], [c, b, a]],
        "ring": [[b, b, b], [b, a, b], [b, b, b]],
        "slope": [[a, b, c], [a, b, c], [a, b, c]],
    }
    names = draw.sample("names", sorted(kernels), 4)

    def same(rows):
        return bool(torch.equal(torch.rot90(torch.tensor(rows)), torch.tensor(rows)))

    draw.need(any(same(kernels[name]) for name in names))
    made = [figures.numbers(f"kernel-{k}", kernels[name], f"Kernel {k}") for k, name in zip("abcd", names, strict=True)]
    return multiple(
        draw,
        [
            Statement(
                f"kernel {letter}",
                same(kernels[name]),
                "mirror image taken for a turn",
                "Turn it by a quarter: its first row becomes a column. That has to be the same numbers.",
            )
            for letter, name in zip("abcd", names, strict=True)
        ],
        prompt="A convolution around the edge is equivariant to quarter turns only if its kernel looks the same after "
        "a "
        "quarter turn. Which of these do?\n\n"
        + "\n\n".join(f"Kernel {figure.name[-1]}:\n\n{shown(figure)}" for figure in made),
        figures=tuple(made),
        explanation="All four corners must be equal, and all four sides.",
        claim=9,
        level=READ,
    )


@cache
def _layers():
    weight = torch.tensor([[[[1.0, 2, 0], [0, -1, 3], [1, 0, 0.5]]]], dtype=torch.float64)
    ring = torch.ones(1, 1, 3, 3, dtype=torch.float64)
    matrix = _noise(64, 64, seed=5)

    def mean_behind(x):
        return reference.global_avg_pool2d(reference.relu(_circular(x, weight)))

    layers = {
        "ReLU": reference.relu,
        "convolution around the edge": partial(_circular, weight=weight),
        "convolution around the edge, all weights equal": lambda x: reference.translate(_circular(x, ring), 1),
        "2 × 2 max pooling": partial(reference.max_pool2d, kernel_size=2),
        "mean of all pixels": reference.global_avg_pool2d,
        "convolution around the edge, ReLU, mean": mean_behind,
        "flatten and dense layer": lambda x: (x.flatten(1) @ matrix).reshape(x.shape),
        "convolution padded with zeros": partial(reference.conv2d, weight=weight, padding=1),
    }
    x = _noise(1, 1, 8, 8)
    return {name: reference.symmetry_table(layer, x) for name, layer in layers.items()}


def _kinds(draw, symmetry):
    names = draw.sample("names", sorted(_layers()), 4)
    pairs = {name: _layers()[name][symmetry] for name in names}
    draw.need(len(set(pairs.values())) > 1)
    distractors = sorted({"equivariant", "invariant", "neither"} - set(pairs.values()))
    return pairs, tuple(distractors)


def what_a_turn_does(draw):
    """Equivariant to a quarter turn?"""
    pairs, distractors = _kinds(draw, "rot90")
    return matching(
        pairs,
        distractors=distractors,
        feedback="A convolution is lost when the image turns, unless its kernel looks the same after the turn. What "
        "looks at "
        "each pixel alone turns along. A mean of everything notices nothing.",
        prompt="The image is turned by a quarter. Is each of these equivariant (the output turns along), invariant (it "
        "does "
        "not notice), or neither? An answer may be used more than once.",
        claim=9,
        level=RECALL,
    )


def a_turned_image(draw):
    """What comes out of a turned image?"""
    rows, kernel = draw.matrix("rows", 3, 3, 0, 6), draw.matrix("kernel", 2, 2, -2, 3)
    x, w = np.array(rows), np.array(kernel)
    before, after = reference.cross_correlate2d(x, w), reference.cross_correlate2d(np.rot90(x), w)
    return single(
        draw,
        after,
        [
            Mistake(
                "equivariant to turns", np.rot90(before), "The kernel was not turned along, so the sums are others."
            ),
            Mistake("invariant to turns", before, "That is what comes out of the image as it was."),
            Mistake(
                "turned with the clock",
                reference.cross_correlate2d(np.rot90(x, -1), w),
                "The image turns against the clock.",
            ),
        ],
        show=listed,
        prompt=f"The image {listed(rows)} is turned by a quarter **against** the clock: {listed(np.rot90(x))}. Then "
        "the kernel "
        f"{listed(kernel)} is laid on it as it is (cross-correlation, no padding). What comes out?",
        explanation=f"Without the turn it was {listed(before)}. The output did not just turn along.",
        claim=9,
        level=COMPUTE,
    )


def does_it_turn_along(draw):
    """Does the output turn along?"""
    rows = draw.matrix("rows", 3, 3, 0, 9)
    a, b = draw.integer("a", 1, 5), draw.integer("b", -4, 0)
    kernel = draw.choice("kernel", ["same", "other"])
    weights = {"same": [[a, a], [a, a]], "other": [[a, a], [b, b]]}[kernel]
    x, w = np.array(rows), np.array(weights)
    turned_first = reference.cross_correlate2d(np.rot90(x), w)
    turned_last = np.rot90(reference.cross_correlate2d(x, w))
    same = bool((turned_first == turned_last).all())
    draw.need(same == (kernel == "same"))
    return true_false(
        same,
        "Turn the kernel by a quarter. Only if it looks the same does the output turn along with the image.",
        prompt=f"The kernel {listed(weights)} is laid on the image {listed(rows)} and on the same image turned by a "
        "quarter. "
        "The second output is the first one, turned by a quarter.",
        explanation=f"Turned first: {listed(turned_first)}. Turned last: {listed(turned_last)}.",
        claim=9,
        level=COMPUTE,
    )


def changes_a_convolution_follows():
    """Which changes does a convolution follow?"""
    table = _layers()["convolution around the edge"]
    x, weight = _noise(1, 1, 8, 8), _noise(1, 1, 3, 3, seed=4)

    def larger(image):
        return image.repeat_interleave(2, 2).repeat_interleave(2, 3)[..., :8, :8]

    scale = reference.is_equivariant(partial(_circular, weight=weight), larger, larger, x)
    follow = "Try it with a kernel that is not symmetric: the output does not follow."
    return multiple(
        None,
        [
            Statement("a shift by one pixel down", table["translation"] == "equivariant", "", ""),
            Statement("a shift by one pixel to the right", table["translation"] == "equivariant", "", ""),
            Statement("a quarter turn", table["rot90"] == "equivariant", "equivariant to turns", follow),
            Statement("a mirror image", table["horizontal flip"] == "equivariant", "equivariant to mirroring", follow),
            Statement("doubling the size", scale, "equivariant to scale", follow),
        ],
        prompt="A convolution around the edge, with any weights. To which changes of the image is it equivariant?",
        explanation="To translations, and to nothing else.",
        claim=9,
        level=RECALL,
    )


def scale_and_rotation():
    """Which sentence about turning is false?"""
    table = _layers()
    kind = table["convolution around the edge"]["rot90"]
    return single(
        None,
        "CNNs do not depend on the scale and the rotation of what they see.",
        [
            Mistake(
                TRUE,
                f"A convolution with any weights is, under a quarter turn, {kind} invariant nor equivariant.",
                "It is.",
            ),
            Mistake(
                TRUE,
                "The mean of all pixels does not notice that an image was turned.",
                "It does not: no pixel is lost.",
            ),
            Mistake(TRUE, "ReLU is equivariant to turns.", "It is: it looks at each number on its own."),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="Convolutions follow translations. Turned or enlarged images are new to them.",
        claim=9,
        level=REFUTE,
    )


# -------------------------------------------------------------------------------------------- what it promises, claim 8


def _score(rows, weight):
    """A network that is invariant to circular shifts: convolution around the edge, ReLU, sum of all."""
    return int(reference.relu(_circular(_image(rows), weight)).sum())


def scores_of_an_invariant_network(draw):
    """What does an invariant network answer?"""
    rows, kernel = draw.matrix("rows", 3, 4, 0, 5), draw.matrix("kernel", 2, 2, -3, 3)
    down, right = draw.integer("down", 1, 2), draw.integer("right", 1, 3)
    factor = draw.integer("factor", 2, 5)
    weight = _image(kernel)
    score = _score(rows, weight)
    draw.need(score > 0)
    moved = np.roll(np.array(rows), (down, right), (0, 1))
    return cloze(
        [number_gap("moved", _score(moved, weight)), number_gap("brighter", _score(factor * np.array(rows), weight))],
        feedback="Invariance to shifts says: the same number for a moved image. It says nothing about brightness; here "
        "the "
        "sum grows with the pixels.",
        prompt="A network without bias: convolution around the edge, ReLU, sum of all numbers. For the image "
        f"{listed(rows)} it answers {score}. For the image moved by {down} row(s) and {right} column(s) around the "
        "edge it "
        f"answers {{{{moved}}}}. For the image with every pixel times {factor} it answers {{{{brighter}}}}.",
        claim=8,
        level=COMPUTE,
    )


def the_harmless_change(draw):
    """Which change does the network not notice?"""
    rows, kernel = draw.matrix("rows", 4, 4, 0, 9), draw.matrix("kernel", 2, 2, -3, 3)
    down, right = draw.integer("down", 0, 3), draw.integer("right", 1, 3)
    x, weight = np.array(rows), _image(kernel)
    before = _score(rows, weight)
    changes = {
        f"moved by {down} row(s) and {right} column(s), around the edge": np.roll(x, (down, right), (0, 1)),
        "turned by a quarter": np.rot90(x).copy(),
        "mirrored": x[:, ::-1].copy(),
        "with every pixel one brighter": x + 1,
    }
    unnoticed = [name for name, image in changes.items() if _score(image, weight) == before]
    draw.need(len(unnoticed) == 1 and before > 0)
    return single(
        draw,
        unnoticed[0],
        [
            Mistake(
                "reliable under any change",
                name,
                f"The answer changes from {before} to {_score(image, weight)}. The equation is about shifts only.",
            )
            for name, image in changes.items()
            if name not in unnoticed
        ],
        prompt=f"A network is a convolution around the edge with the kernel {listed(kernel)}, a ReLU and the sum of "
        "all "
        f"numbers. It sees {listed(rows)}. Which change of the image leaves its answer as it is?",
        explanation="It is invariant to shifts by construction, and to nothing else.",
        claim=8,
        level=COMPUTE,
    )


def invariance_in_code(draw):
    """What does this comparison print?"""
    row, by = draw.row("row", 5, 0, 9), draw.integer("by", 1, 4)
    weights = draw.row("weights", 2, -3, 3)
    code = (
        "import numpy as np\n\n"
        f"x, w = np.array({row}), {weights}\n\n"
        "def net(x):\n"
        "    return np.maximum(w[0] * x + w[1] * np.roll(x, -1), 0).sum()\n\n"
        f"print(net(np.roll(x, {by})) == net(x), net(x[::-1]) == net(x))"
    )
    key = printed(code)
    draw.need(key == "True False")
    names = {
        "True True": ("invariant to mirroring", "Mirrored, every pixel has its other neighbour beside it."),
        "False False": (
            "not invariant at all",
            "Moved around, every pixel keeps its neighbour, and a sum knows no place.",
        ),
        "False True": ("shift and mirror image confused", "It is the other way round."),
    }
    return single(
        draw,
        key,
        [Mistake(name, answer, why) for answer, (name, why) in names.items()],
        show=_code,
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="The network is invariant to shifts around the edge. That says nothing about mirror images.",
        claim=8,
        level=PREDICT,
    )


def what_follows():
    """What does equivariance promise?"""
    x, weight = _noise(1, 1, 6, 6), _noise(1, 1, 2, 2, seed=3)
    net, shift = partial(_circular, weight=weight), partial(reference.translate, shift=(1, 2))
    bright = reference.is_equivariant(net, lambda a: a + 1, lambda a: a, x)
    noisy = reference.is_equivariant(net, lambda a: a + _noise(1, 1, 6, 6, seed=9), lambda a: a, x)
    follow = "The equation is about shifts. About this change it says nothing."
    return multiple(
        None,
        [
            Statement(
                "When the image moves, the map moves along.", reference.is_equivariant(net, shift, shift, x), "", ""
            ),
            Statement("If it finds a wrong thing in an image, it finds it in the moved image, too.", True, "", ""),
            Statement(
                "When the image gets brighter, the map stays the same.", bright, "reliable under any change", follow
            ),
            Statement(
                "When there is noise on the image, the map stays the same.", noisy, "reliable under any change", follow
            ),
            Statement(
                "Its answers are right.", False, "equivariant taken for right", "It can be wrong everywhere alike."
            ),
        ],
        prompt="A layer is equivariant to shifts. What follows from that?",
        explanation="A promise about one kind of change, and nothing else.",
        claim=8,
        level=RECALL,
    )


def drastic_changes():
    """Which sentence about reliability is false?"""
    return single(
        None,
        "Thanks to equivariance, a CNN stays reliable when its input changes drastically.",
        [
            Mistake(TRUE, "Equivariance to shifts promises nothing for another camera or other light.", "It does not."),
            Mistake(TRUE, "An equivariant layer may be wrong, in the same way at every place.", "It may."),
            Mistake(TRUE, "A network can be invariant to shifts and fail on mirrored images.", "It can, and most do."),
        ],
        prompt="**One** of these sentences is false, or at least nothing supports it. Which?",
        explanation="Equivariance is an equation about one change, such as a shift.",
        claim=8,
        level=REFUTE,
    )


# ---------------------------------------------------------------------------------- what is a translation, claim 6

_GLYPHS = {
    "L": [[1, 0], [1, 0], [1, 1]],
    "F": [[1, 1], [1, 0], [1, 0]],
    "hook": [[1, 1], [0, 1], [0, 1]],
    "step": [[1, 0], [1, 1], [0, 0]],
}


def _placed(glyph, row, column, side=8):
    canvas = np.zeros((side, side), dtype=int)
    height, width = np.array(glyph).shape
    canvas[row : row + height, column : column + width] = glyph
    return canvas


def which_picture_is_moved(draw):
    """Which picture shows a translation?"""
    name = draw.choice("name", ["L", "F", "hook"])
    glyph = np.array(_GLYPHS[name])
    row, column = draw.integer("row", 0, 2), draw.integer("column", 0, 2)
    down, right = draw.integer("down", 1, 3), draw.integer("right", 1, 3)
    changes = {
        "moved": _placed(glyph, row + down, column + right),
        "twice as large": _placed(np.kron(glyph, np.ones((2, 2), dtype=int)), row, column),
        "turned": _placed(np.rot90(glyph), row + down, column + right),
        "mirrored": _placed(glyph[:, ::-1], row + down, column + right),
    }
    names = draw.sample("pictures", sorted(changes), 4)
    before = figures.pixels("before", _placed(glyph, row, column).tolist(), "The image")
    made = [
        figures.pixels(f"picture-{k.lower()}", changes[change].tolist(), f"Picture {k}")
        for k, change in zip("ABCD", names, strict=True)
    ]
    letters = dict(zip(names, "ABCD", strict=True))
    why = {
        "twice as large": ("scale taken for translation", "It is larger, not only elsewhere."),
        "turned": ("turn taken for translation", "It stands on another side."),
        "mirrored": ("mirror image taken for translation", "Left and right have changed places."),
    }
    pictures = "\n\n".join(f"Picture {k}:\n\n{shown(figure)}" for k, figure in zip("ABCD", made, strict=True))
    return single(
        draw,
        letters["moved"],
        [Mistake(mistake, letters[change], feedback) for change, (mistake, feedback) in why.items()],
        show=lambda letter: f"picture {letter}",
        prompt=f"The image:\n\n{shown(before)}\n\nA convolution is made for one kind of change: a translation. Which "
        "picture "
        f"shows one?\n\n{pictures}",
        figures=(before, *made),
        explanation="A translation changes the position and nothing else.",
        claim=6,
        level=READ,
    )


def by_how_much(draw):
    """By how much was the image moved?"""
    glyph = _GLYPHS[draw.choice("name", sorted(_GLYPHS))]
    row, column = draw.integer("row", 0, 3), draw.integer("column", 0, 3)
    down, right = draw.integer("down", -3, 2), draw.integer("right", -3, 3)
    draw.need(row + down >= 0 and column + right >= 0 and (down, right) != (0, 0))
    before, after = _placed(glyph, row, column), _placed(glyph, row + down, column + right)
    step = np.argwhere(after)[0] - np.argwhere(before)[0]
    pictures = figures.pixels("before", before.tolist(), "Before"), figures.pixels("after", after.tolist(), "After")
    return cloze(
        [number_gap("down", step[0]), number_gap("right", step[1])],
        feedback="Compare the place of one dark pixel in both images. Up and left are negative.",
        prompt=f"Before:\n\n{shown(pictures[0])}\n\nAfter:\n\n{shown(pictures[1])}\n\nThe image was moved by "
        f"{{{{down}}}} "
        "row(s) down and {{right}} column(s) to the right. (Up and left are negative.)",
        figures=pictures,
        claim=6,
        level=READ,
    )


def pixels_that_move_together(draw):
    """Is it a translation?"""
    points = draw.sample("points", [[r, c] for r in range(4) for c in range(4)], 3)
    down, right = draw.integer("down", 1, 4), draw.integer("right", 1, 4)
    kind = draw.choice("kind", ["moved", "twice as large", "mirrored"])
    change = {
        "moved": lambda r, c: [r + down, c + right],
        "twice as large": lambda r, c: [2 * r, 2 * c],
        "mirrored": lambda r, c: [r, 3 - c],
    }[kind]
    after = [change(*point) for point in points]
    steps = {(b[0] - a[0], b[1] - a[1]) for a, b in zip(points, after, strict=True)}
    draw.need((len(steps) == 1) == (kind == "moved"))
    return true_false(
        len(steps) == 1,
        "In a translation every pixel moves by the same number of rows and of columns.",
        prompt=f"Three dark pixels (row, column) of an image: `{points}`. In another image they are, in the same "
        "order, at "
        f"`{after}`. Is that a translation?",
        explanation=f"The pixels have been {kind}.",
        claim=6,
        level=COMPUTE,
    )


def kinds_of_changes():
    """Which change is of which kind?"""
    return matching(
        {
            "The same cat, further to the left": "translation",
            "The cat's head alone, instead of the whole cat": "scale",
            "The camera held upright instead of across": "rotation",
            "The photo printed with left and right exchanged": "mirror image",
        },
        distractors=("change of brightness",),
        feedback="Only the first is a change of position, and that is the one which a convolution is made for.",
        prompt="Of which kind is each change?",
        claim=6,
        level=RECALL,
    )


def portrait_and_person():
    """Which sentence about local variation is false?"""
    glyph = np.array(_GLYPHS["F"])
    kernel = _noise(1, 1, 3, 3, seed=7)

    def change(canvas):
        first, second = (
            reference.relu(_circular(_image(c.tolist()), kernel)).mean() for c in (_placed(glyph, 1, 1), canvas)
        )
        return abs(float(second / first) - 1)

    moved, larger = change(_placed(glyph, 4, 3)), change(_placed(np.kron(glyph, np.ones((2, 2), dtype=int)), 1, 1))
    return single(
        None,
        "A CNN does not mind whether it sees a portrait or the whole person, since it is equivariant.",
        [
            Mistake(TRUE, "From the portrait to the whole person, scale and surroundings change.", "They do."),
            Mistake(TRUE, "What a convolution is made for is a change of position.", "It is."),
            Mistake(
                TRUE,
                f"The mean of one map changed by {100 * moved:.0f} % when a letter moved, by {100 * larger:.0f} % when "
                "it was doubled.",
                "That was measured, with a convolution around the edge and a ReLU.",
            ),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="That is a change of scale and of surroundings. No sharing of filters helps with it.",
        claim=6,
        level=REFUTE,
    )


# ------------------------------------------------------------------------------ borders, strides, classifiers, claim 13


def pixels_that_feel_the_border(draw):
    """How many pixels feel the border?"""
    side, depth = draw.integer("side", 9, 20), draw.integer("depth", 1, 3)
    image = torch.ones(1, 1, side, side, dtype=torch.float64)
    weight = torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float64)
    for _ in range(depth):
        image = reference.conv2d(image, weight, padding=1)
    differ = int(((image - image[..., side // 2, side // 2]).abs() > 1e-9).sum())
    inner = side - 2 * depth
    return numeric(
        differ,
        [
            Mistake(
                "translation invariant everywhere", 0, "The padding is darker than the image, and the layer sees it."
            ),
            Mistake("corners counted twice", 4 * side * depth, "The corner pixels lie on two sides: count them once."),
            Mistake("pixels that do not", inner * inner, "Those are the pixels that the border does not reach."),
        ],
        prompt=f"An image of {sides(side, side)} pixels, all of one colour, goes through {depth} convolution(s) of 3 × "
        "3 that "
        "compute means, padded with zeros (padding 1). How many pixels of the result differ from the one in the "
        "middle?",
        explanation="A ring that is as wide as the number of layers.",
        claim=13,
        level=COMPUTE,
    )


def consistency_of_a_classifier(draw):
    """How consistent is this classifier?"""
    classes, picks = draw.sample("classes", list(range(10)), 3), draw.row("picks", 8, 0, 2)
    answers, label = [classes[pick] for pick in picks], classes[1]
    draw.need(picks.count(0) > 1)
    calls = iter(torch.nn.functional.one_hot(torch.tensor([classes[0], *answers]), 10))
    share = reference.shift_consistency(lambda x: next(calls)[None], torch.zeros(1, 1, 4, 4), 1)
    return numeric(
        share,
        [
            Mistake(
                "compared with the right class",
                picks.count(1) / 8,
                "It asks whether the answer stays the same, not whether it is right.",
            ),
            Mistake(
                "the shift by nothing counted",
                round((picks.count(0) + 1) / 9, 3),
                "The shift by nothing does not count.",
            ),
            Mistake("share of changes", 1 - share, "That is the share of answers that change."),
        ],
        tolerance=0.001,
        prompt=f"A classifier answers {classes[0]} for an image; right would be {label}. For the image moved by one "
        "pixel in "
        f"all eight directions it answers {listed(answers)}. What is its shift consistency for this image, from 0 to "
        "1?",
        explanation="The share of moved images whose answer is that of the image itself.",
        claim=13,
        level=COMPUTE,
    )


def what_a_shift_does(draw):
    """Equivariant to a shift by one pixel?"""
    pairs, distractors = _kinds(draw, "translation")
    return matching(
        pairs,
        distractors=distractors,
        feedback="Windows that stand side by side and zeros at the edge break it; a mean over everything notices "
        "nothing.",
        prompt="The image is moved by one pixel, around the edge. Is each of these equivariant (the output moves along "
        "by as "
        "much), invariant (it does not notice), or neither? An answer may be used more than once.",
        claim=13,
        level=RECALL,
    )


def blurred_before_subsampling(draw):
    """What does blurring before subsampling make?"""
    row = draw.row("row", 7, 0, 8)
    x = _image([row, row])
    out = reference.blur_pool2d(x, (1, 2))[0, 0, 0]
    place = draw.integer("place", 1, 2)
    draw.need(len(set(row[2 * place - 1 : 2 * place + 2])) == 3)
    three = row[2 * place - 1 : 2 * place + 2]
    return numeric(
        float(out[place]),
        [
            Mistake("not blurred", row[2 * place], "That is plain subsampling."),
            Mistake("not divided", three[0] + 2 * three[1] + three[2], "Divide by the sum of the weights, 4."),
            Mistake("maximum instead of blur", max(three), "Blurring is a weighted mean."),
        ],
        tolerance=0.01,
        prompt=f"The row {listed(row)} is blurred with the weights 1, 2, 1 (divided by 4), then every second number is "
        "kept, "
        f"beginning with the first. Which number is kept at place {place}, counted from 0?",
        explanation="It is the weighted mean around the pixel that subsampling would have kept. So a shift changes "
        "less.",
        claim=13,
        level=COMPUTE,
    )


def moved_with_zeros(draw):
    """What does a shift with zeros make?"""
    row, shift = draw.row("row", 6, 1, 9), draw.integer("shift", 1, 4)
    x = torch.tensor([row])
    return single(
        draw,
        reference.translate(x, (0, shift), "zero")[0],
        [
            Mistake(
                "zero mode goes around the edge",
                reference.translate(x, (0, shift))[0],
                "With zeros, what leaves is lost.",
            ),
            Mistake(
                "wrong direction",
                reference.translate(x, (0, -shift), "zero")[0],
                "A positive shift moves to the right.",
            ),
            Mistake("not moved at all", x[0], "The row has to move."),
        ],
        show=listed,
        prompt=f'`translate` moves the row {listed(row)} by {shift} to the right with `mode="zero"`. What comes out?',
        explanation="Zeros come in on the left. Real images lose what leaves them, so exact invariance ends at the "
        "border.",
        claim=13,
        level=COMPUTE,
    )


def ensured_invariance():
    """Which sentence about invariance is false?"""
    image = torch.ones(1, 1, 16, 16, dtype=torch.float64)
    out = reference.conv2d(image, torch.ones(1, 1, 3, 3, dtype=torch.float64), padding=1)
    differ = int((out != out[..., 8, 8]).sum())
    return single(
        None,
        "Pooling layers ensure that a CNN is invariant to translation.",
        [
            Mistake(
                TRUE,
                f"One convolution padded with zeros makes {differ} of 256 equal pixels unequal.",
                "It does, at the border.",
            ),
            Mistake(TRUE, "The mean over a whole map does not notice a circular shift.", "It does not."),
            Mistake(
                TRUE,
                "Moving a photo by one pixel can change the answer of a well-known network.",
                "That was found by Azulay & Weiss and by Zhang.",
            ),
        ],
        prompt="**One** of these sentences is false. Which?",
        explanation="Strides and borders break even equivariance. Only a mean or maximum over everything is invariant.",
        claim=13,
        level=REFUTE,
    )


def invariant_or_equivariant(draw):
    """What do these two outputs show?"""
    row = draw.row("row", 6, 0, 9)
    shift, kind = draw.integer("shift", 1, 3), draw.choice("kind", ["equivariant", "invariant", "neither"])
    functions = {
        "equivariant": lambda r: [(a + 2 * b) for a, b in zip(r, _rolled(r, -1), strict=True)],
        "invariant": lambda r: [sum(r), max(r), min(r)],
        "neither": lambda r: [(place + 1) * value for place, value in enumerate(r)],
    }
    before, after = functions[kind](row), functions[kind](_rolled(row, shift))
    follows = after == _rolled(before, shift)
    key = "invariant" if after == before else "equivariant" if follows else "neither"
    draw.need(key == kind and len(set(row)) > 4)
    why = {
        "equivariant": "Move the first output along: is it the second?",
        "invariant": "The second output would have to be the first one, number by number.",
        "neither": "Compare again: the outputs are equal, or one is the other, moved.",
    }
    return single(
        draw,
        key,
        [Mistake(f"{other} instead of {key}", other, why[other]) for other in why if other != key],
        prompt=f"A layer turns the row {listed(row)} into {listed(before)}. The row moved by {shift} to the right "
        "around the "
        f"edge, {listed(_rolled(row, shift))}, becomes {listed(after)}. Judged by this example, what is the layer "
        "under shifts?",
        explanation="Equal outputs: invariant. One output is the other, moved by as much: equivariant.",
        claim=22,
        level=READ,
    )
