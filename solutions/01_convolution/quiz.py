"""The questions of assignment 1: sizes, sums of products, who shares a weight, and what a layer costs.

Keys come from the reference or from running the code that is shown. A wrong answer is what the named mistake makes.
"""

import math

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

UP = "What is left after the last whole step holds no window. The size is rounded down."
ONE = "You counted the steps. The first window needs no step, so there is one window more."
NO_STRIDE = "That is the number of windows with stride 1. With a larger stride some of them are left out."
FLIPPED = "You turned the kernel by half a turn. Here it is laid on the image as it is."


def _tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def _flipped(kernel):
    return [row[::-1] for row in kernel[::-1]]


def _correlation(image, kernel):
    return reference.cross_correlate2d(np.array(image), np.array(kernel))


# ------------------------------------------------------------------------------------------------------------- sizes


def windows_along_a_row(draw):
    """How many windows fit without padding?"""
    size, kernel, stride = draw.integer("size", 7, 30), draw.integer("kernel", 2, 5), draw.integer("stride", 2, 4)
    return numeric(
        reference.output_size(size, kernel, stride),
        [
            Mistake("rounded up", math.ceil((size - kernel) / stride) + 1, UP),
            Mistake("first window not counted", (size - kernel) // stride, ONE),
            Mistake("stride ignored", size - kernel + 1, NO_STRIDE),
        ],
        prompt=f"A kernel of size {kernel} moves along a row of {size} pixels in steps of {stride} (the stride), "
        "without "
        "padding. How many numbers come out?",
        explanation="The first window begins at the first pixel, and every step begins a new one as long as it fits: "
        r"$\lfloor (n - k) / s \rfloor + 1$.",
        claim=11,
        level=COMPUTE,
    )


def windows_with_padding(draw):
    """How many windows fit with padding?"""
    size, kernel = draw.integer("size", 8, 32), draw.integer("kernel", 3, 7)
    stride, padding = draw.integer("stride", 1, 3), draw.integer("padding", 1, 3)
    draw.need(2 * padding < kernel + 1)
    padded_once = (size + padding - kernel) // stride + 1
    return numeric(
        reference.output_size(size, kernel, stride, padding),
        [
            Mistake(
                "padding on one side only",
                padded_once,
                f"Padding {padding} stands on both sides, so the row gets {2 * padding} pixels longer.",
            ),
            Mistake("padding ignored", (size - kernel) // stride + 1, "Windows may also begin on the padding."),
            Mistake("first window not counted", (size + 2 * padding - kernel) // stride, ONE),
        ],
        prompt=f"A row of {size} pixels gets a padding of {padding}. A kernel of size {kernel} moves over it with "
        f"stride {stride}. How many numbers come out?",
        explanation=r"$\lfloor (n + 2p - k) / s \rfloor + 1$: the padding counts twice.",
        claim=11,
        level=COMPUTE,
    )


def what_a_dilated_kernel_covers(draw):
    """How large is the output of a kernel with gaps?"""
    size, kernel, dilation = draw.integer("size", 14, 32), draw.integer("kernel", 3, 5), draw.integer("dilation", 2, 3)
    return numeric(
        reference.output_size(size, kernel, dilation=dilation),
        [
            Mistake("dilation ignored", size - kernel + 1, "Dilation moves the taps apart: the kernel covers more."),
            Mistake(
                "dilation multiplied by the kernel size",
                size - dilation * kernel + 1,
                f"{kernel} taps have {kernel - 1} gaps between them, and only the gaps are stretched.",
            ),
            Mistake(
                "span of the kernel one short",
                size - dilation * (kernel - 1) + 1,
                "From the first tap to the last is a distance. The pixels covered are one more.",
            ),
        ],
        prompt=f"A kernel has {kernel} taps and dilation {dilation}. It moves over {size} pixels in steps of 1, "
        "without "
        "padding. How many numbers come out?",
        explanation="The kernel covers dilation · (taps − 1) + 1 pixels.",
        claim=11,
        level=COMPUTE,
    )


def output_of_a_rectangle(draw):
    """Which shape has the output, when nothing is square?"""
    height, width = draw.integer("height", 7, 16), draw.integer("width", 7, 16)
    tall, wide = draw.integer("tall", 2, 5), draw.integer("wide", 2, 5)
    stride = draw.integer("stride", 2, 3)

    def size(h, w):
        return h, w

    right = size(reference.output_size(height, tall, stride), reference.output_size(width, wide, stride))
    swapped = (height - wide) // stride + 1, (width - tall) // stride + 1
    rounded = math.ceil((height - tall) / stride) + 1, math.ceil((width - wide) / stride) + 1
    return single(
        draw,
        right,
        [
            Mistake("kernel height and width swapped", swapped, "The first size of a kernel is its height."),
            Mistake("rounded up", rounded, UP),
            Mistake("stride ignored", (height - tall + 1, width - wide + 1), NO_STRIDE),
            Mistake("output height and width swapped", right[::-1], "Rows come first: the output is height × width."),
        ],
        show=lambda shape: sides(*shape),
        prompt=f"An image of {sides(height, width)} pixels (height × width) meets a kernel of {sides(tall, wide)} with "
        f"stride {stride} on both axes and no padding. Which size has the output?",
        explanation="Each axis follows the same rule, with its own numbers.",
        claim=11,
        level=COMPUTE,
    )


def units_of_a_layer(draw):
    """How many numbers does a layer hand on?"""
    side, kernel, filters = draw.integer("side", 20, 32), draw.choice("kernel", [3, 5]), draw.integer("filters", 6, 16)
    layers = [{"type": "conv", "out_channels": filters, "kernel_size": kernel}]
    out = side - kernel + 1
    return numeric(
        reference.activation_count(layers, (1, side, side))[0],
        [
            Mistake("one map only", out * out, f"That is one map. Each of the {filters} filters makes one."),
            Mistake(
                "parameters counted instead of units",
                filters * (kernel * kernel + 1),
                "Those are the numbers that the layer learns. Asked is how many come out.",
            ),
            Mistake("pixels kept", filters * side * side, "Without padding a map is smaller than the image."),
            Mistake("one number for each filter", filters, "A filter makes a number at every place, not only one."),
        ],
        prompt=f"A grey image of {sides(side, side)} pixels goes through a convolution with {filters} filters of "
        f"{sides(kernel, kernel)}, stride 1, no padding. How many units (numbers) come out?",
        explanation="More units come out than pixels went in. What a convolution needs fewer of is parameters.",
        claim=14,
        level=COMPUTE,
    )


# --------------------------------------------------------------------------------------------------- sums of products


def one_entry_by_hand(draw):
    """What stands at one place of the output?"""
    image, kernel = draw.matrix("image", 5, 5, 0, 4), draw.matrix("kernel", 3, 3, -2, 2)
    i, j = draw.integer("i", 0, 2), draw.integer("j", 0, 2)
    draw.need(i != j)
    correlation = _correlation(image, kernel)
    window = figures.numbers("image", image, "Image", [(i + u, j + v) for u in range(3) for v in range(3)])
    taps = figures.numbers("kernel", kernel, "Kernel")
    return numeric(
        int(correlation[i, j]),
        [
            Mistake("kernel flipped", int(_correlation(image, _flipped(kernel))[i, j]), FLIPPED),
            Mistake("rows and columns swapped", int(correlation[j, i]), "The first number of a place is its row."),
            Mistake(
                "kernel rows and columns swapped",
                int(_correlation(image, np.transpose(kernel))[i, j]),
                "You laid the kernel on the image turned over its diagonal. Its rows meet the image's rows.",
            ),
        ],
        prompt=f"The kernel is laid on the marked window of the image, as `cross_correlate2d` does for row {i}, column "
        f"{j} of the output. Which number comes out?\n\n{shown(window)}\n\n{shown(taps)}",
        figures=(window, taps),
        explanation="Multiply what lies on top of each other, and add the nine products up.",
        claim=11,
        level=READ,
    )


def convolution_of_two_by_two(draw):
    """What does the convolution of mathematics make of it?"""
    image, kernel = draw.matrix("image", 3, 3, 0, 5), draw.matrix("kernel", 2, 2, -2, 3)
    pixels, taps = np.array(image), np.array(kernel)
    return single(
        draw,
        reference.convolve2d(pixels, taps),
        [
            Mistake("kernel not flipped", _correlation(pixels, taps), "That is the cross-correlation, without a flip."),
            Mistake(
                "kernel flipped from top to bottom only", _correlation(pixels, taps[::-1]), "Both axes are flipped."
            ),
            Mistake("kernel transposed instead of flipped", _correlation(pixels, taps.T), "Transposing is no flip."),
        ],
        show=listed,
        prompt=f"Image {listed(image)}, kernel {listed(kernel)}. What is their convolution as mathematics defines it, "
        "where the kernel fits whole (`convolve2d`)?",
        explanation="Turn the kernel by half a turn, then lay it on every window: multiply and add up.",
        claim=11,
        level=COMPUTE,
    )


def loops_without_a_library(draw):
    """What does this loop print?"""
    image, kernel = draw.row("image", 6, -3, 5), draw.row("kernel", 3, -2, 2)
    stride = draw.choice("stride", [1, 2])
    code = f"x = {image}\nw = {kernel}\nprint([sum(x[i + u] * w[u] for u in range(3)) for i in range(0, 4, {stride})])"
    pixels = np.array(image)

    def sums(w, starts):
        return [int(sum(pixels[i + u] * w[u] for u in range(3))) for i in starts]

    starts, others = range(0, 4, stride), {1: range(0, 4, 2), 2: range(4)}[stride]
    return single(
        draw,
        printed(code),
        [
            Mistake("kernel flipped", str(sums(kernel[::-1], starts)), FLIPPED),
            Mistake(
                "stride ignored" if stride == 2 else "stride 2 taken",
                str(sums(kernel, others)),
                f"The windows begin at {', '.join(map(str, starts))}: look at the range.",
            ),
            Mistake(
                "one product instead of the sum",
                str([int(pixels[i] * kernel[0]) for i in starts]),
                "All three products of a window are added up; that is only the first.",
            ),
        ],
        show=lambda text: f"`{text}`",
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="One sum of products for every window: a cross-correlation along a row.",
        claim=11,
        level=PREDICT,
    )


def a_pixel_of_three_channels(draw):
    """What does a 1 × 1 filter make of a pixel?"""
    pixel, weights, bias = draw.row("pixel", 3, 1, 9), draw.row("weights", 3, -3, 4), draw.integer("bias", 1, 6)
    products = [p * w for p, w in zip(pixel, weights, strict=True)]
    y = reference.conv2d(
        torch.tensor(pixel).reshape(1, 3, 1, 1), torch.tensor(weights).reshape(1, 3, 1, 1), torch.tensor([bias])
    )
    return numeric(
        y.item(),
        [
            Mistake("bias missing", sum(products), "The bias is added once, at the end."),
            Mistake("bias added for every channel", sum(products) + 3 * bias, "The bias is added once per output."),
            Mistake("only the first channel used", products[0] + bias, "A filter has weights for every channel."),
        ],
        prompt=f"A pixel has three channels with the values {listed(pixel)}. A 1 × 1 filter has the weights "
        f"{listed(weights)} and the bias {bias}. Which number comes out?",
        explanation="The products are added up over the window and over the channels, then the bias is added.",
        claim=11,
        level=COMPUTE,
    )


def what_is_false_about_the_operation():
    """Which sentence about convolution is false?"""
    return single(
        None,
        "A 3 × 3 filter on a 3 × 3 patch gives nine numbers, the element-wise products.",
        [
            Mistake("true sentence doubted", "The products are added up over the channels, too.", "Yes, they are."),
            Mistake(
                "true sentence doubted",
                "Libraries call the operation convolution, and compute a cross-correlation.",
                "That is so: they leave the kernel as it is, and the layer learns the flipped one.",
            ),
            Mistake(
                "true sentence doubted",
                "The bias is added once to every number that comes out.",
                "That is so: once per output, not per product.",
            ),
        ],
        prompt="Someone explains what a convolution layer does at one place. **One** of the sentences is false. Which?",
        explanation="The nine products are added up: one number comes out. “Element-wise product” forgets the sum.",
        claim=11,
        level=REFUTE,
    )


def steps_of_one_output():
    """In which order is one output number made?"""
    return ordering(
        [
            "Lay the kernel on the window, as it is.",
            "Multiply each pixel with the weight that lies on it.",
            "Add the products up over the window and over all channels.",
            "Add the filter's bias.",
            "Go on by one stride.",
        ],
        feedback="The sum comes before the bias: the bias is added once, not to every product.",
        prompt="A convolution layer makes its output number by number. Put the steps in order.",
        claim=11,
        level=RECALL,
    )


def settings_and_what_they_do():
    """What does each setting of a convolution change?"""
    return matching(
        {
            "stride": "how far the window moves at each step",
            "padding": "how many zeros surround the image on each side",
            "dilation": "how far the taps of the kernel are apart",
            "groups": "how many channels each filter sees",
        },
        distractors=("how many numbers the kernel is divided by",),
        feedback="Stride moves windows, padding surrounds the image, dilation spreads the taps, groups divide "
        "channels.",
        prompt="Find for each setting of `conv2d` what it changes.",
        claim=11,
        level=RECALL,
    )


def name_of_the_unflipped():
    """What is the operation without the flip called?"""
    return short_text(
        ["cross-correlation", "cross correlation", "crosscorrelation", "correlation"],
        "Convolution flips the kernel first. Without the flip it is a cross-correlation.",
        prompt="Deep learning libraries lay the kernel on the image without flipping it and call that a convolution. "
        "What is it called in mathematics?",
        claim=11,
        level=RECALL,
    )


_LOOP = [
    "def conv(x, w, bias, stride, padding):",
    "    x = pad(x, (padding, padding))",
    "    n = (len(x) - len(w)) // stride + 1",
    "    y = []",
    "    for i in range(n):",
    "        window = x[i * stride : i * stride + len(w)]",
    "        y.append((window * w).sum() + bias)",
    "    return y",
]
_LOOP_BUGS = {
    "stride not in the window's start": (
        5,
        "        window = x[i : i + len(w)]",
        "With a stride, window number i does not begin at pixel i.",
    ),
    "first window not counted": (
        2,
        "    n = (len(x) - len(w)) // stride",
        "That counts the steps. The first window needs no step.",
    ),
    "padding on one side only": (
        1,
        "    x = pad(x, (padding, 0))",
        "Padding stands on both sides of the row.",
    ),
    "bias added for every tap": (
        6,
        "        y.append((window * w + bias).sum())",
        "Inside the sum the bias is added once for every product.",
    ),
    "kernel flipped": (
        6,
        "        y.append((window * w[::-1]).sum() + bias)",
        "The layer lays its kernel on the window as it is.",
    ),
}


def the_wrong_line_of_a_convolution(draw):
    """Which line of this convolution is wrong?"""
    bug = draw.choice("bug", sorted(_LOOP_BUGS))
    line, wrong, why = _LOOP_BUGS[bug]
    return spot(
        [*_LOOP[:line], wrong, *_LOOP[line + 1 :]],
        line,
        _LOOP[line].strip(),
        prompt="This should be the convolution layer of deep learning along a row: with bias, stride, and `padding` "
        "zeros "
        "at each end. (`pad` is numpy's; `x` and `w` are arrays.) Which line is wrong?",
        explanation=why,
        claim=11,
        level=PREDICT,
    )


# -------------------------------------------------------------------------------------------------- parameters, claim 2


def filters_for_channels(draw):
    """How many parameters has a convolution layer?"""
    channels, filters = draw.integer("channels", 2, 8), draw.choice("filters", [6, 8, 12, 16, 20, 24, 32])
    kernel, side = draw.choice("kernel", [3, 5, 7]), draw.choice("side", [24, 28, 32])
    taps, positions = kernel * kernel, (side - kernel + 1) ** 2
    return numeric(
        reference.conv2d_params(channels, filters, kernel),
        [
            Mistake("biases left out", filters * channels * taps, "Every filter has a bias, too."),
            Mistake("channels forgotten", filters * (taps + 1), "A filter has a kernel for every channel."),
            Mistake(
                "bias for every channel of a filter",
                filters * channels * (taps + 1),
                "A filter has one bias, not one each channel.",
            ),
            Mistake(
                "filters counted for every position",
                filters * (channels * taps + 1) * positions,
                "All positions share the filters: the size of the image does not count.",
            ),
        ],
        prompt=f"A layer has {filters} filters of {sides(kernel, kernel)} with biases, and sees images of {channels} "
        f"channels and {sides(side, side)} pixels. How many parameters does it learn?",
        explanation="Each filter has channels · height · width weights and one bias. The image's size is not in it.",
        claim=2,
        level=COMPUTE,
    )


def a_kernel_on_a_small_image(draw):
    """Weights, places and products of one kernel"""
    height, width = draw.integer("height", 5, 9), draw.integer("width", 5, 9)
    tall, wide = draw.integer("tall", 2, 4), draw.integer("wide", 2, 4)
    weights = reference.conv2d_params(1, 1, (tall, wide), bias=False)
    macs = reference.conv2d_macs(1, 1, (height, width), (tall, wide))
    return cloze(
        [number_gap("weights", weights), number_gap("places", macs // weights), number_gap("products", macs)],
        feedback="The weights are the kernel's numbers. They are used again at every place where the kernel fits, so "
        "products are weights times places.",
        prompt=f"A kernel of {sides(tall, wide)} moves over one channel of {sides(height, width)} pixels, with stride "
        "1 "
        "and no padding. It has {{weights}} weights. It fits at {{places}} places. That makes {{products}} products.",
        claim=2,
        level=COMPUTE,
    )


def layers_by_their_parameters(draw):
    """Which layer has more parameters?"""
    channels, filters = draw.integer("channels", 2, 6), draw.integer("filters", 4, 12)
    layers = {
        f"{filters} filters of 1 × 1 on {channels} channels": (channels, filters, 1),
        f"{filters} filters of 5 × 5 on one channel": (1, filters, 5),
        f"{filters} filters of 3 × 3 on {channels} channels": (channels, filters, 3),
        f"{4 * filters} filters of 3 × 3 on {channels} channels": (channels, 4 * filters, 3),
    }
    sizes = {name: reference.conv2d_params(*layer) for name, layer in layers.items()}
    draw.need(len(set(sizes.values())) == len(sizes))
    return ordering(
        sorted(sizes, key=sizes.__getitem__),
        feedback="Count filters · (channels · height · width + 1).",
        prompt="Order these convolution layers (with biases) by their number of parameters, the **smallest** first.",
        claim=2,
        level=COMPUTE,
    )


def a_larger_image(draw):
    """Does a larger image need more weights?"""
    kernel, side = draw.choice("kernel", [3, 5]), draw.choice("side", [16, 28, 32, 64])
    factor = draw.choice("factor", [1, 4])
    weights = reference.conv2d_params(1, 1, kernel, bias=False)
    return true_false(
        reference.conv2d_params(1, 1, kernel, bias=False) == factor * weights,
        "The kernel is the same at every place. A larger image has more places, not more weights.",
        prompt=f"A {sides(kernel, kernel)} kernel on {sides(side, side)} pixels has {weights} weights. On "
        f"{sides(2 * side, 2 * side)} pixels it has {factor * weights} weights.",
        claim=2,
        level=RECALL,
    )


# ---------------------------------------------------------------------------------------- who shares a weight, claim 15


def the_weight_on_a_pixel(draw):
    """Which weight meets this pixel?"""
    i, j = draw.integer("i", 0, 4), draw.integer("j", 0, 4)
    row, column = draw.integer("row", 0, 6), draw.integer("column", 0, 6)
    u, v = row - i, column - j
    draw.need(0 <= u < 3 and 0 <= v < 3)

    def place(weight):
        return f"`w[{weight[0]}, {weight[1]}]`"

    return single(
        draw,
        (u, v),
        [
            Mistake("kernel flipped", (2 - u, 2 - v), FLIPPED),
            Mistake("kernel rows and columns swapped", (v, u), "The first index counts rows, in the kernel as well."),
            Mistake(
                "a weight for each pixel",
                (row, column),
                "The kernel has no such entry: count from the window's corner.",
            ),
        ],
        show=place,
        prompt=f"A 3 × 3 kernel `w` makes the output `y[{i}, {j}]` (stride 1, no padding, no flip). With which weight "
        "does "
        f"it multiply the pixel `x[{row}, {column}]`?",
        explanation="The window begins at the pixel with the output's own indices. The weight's place is counted from "
        "there.",
        claim=15,
        level=COMPUTE,
    )


def how_often_a_weight_is_used(draw):
    """How often is one weight used?"""
    height, width, kernel = draw.integer("height", 6, 12), draw.integer("width", 6, 12), draw.integer("kernel", 2, 4)
    matrix = reference.conv2d_matrix(torch.arange(1.0, kernel**2 + 1).reshape(1, 1, kernel, kernel), (height, width))
    return numeric(
        int((matrix == 1).sum()),
        [
            Mistake("a weight for each place", 1, "The same weight is used again wherever the kernel fits."),
            Mistake(
                "neighbours share a weight", kernel * kernel, "Inside one window every pixel meets another weight."
            ),
            Mistake("once for each pixel", height * width, "Near the border the kernel does not fit."),
        ],
        prompt=f"A {sides(kernel, kernel)} kernel moves over an image of {sides(height, width)} pixels, stride 1, no "
        "padding. For how many numbers of the output is its upper left weight used?",
        explanation="Once for every place where the kernel fits. It is the places that share a weight.",
        claim=15,
        level=COMPUTE,
    )


def windows_over_a_pixel(draw):
    """How many windows see this pixel?"""
    side, kernel = draw.integer("side", 5, 7), draw.integer("kernel", 2, 3)
    row, column = draw.integer("row", 0, 6), draw.integer("column", 0, 6)
    draw.need(row < side and column < side)
    matrix = reference.conv2d_matrix(torch.ones(1, 1, kernel, kernel), side)
    seen = int(matrix[:, row * side + column].sum())
    draw.need(seen not in (1, kernel * kernel))
    grid = figures.numbers("image", [[0] * side] * side, "Image", [(row, column)])
    return numeric(
        seen,
        [
            Mistake("border forgotten", kernel * kernel, "Near the border fewer windows reach the pixel."),
            Mistake("one window only", 1, "Windows overlap: with stride 1 they begin at every pixel."),
            Mistake("all windows", len(matrix), "A window sees only the pixels under it."),
        ],
        prompt=f"A {sides(kernel, kernel)} kernel moves over the image in steps of 1, without padding. How many "
        "windows "
        f"hold the marked pixel (row {row}, column {column}, counted from 0)?\n\n{shown(grid)}",
        figures=(grid,),
        explanation="In each of these windows the pixel meets another weight of the kernel.",
        claim=15,
        level=READ,
    )


def gradient_of_a_shared_weight(draw):
    """What does a shared weight's gradient add up?"""
    image, grad_out = draw.matrix("image", 3, 3, 0, 5), draw.matrix("grad_out", 2, 2, -2, 3)
    weight = torch.ones(1, 1, 2, 2, dtype=torch.float64)
    _, grad_weight, grad_bias = reference.conv2d_backward(_tensor(grad_out), _tensor(image), weight)
    g = np.array(grad_out)
    return numeric(
        int(grad_weight[0, 0, 0, 0]),
        [
            Mistake(
                "weight gradient from the last window only",
                int(g[1, 1] * image[1][1]),
                "The weight is used in all four windows. Its gradient is the sum over them.",
            ),
            Mistake(
                "weight gradient flipped",
                int(grad_weight[0, 0, 1, 1]),
                "That is the gradient of the lower right weight.",
            ),
            Mistake(
                "gradient of the bias", int(grad_bias[0]), "That leaves the pixels out: it is the bias's gradient."
            ),
        ],
        prompt=f"Image {listed(image)}, a 2 × 2 kernel, output 2 × 2. The gradient of the loss in the output is "
        f"{listed(grad_out)}. What is the gradient of the kernel's **upper left** weight?",
        explanation="The weight is shared by four places, so it gets a part from each: output gradient times the pixel "
        "it met.",
        claim=15,
        level=COMPUTE,
    )


# ------------------------------------------------------------------------------- what it costs: claims 4, 3, 14, 19, 21


def products_of_a_layer(draw):
    """How many products does a convolution compute?"""
    side, kernel = draw.integer("side", 12, 32), draw.choice("kernel", [3, 5])
    channels, filters = draw.integer("channels", 2, 6), draw.integer("filters", 4, 16)
    positions, taps = (side - kernel + 1) ** 2, kernel * kernel
    return numeric(
        reference.conv2d_macs(channels, filters, side, kernel),
        [
            Mistake(
                "channels forgotten",
                filters * positions * taps,
                "Each filter multiplies in every channel.",
            ),
            Mistake(
                "weights counted instead of products",
                filters * (channels * taps + 1),
                "Sharing saves weights, not products.",
            ),
            Mistake(
                "bias counted as a product", filters * positions * (channels * taps + 1), "Adding a bias is no product."
            ),
        ],
        prompt=f"{filters} filters of {sides(kernel, kernel)} see an image of {channels} channels and "
        f"{sides(side, side)} "
        "pixels (stride 1, no padding). How many products are computed for one image?",
        explanation="One product for every unit of the output and every weight of its filter.",
        claim=4,
        level=COMPUTE,
    )


def products_without_sharing(draw):
    """What happens to the products without sharing?"""
    side, filters = draw.choice("side", [16, 20, 24, 28]), draw.integer("filters", 4, 12)
    positions, products = (side - 2) ** 2, reference.conv2d_macs(1, filters, side, 3)
    unshared = int(reference.conv2d(torch.ones(1, 1, side, side), torch.ones(filters, 1, 3, 3)).sum())
    return single(
        draw,
        unshared,
        [
            Mistake(
                "sharing saves products", products * positions, "Every unit multiplies nine pixels, shared or not."
            ),
            Mistake(
                "locality forgotten", filters * positions * side * side, "The windows stay: only the sharing goes."
            ),
            Mistake("weights counted instead of products", filters * 10, "Those are the convolution's parameters."),
        ],
        show=count,
        prompt=f"A convolution with {filters} filters of 3 × 3 on {sides(side, side)} grey pixels computes "
        f"{count(products)} products. Now every place gets filters of its own (a locally connected layer). How many "
        "products "
        "are computed then?",
        explanation="Exactly as many. Weight sharing saves parameters; that windows are small saves products.",
        claim=4,
        level=COMPUTE,
    )


def what_the_stride_saves(draw):
    """What does a stride save?"""
    side, stride = draw.choice("side", [17, 25, 33]), 2
    filters = draw.integer("filters", 2, 12)
    weights = reference.conv2d_params(1, filters, 3)
    macs = reference.conv2d_macs(1, filters, side, 3, stride=stride)
    return cloze(
        [number_gap("parameters", weights), number_gap("products", macs)],
        feedback="A stride leaves windows out, and with them their products. The filters stay as they are.",
        prompt=f"{filters} filters of 3 × 3 with biases see {sides(side, side)} grey pixels without padding. Stride 1: "
        f"{count(weights)} parameters, {count(reference.conv2d_macs(1, filters, side, 3))} products. Stride 2: "
        "{{parameters}} parameters, {{products}} products.",
        claim=4,
        level=COMPUTE,
    )


def inputs_and_pairs(draw):
    """Weights of a dense layer on an image"""
    side, units = draw.choice("side", [8, 10, 12, 16, 20, 28]), draw.integer("units", 5, 40)
    inputs = side * side
    return numeric(
        reference.linear_params(inputs, units, bias=False),
        [
            Mistake("one weight for each input", inputs, "That would be a layer of a single unit."),
            Mistake("inputs and units added up", inputs + units, "Every input is connected with every unit: multiply."),
            Mistake("biases counted", reference.linear_params(inputs, units), "Asked is without the biases."),
        ],
        prompt=f"An image of {sides(side, side)} pixels is flattened and goes into a dense layer of {units} units. How "
        "many weights has the layer, not counting biases?",
        explanation="One weight for every pair of an input and a unit.",
        claim=3,
        level=COMPUTE,
    )


def a_row_of_the_matrix(draw):
    """Which row of the dense matrix is this?"""
    kernel = draw.sample("kernel", [1, 2, 3, 4, 5, 6], 3)
    size, unit = draw.integer("size", 5, 7), draw.integer("unit", 1, 4)
    draw.need(unit + 3 <= size)
    matrix = reference.conv2d_matrix(torch.tensor(kernel).reshape(1, 1, 1, 3), (1, size))
    others = list(range(size))
    return single(
        draw,
        matrix[unit],
        [
            Mistake("kernel flipped", matrix[unit].flip(0).roll(2 * unit + 3 - size), FLIPPED),
            Mistake(
                "window not moved", matrix[0], "That is the row of the first unit. The window moves with the unit."
            ),
            Mistake(
                "a window too far", matrix[unit - 1], "Units are counted from 0: the window begins at the unit's pixel."
            ),
            Mistake(
                "kernel repeated", [kernel[k % 3] for k in others], "Where the kernel does not lie, the weight is 0."
            ),
        ],
        show=listed,
        prompt=f"A kernel {listed(kernel)} moves along {size} pixels (stride 1, no padding, no flip). As a dense layer "
        "it "
        f"is a matrix with a row for each unit. Which is the row of unit {unit}, counted from 0?",
        explanation="A convolution is a dense layer: most weights are zero, the others repeat from row to row.",
        claim=19,
        level=COMPUTE,
    )


def zeros_of_the_dense_layer(draw):
    """How many weights of the dense twin are zero?"""
    size, kernel = draw.integer("size", 8, 20), draw.integer("kernel", 2, 5)
    matrix = reference.conv2d_matrix(torch.ones(1, 1, 1, kernel), (1, size))
    units = size - kernel + 1
    return numeric(
        int((matrix == 0).sum()),
        [
            Mistake("connections instead of zeros", units * kernel, "Those are the weights that are not zero."),
            Mistake("one row only", size - kernel, "That is one row of the matrix, and there is one for each unit."),
            Mistake("square matrix", size * size - units * kernel, "There are fewer units than pixels, so fewer rows."),
        ],
        prompt=f"A kernel of {kernel} weights, none of them 0, moves along {size} pixels (stride 1, no padding). Write "
        "the "
        "layer as a dense one. How many of the dense layer's weights are zero?",
        explanation="One row for each place, and in each row as many connections as the kernel has weights.",
        claim=19,
        level=COMPUTE,
    )


def which_numbers_sharing_changes(draw):
    """What changes when filters are no longer shared?"""
    side, filters = draw.integer("side", 8, 20), draw.integer("filters", 2, 8)
    shared = reference.conv2d_params(1, filters, 3)
    local = reference.locally_connected2d_params(1, filters, side, 3)
    macs = reference.conv2d_macs(1, filters, side, 3)
    units = reference.activation_count([{"type": "conv", "out_channels": filters, "kernel_size": 3}], (1, side, side))[
        0
    ]
    saves = "Sharing has to do with parameters only. Products and units are the same with and without it."
    return multiple(
        draw,
        [
            Statement(f"It has {count(local)} parameters.", local != shared, "sharing saves nothing", saves),
            Statement(
                f"It has {count(shared)} parameters.",
                local == shared,
                "places still share",
                "Each place has filters now.",
            ),
            Statement(f"It computes {count(macs)} products for an image.", True, "", ""),
            Statement(f"It has {count(units)} units.", True, "", ""),
            Statement(
                f"It computes {count(macs * (side - 2) ** 2)} products for an image.",
                False,
                "sharing saves products",
                saves,
            ),
        ],
        prompt=f"A convolution with {filters} filters of 3 × 3 and biases on {sides(side, side)} grey pixels (no "
        "padding) "
        "becomes a locally connected layer: every place gets filters and biases of its own. What is true of the new "
        "layer?",
        explanation=saves,
        claim=21,
        level=COMPUTE,
    )


def a_claim_about_neighbours():
    """Which sentence about shared weights is false?"""
    return single(
        None,
        "Weight sharing means that neighbouring pixels of a window are multiplied with the same weight.",
        [
            Mistake(
                "true sentence doubted", "All places of a map use the same filter.", "They do: that is the sharing."
            ),
            Mistake(
                "true sentence doubted",
                "Without sharing, every place would have a filter of its own.",
                "That is so, and it is called a locally connected layer.",
            ),
            Mistake(
                "true sentence doubted",
                "A 3 × 3 filter on one channel holds nine weights, which may all be different.",
                "That is so: one for each pixel of the window.",
            ),
        ],
        prompt="“Weight sharing” is explained in four sentences. Which one is **false**?",
        explanation="Inside a window every pixel meets a weight of its own. It is the places that share a filter.",
        claim=15,
        level=REFUTE,
    )


def sum_of_nine_products(draw):
    """How many numbers come out of one window?"""
    tall, wide, channels = draw.integer("tall", 2, 5), draw.integer("wide", 2, 5), draw.integer("channels", 2, 4)
    products = tall * wide * channels
    window = torch.ones(1, channels, tall, wide)
    numbers = reference.conv2d(window, torch.ones(1, channels, tall, wide)).numel()
    return cloze(
        [
            number_gap("products", products),
            number_gap("numbers", numbers),
            choice_gap(
                draw,
                "how",
                "added up",
                [
                    Mistake("averaged over the window", "averaged", "Nothing is divided by the size of the window."),
                    Mistake("products kept apart", "kept apart", "They become one number."),
                ],
            ),
        ],
        feedback="All products, over the window and over the channels, are added up to one number.",
        prompt=f"One filter of {sides(tall, wide)} is laid on one window of an image with {channels} channels. There "
        "are "
        "{{products}} products. They are {{how}}, so {{numbers}} number comes out of the window.",
        claim=11,
        level=RECALL,
    )


def torch_and_the_flip(draw):
    """What does this program print?"""
    image, kernel = draw.row("image", 4, 0, 6), draw.row("kernel", 2, -3, 4)
    code = (
        "import torch\n"
        "from torch.nn.functional import conv1d\n\n"
        f"x = torch.tensor([[{image}]])\n"
        f"w = torch.tensor([[{kernel}]])\n"
        "print(conv1d(x, w)[0, 0].tolist())"
    )
    same = np.correlate([0, *image], kernel).tolist()
    return single(
        draw,
        printed(code),
        [
            Mistake(
                "kernel flipped", str(np.convolve(image, kernel, "valid").tolist()), "torch does not flip the kernel."
            ),
            Mistake("output as large as the image", str(same), "Without padding there are only three windows."),
            Mistake(
                "averaged over the window",
                str([value / 2 for value in np.correlate(image, kernel).tolist()]),
                "The products are added up and not averaged.",
            ),
        ],
        show=lambda text: f"`{text}`",
        prompt=f"What does this print?\n\n{python(code)}",
        explanation="torch's convolution is a cross-correlation: the kernel is laid on each window as it is.",
        claim=11,
        level=PREDICT,
    )
