"""The hidden tests of assignment 4. The docstring of a test is the title that students read.

Functions reach the student as descriptions: layers and networks of which nothing but the answers can be seen. What is
zero or true of one function is tested beside another of which it is not, so that constants earn nothing. The
classifiers are the same in every exam, because a share of few comparisons would else agree with many a mistake.
"""

import numpy as np
import pytest
import torch

from convclass.exam import question
from convclass.exam.describer import described
from convclass.exam.forbidden import ROLLS

IDENTITY = described.identity()
TURN, TURN_BACK = described.rot90(1), described.rot90(-1)
MIRROR = described.flip(-1)


def roll(down, right):
    return described.roll((down, right))


def circular(weight, **settings):
    """A convolution that keeps the size and continues the image around the edge."""
    padding = (weight.shape[2] // 2, weight.shape[3] // 2)
    return described.conv2d(weight, padding=padding, padding_mode="circular", **settings)


def zero_padded(weight, **settings):
    """A convolution that keeps the size and surrounds the image with zeros."""
    return described.conv2d(weight, padding=(weight.shape[2] // 2, weight.shape[3] // 2), **settings)


def chain(*parts):
    return described.sequence(list(parts))


def turned_mean(weight):
    """The kernel that a quarter turn does not change, made of any kernel."""
    return sum(torch.rot90(weight, turns, (2, 3)) for turns in range(4)) / 4


def constants(*shape, seed=0):
    """Random numbers that are the same in every exam."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).float()


# --------------------------------------------------------------------------------------------------- translate


@question(
    "translate",
    points=4,
    forbidden=ROLLS,
    hints=(
        "Write the numbers 0 to 4 in a row and move them by 1 with a pencil: what stands at place 0 now?",
        "Rows are the second last axis, columns the last. Try an image that is not square.",
    ),
)
@pytest.mark.parametrize(("shape", "shift"), [((1, 1, 4, 4), (0, 1)), ((2, 3, 3, 5), (1, -2)), ((2, 1, 4, 6), 3)])
def test_translate_circular(check, tensors, shape, shift):
    """translate moves images around the edge, each axis by its own shift"""
    check.translate(tensors(*shape), shift)


@question("translate", points=1, hints="A shift by more than the whole image goes around more than once.")
def test_translate_far(check, tensors):
    """translate goes around more than once when the shift is larger than the image"""
    check.translate(tensors(2, 1, 3, 4), (-7, 9))


@question("translate", points=5, hints="With zeros, nothing may reappear at the other side, and no row may be lost.")
@pytest.mark.parametrize(("shape", "shift"), [((1, 1, 4, 4), (2, 0)), ((2, 2, 3, 5), (-1, 2)), ((1, 1, 4, 5), -2)])
def test_translate_zero(check, tensors, shape, shift):
    """translate with zeros loses what leaves the image"""
    check.translate(tensors(*shape), shift, mode="zero")


@question("translate", points=1, hints="When everything has left the image, only zeros are there.")
def test_translate_zero_beyond(check, tensors):
    """translate with zeros leaves nothing when the shift is as large as the image, or larger"""
    check.translate(tensors(1, 2, 3, 4) + 3, (3, 1), mode="zero")
    check.translate(tensors(1, 2, 3, 4) + 3, (0, -9), mode="zero")


@question("translate", points=2, hints="Any number of axes may stand before the rows: begin an index with `...`.")
@pytest.mark.parametrize(("dtype", "mode"), [("float64", "zero"), ("int64", "circular")])
def test_translate_any_tensor(check, tensors, dtype, mode):
    """translate keeps the dtype, takes any number of axes, and leaves its input unchanged"""
    x = tensors(3, 5, 4, dtype=getattr(torch, dtype)).transpose(0, 2)
    check.inputs_unchanged.translate(x[1] if mode == "zero" else x[:, None, ::2], (2, -1), mode=mode)


@question("translate", points=1, hints="A mode that you do not know is no reason to guess: raise ValueError.")
def test_translate_impossible(check, tensors):
    """translate takes matrices, and raises ValueError for vectors and for modes that it does not know"""
    x = tensors(3, 4)
    check.translate(x, (1, 2))
    check.raises(ValueError).translate(x, (1, 2), mode="reflect")
    check.raises(ValueError).translate(x[0], 1)


# ------------------------------------------------------------------------------------------- equivariance_error


@question(
    "equivariance_error",
    points=3,
    hints=(
        "Write the two orders down side by side: first g then f, and first f then g.",
        "For a circular convolution the two agree, for random numbers in general they do not.",
    ),
)
@pytest.mark.parametrize("size", [(5, 5), (4, 6)])
def test_error_of_circular_convolutions(check, tensors, size):
    """equivariance_error is 0 for circular convolutions and ReLUs, and large when the output moves otherwise"""
    x = tensors(2, 1, *size)
    net = chain(circular(tensors(3, 1, 3, 3)), described.relu(), circular(tensors(2, 3, 3, 3)))
    check.equivariance_error(net, roll(1, 2), roll(1, 2), x)
    check.equivariance_error(net, roll(1, 2), roll(2, 1), x)


@question("equivariance_error", points=3, hints="The norm goes over all numbers: images, channels, rows and columns.")
@pytest.mark.parametrize("size", [(4, 6), (7, 4)])
def test_error_of_zero_padding(check, tensors, size):
    """equivariance_error of convolutions that pad with zeros, on several images and channels"""
    check.equivariance_error(zero_padded(tensors(2, 2, 3, 3)), roll(-1, 2), roll(-1, 2), tensors(3, 2, *size))


@question("equivariance_error", points=1, hints="At the edge something is lost. What if there is nothing at the edge?")
def test_error_inside_and_at_the_edge(check, tensors):
    """equivariance_error with zero padding is 0 for an object far from the edge, and not for a full image"""
    layer, move = zero_padded(tensors(2, 1, 3, 3)), described.shifted((1, -1))
    x = tensors(1, 1, 3, 4)
    check.equivariance_error(layer, move, move, torch.nn.functional.pad(x, (2, 2, 2, 2)))
    check.equivariance_error(layer, move, move, x)


@question("equivariance_error", points=2, hints="g_in belongs to the image and g_out to the output.")
def test_error_of_strides(check, tensors):
    """equivariance_error of a stride: 2 pixels of the image are 1 of the output, 1 pixel is nothing whole"""
    layer, x = circular(tensors(2, 1, 3, 3), stride=2), tensors(1, 1, 6, 8)
    check.equivariance_error(layer, roll(2, 4), roll(1, 2), x)
    check.equivariance_error(layer, roll(0, 1), IDENTITY, x)


@question("equivariance_error", points=3)
@pytest.mark.parametrize("layer", ["dense", "locally connected", "pooling"])
def test_error_of_layers(check, tensors, layer):
    """equivariance_error of layers that are not equivariant: dense, locally connected, pooling"""
    x = tensors(2, 1, 4, 6)
    layers = {
        "dense": lambda: chain(described.flatten(), described.linear(tensors(24, 24)), described.unflatten((1, 4, 6))),
        "locally connected": lambda: described.locally_connected2d(tensors(2, 5, 2, 1, 3, 2)),
        "pooling": lambda: described.max_pool2d((2, 3)),
    }
    check.equivariance_error(layers[layer](), roll(1, 1), roll(0, 1), x)


@question("equivariance_error", points=1, hints="Is the error of 1000 * f the same as that of f? It should be.")
def test_error_is_relative(check, tensors):
    """equivariance_error does not depend on how large the numbers are"""
    gain = described.scaled(1000 * (2 + torch.arange(5.0, dtype=torch.float64)))
    check.inputs_unchanged.equivariance_error(gain, roll(1, 1), roll(1, 1), tensors(1, 2, 4, 5, dtype=torch.float64))


@question("equivariance_error", points=1, hints="0 / 0 is nan for a computer. Here it has to be 0.")
def test_error_of_nothing(check, tensors):
    """equivariance_error is 0 when both sides are zero, and infinite when only the second is"""
    x = tensors(1, 1, 3, 4).abs() + 1
    check.equivariance_error(described.scaled(torch.zeros(4)), roll(0, 1), roll(0, 1), x)
    x[..., 1:] = 0
    check.equivariance_error(described.scaled(torch.tensor([0.0, 1.0, 1.0, 1.0])), roll(0, 1), roll(0, 1), x)


@question("equivariance_error", points=1, hints="A convolution knows no turns, unless its kernel does not mind.")
def test_error_of_quarter_turns(check, tensors):
    """equivariance_error for quarter turns is 0 only when a quarter turn leaves the kernel as it is"""
    x, weight = tensors(1, 1, 4, 5), tensors(2, 1, 3, 3)
    check.equivariance_error(zero_padded(turned_mean(weight)), TURN, TURN, x)
    check.equivariance_error(zero_padded(weight), TURN, TURN, x)


@question("equivariance_error", points=1, hints="Tensors of different shapes cannot be compared: raise ValueError.")
def test_error_of_permutations(check, tensors):
    """equivariance_error takes sets and channels too, and raises ValueError when the shapes differ"""
    x, order = tensors(2, 4, 3), described.permuted((2, 0, 3, 1), 1)
    check.equivariance_error(described.deep_set(tensors(3, 2), tensors(3, 2)), order, IDENTITY, x)
    check.raises(ValueError).equivariance_error(described.relu(), order, described.subsampled((4, 1)), x)


# --------------------------------------------------------------------------------------------- invariance_error


@question(
    "invariance_error",
    points=3,
    after="equivariance_error",
    hints=("Nothing is done to the output: f(g(x)) is compared with f(x) itself.",),
)
@pytest.mark.parametrize("size", [(5, 5), (6, 4)])
def test_invariance_of_a_mean(check, tensors, size):
    """invariance_error is 0 for a circular convolution with a mean behind it, and not without the mean"""
    x, layer = tensors(2, 1, *size), circular(tensors(3, 1, 3, 3))
    check.invariance_error(chain(layer, described.relu(), described.global_avg_pool2d()), roll(2, 1), x)
    check.invariance_error(layer, roll(2, 1), x)


@question("invariance_error", points=2)
@pytest.mark.parametrize("layer", ["zero padding and a mean", "dense"])
def test_invariance_that_is_not(check, tensors, layer):
    """invariance_error of a mean behind zero padding, and of a dense layer"""
    weight = tensors(2, 1, 3, 3)
    net = chain(zero_padded(weight), described.relu(), described.global_avg_pool2d())
    if layer == "dense":
        net = chain(described.flatten(), described.linear(tensors(3, 24)))
    check.invariance_error(net, roll(1, 2), tensors(2, 1, 4, 6))


@question("invariance_error", points=2, hints="A larger copy of an object is not a moved one.")
def test_invariance_to_size(check, tensors):
    """invariance_error of a network that does not notice shifts, for turned and for enlarged images"""
    net = chain(circular(tensors(3, 1, 3, 3)), described.relu(), described.global_avg_pool2d())
    x = tensors(1, 1, 4, 5, dtype=torch.float32)
    check.inputs_unchanged.invariance_error(net, TURN, x)
    check.invariance_error(net, described.enlarged(2), x)


@question("invariance_error", points=1)
def test_invariance_impossible(check, tensors):
    """invariance_error is 0 for nothing and nothing, and raises ValueError when the shapes differ"""
    x = -tensors(1, 1, 3, 4).abs()
    check.invariance_error(described.relu(), roll(1, 1), x)
    check.raises(ValueError).invariance_error(described.relu(), TURN, x)


# ----------------------------------------------------------------------------------------------- is_equivariant


@question(
    "is_equivariant",
    points=4,
    after="equivariance_error",
    hints=("The answer is True or False: the error of the step before, and a tolerance to compare it with.",),
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_is_equivariant(check, tensors, dtype):
    """is_equivariant says yes to a kernel that turns allow, and no to any other"""
    dtype = getattr(torch, dtype)
    x, weight = tensors(2, 2, 5, 5, dtype=dtype), tensors(3, 2, 3, 3, dtype=dtype)
    check.is_equivariant(circular(turned_mean(weight)), TURN, TURN, x)
    check.is_equivariant(circular(weight), TURN, TURN, x)


@question("is_equivariant", points=2)
def test_is_equivariant_strides(check, tensors):
    """is_equivariant says yes to a stride when the image moves by whole strides, and no when it does not"""
    layer, x = described.max_pool2d((3, 2)), tensors(1, 2, 6, 8)
    check.is_equivariant(layer, roll(3, -2), roll(1, -1), x)
    check.is_equivariant(layer, roll(3, -1), roll(1, -1), x)


@question(
    "is_equivariant",
    points=3,
    hints="An error of a millionth is rounding for float32, and a broken symmetry for float64.",
)
def test_is_equivariant_tolerance_of_the_dtype(check, tensors):
    """is_equivariant allows float32 more than float64"""
    gain = 1 + 1e-6 * torch.arange(1.0, 6.0, dtype=torch.float64)
    x = tensors(2, 1, 4, 5, dtype=torch.float64) + 2
    last_digit = torch.ones(4, 5)
    last_digit[1, 2] += torch.finfo(torch.float32).eps
    check.is_equivariant(described.scaled(last_digit), roll(0, 2), roll(0, 2), x.float().sign())
    check.is_equivariant(described.scaled(gain.float()), roll(0, 2), roll(0, 2), x.float())
    check.is_equivariant(described.scaled(gain), roll(0, 2), roll(0, 2), x)


@question("is_equivariant", points=2)
def test_is_equivariant_given_tolerance(check, tensors):
    """is_equivariant uses the tolerance that it is given, also 0"""
    x, gain = tensors(1, 1, 3, 5), described.scaled(1000 + 100 * torch.arange(5.0))
    almost = described.scaled(1 + 1e-6 * torch.arange(5.0))
    check.is_equivariant(gain, roll(0, 1), roll(0, 1), x, tol=0.9)
    check.is_equivariant(gain, roll(0, 1), roll(0, 1), x, tol=1e-3)
    check.is_equivariant(almost, roll(0, 1), roll(0, 1), x, tol=0)


@question("is_equivariant", points=1, hints="Whole numbers are not rounded: their tolerance is 0.")
def test_is_equivariant_whole_numbers(check, tensors):
    """is_equivariant takes whole numbers, and raises ValueError for a tolerance below 0"""
    x = tensors(2, 1, 4, 3, dtype=torch.int64)
    check.is_equivariant(described.relu(), TURN, TURN, x)
    check.raises(ValueError).is_equivariant(described.relu(), TURN, TURN, x, tol=-1e-6)


# ----------------------------------------------------------------------------------------------- symmetry_table


def mean_of_features(tensors):
    return chain(circular(tensors(3, 1, 3, 3)), described.relu(), described.global_avg_pool2d())


TABLES = {
    "kernel that allows half a turn": lambda t: circular((w := t(2, 1, 3, 3)) + w.flip(2, 3)),
    "kernel that is its mirror image": lambda t: circular((w := t(2, 1, 3, 3)) + w.flip(3)),
    "kernel that allows quarter turns": lambda t: chain(circular(turned_mean(t(2, 1, 3, 3))), described.relu()),
    "zero padding": lambda t: zero_padded((w := turned_mean(t(1, 1, 3, 3))) + w.flip(3)),
    "max pooling": lambda t: described.max_pool2d(3),
    "max pooling of columns": lambda t: described.max_pool2d((3, 1)),
    "narrow output": lambda t: described.conv2d((w := t(1, 1, 1, 3)) + w.flip(3)),
    "scores of a dense layer": lambda t: chain(described.flatten(), described.linear(t(4, 36))),
    "scores of a mean": lambda t: chain(mean_of_features(t), described.linear(t(4, 3))),
    "maps of one pixel": lambda t: chain(mean_of_features(t), described.unflatten((3, 1, 1))),
}


@question(
    "symmetry_table",
    points=11,
    after=("translate", "equivariance_error", "is_equivariant"),
    hints=(
        "One entry at a time: choose g, and ask is_equivariant with g_out = g, then with a g_out that does nothing.",
        "An output that is not a batch of images cannot be moved. It can only stay the same.",
    ),
)
@pytest.mark.parametrize("layer", TABLES)
def test_symmetry_table(check, tensors, layer):
    """symmetry_table of layers, classifiers, and kernels with and without symmetries"""
    check.symmetry_table(TABLES[layer](tensors), tensors(4, 1, 6, 6))


@question("symmetry_table", points=1, hints="A quarter turn changes the shape of an image that is not square.")
def test_symmetry_table_impossible(check, tensors):
    """symmetry_table takes square images only, and raises ValueError for others"""
    columns = described.scaled(torch.arange(1.0, 5.0))
    x = tensors(1, 2, 4, 4)
    check.inputs_unchanged.symmetry_table(columns, x)
    check.raises(ValueError).symmetry_table(described.relu(), x[:, :, :3])


# --------------------------------------------------------------------------------------------- commuting_shifts


@question(
    "commuting_shifts",
    points=5,
    hints=("Draw 8 pixels, mark every second, and move the row: when are the marked ones the same pixels?",),
)
@pytest.mark.parametrize(("stride", "max_shift"), [(1, 2), (2, 5), (3, 9), (4, 3)])
def test_commuting_shifts(check, stride, max_shift):
    """commuting_shifts lists the shifts that a stride allows, in both directions, in order"""
    check.commuting_shifts(stride, max_shift)


@question("commuting_shifts", points=1)
def test_commuting_shifts_impossible(check):
    """commuting_shifts lists 0 alone for max_shift 0, and raises ValueError for what is impossible"""
    check.commuting_shifts(2, 0)
    check.raises(ValueError).commuting_shifts(0, 4)
    check.raises(ValueError).commuting_shifts(2, -1)


# -------------------------------------------------------------------------------------------- shift_consistency

# The class of each pixel of a 4 × 5 image; the classifier adds up the pixels of each class.
CLASSES = torch.tensor([[0, 0, 1, 1, 2], [0, 1, 1, 2, 2], [0, 0, 1, 2, 2], [1, 1, 0, 0, 2]])
SUMS = torch.nn.functional.one_hot(CLASSES.flatten(), 3).T.float()
PLACES = {"inside": [6, 7, 8, 11, 12], "at the edge": [0, 3, 4, 5, 15, 19, 18], "anywhere": [1, 2, 9, 10, 13, 14, 16]}


@question(
    "shift_consistency",
    points=6,
    after="translate",
    hints=(
        "With max_shift 1 there are 8 shifts: a 3 × 3 square without its middle.",
        "Which class has the highest score, for each image? Nobody asks whether it is the right one.",
    ),
)
@pytest.mark.parametrize(("places", "max_shift"), [("inside", 1), ("at the edge", 1), ("anywhere", 2)])
def test_shift_consistency(check, tensors, places, max_shift):
    """shift_consistency counts how often a bright pixel stays in its class, also across the edge"""
    pixels = torch.eye(20)[PLACES[places]].reshape(-1, 1, 4, 5)
    brightness = tensors(len(pixels), 1, 1, 1).abs() + 0.5
    classifier = chain(described.flatten(), described.linear(SUMS))
    check.inputs_unchanged.shift_consistency(classifier, pixels * brightness, max_shift)


@question("shift_consistency", points=3)
def test_shift_consistency_of_networks(check):
    """shift_consistency of two small networks, with a stride and without"""
    first, last, x = constants(4, 2, 3, 3, seed=3), constants(3, 4, seed=23), constants(9, 2, 6, 4, seed=43)
    for stride in (1, 2):
        net = chain(circular(first, stride=stride), described.relu(), described.global_avg_pool2d())
        check.shift_consistency(chain(net, described.linear(last)), x, 1)


@question("shift_consistency", points=1)
def test_shift_consistency_impossible(check):
    """shift_consistency raises ValueError when there is no shift to try"""
    classifier = chain(described.flatten(), described.linear(SUMS))
    pixels = torch.eye(20)[3:9].reshape(-1, 1, 4, 5)
    check.shift_consistency(classifier, pixels, 1)
    check.raises(ValueError).shift_consistency(classifier, pixels, 0)


# -------------------------------------------------------------------------------------------------- blur_pool2d


@question(
    "blur_pool2d",
    points=6,
    hints=(
        "First blur at every place, then keep every second one. The other way round nothing is gained.",
        "Reflection: left of pixel 0 stands pixel 1, not 0 and not nothing.",
    ),
)
@pytest.mark.parametrize("shape", [(1, 1, 4, 4), (2, 3, 5, 6), (1, 2, 7, 4), (2, 1, 2, 3)])
def test_blur_pool2d(check, tensors, shape):
    """blur_pool2d of images of odd and even sizes, of several channels"""
    check.blur_pool2d(tensors(*shape))


@question("blur_pool2d", points=2)
@pytest.mark.parametrize(("shape", "stride"), [((1, 2, 6, 7), 3), ((2, 1, 6, 5), (1, 2)), ((1, 1, 7, 8), (3, 1))])
def test_blur_pool2d_strides(check, tensors, shape, stride):
    """blur_pool2d with other strides, also one for each axis"""
    check.inputs_unchanged.blur_pool2d(tensors(*shape, dtype=torch.float64).transpose(2, 3), stride=stride)


@question("blur_pool2d", points=1, hints="The nine weights add up to 1: what is the same everywhere stays as it is.")
def test_blur_pool2d_of_a_constant(check, tensors):
    """blur_pool2d leaves an image alone that is the same everywhere"""
    x = (tensors(2, 3, 1, 1) + 5).expand(2, 3, 5, 4)
    check.same(check.blur_pool2d(x), x[:, :, :3, :2], "leaving a constant image as it is")


@question("blur_pool2d", points=1)
def test_blur_pool2d_impossible(check, tensors):
    """blur_pool2d takes 2 × 2 pixels, and raises ValueError for fewer and for a stride of 0"""
    x = tensors(1, 1, 2, 2)
    check.blur_pool2d(x, stride=1)
    check.raises(ValueError).blur_pool2d(x[:, :, :1], stride=1)
    check.raises(ValueError).blur_pool2d(x, stride=(1, 0))


# --------------------------------------------------------------------------------------------------- symmetrize

TURNS = [(described.rot90(turns), described.rot90(-turns)) for turns in range(4)]
SHIFTS = [(described.roll((0, by)), described.roll((0, -by))) for by in range(3)]
MIRRORS = [(IDENTITY, IDENTITY), (MIRROR, MIRROR)]
ORDERS = [((0, 1, 2), (0, 1, 2)), ((1, 2, 0), (2, 0, 1)), ((2, 0, 1), (1, 2, 0))]
CYCLES = [(described.permuted(order, 1), described.permuted(back, 1)) for order, back in ORDERS]


@question(
    "symmetrize",
    points=5,
    hints=(
        "What you return is called with an image later: `return averaged`, not `return averaged(x)`.",
        "The output has to be turned back before it is added, or four differently turned images are added up.",
    ),
)
@pytest.mark.parametrize("group", ["turns", "shifts", "mirror", "cycles"])
def test_symmetrize(check, tensors, group):
    """symmetrize of convolutions and dense layers, over turns, shifts, mirror images and orders of a set"""
    x, square = tensors(2, 1, 5, 5), tensors(2, 1, 4, 3)
    dense = chain(described.flatten(), described.linear(tensors(12, 12)), described.unflatten((1, 4, 3)))
    f, members, x = {
        "turns": lambda: (zero_padded(tensors(2, 1, 3, 3)), TURNS, x),
        "shifts": lambda: (dense, SHIFTS, square),
        "mirror": lambda: (chain(dense, described.relu()), MIRRORS, square),
        "cycles": lambda: (described.scaled(tensors(3, 4)), CYCLES, tensors(2, 3, 4)),
    }[group]()
    check.run(described.call(check.later.symmetrize(f, members), [x]))


@question("symmetrize", points=1, hints="The function must work for every input, not only for the first.")
def test_symmetrize_any_pairs(check, tensors):
    """symmetrize uses the pairs as they are, for every input that comes"""
    averaged = check.later.symmetrize(described.scaled(tensors(4, 3)), [(roll(1, 0), IDENTITY)])
    check.run(described.call(averaged, [tensors(1, 1, 4, 3)]), described.call(averaged, [tensors(2, 1, 4, 3)]))


@question("symmetrize", points=1)
def test_symmetrize_impossible(check, tensors):
    """symmetrize takes a group of one, and raises ValueError for a group of none"""
    x = tensors(1, 1, 3, 4)
    check.run(described.call(check.later.symmetrize(described.scaled(x), [(MIRROR, MIRROR)]), [x]))
    check.raises(ValueError).symmetrize(described.relu(), [])


# ------------------------------------------------------------------------------------------------------ lift_p4


@question(
    "lift_p4",
    points=3,
    hints=(
        "Begin with one filter and one channel: four cross-correlations with the kernel turned by 0, 1, 2, 3 quarters.",
        "Against the clock: what is at the upper right corner moves to the upper left.",
    ),
)
@pytest.mark.parametrize(
    ("shape", "weight"), [((1, 1, 4, 4), (1, 1, 3, 3)), ((2, 3, 3, 5), (2, 3, 3, 3)), ((1, 2, 6, 4), (3, 2, 5, 5))]
)
def test_lift_p4(check, tensors, shape, weight):
    """lift_p4 of several images, channels and filters"""
    check.lift_p4(tensors(*shape, dtype=torch.float64), tensors(*weight, dtype=torch.float64))


@question("lift_p4", points=1, hints="Turn an image, and look where each of the four maps is found again.")
def test_lift_p4_turned(check, student, tensors):
    """lift_p4 of a turned image: every map is turned, and moves on to the next place"""
    x, weight = tensors(1, 2, 4, 5), tensors(2, 2, 3, 3)
    maps = check.lift_p4(x, weight)
    turned = student.lift_p4(torch.rot90(x, 1, (2, 3)), weight)
    check.same(turned, torch.rot90(maps, 1, (3, 4)).roll(1, 2), "turning the maps and moving them on")


@question("lift_p4", points=1)
def test_lift_p4_impossible(check, tensors):
    """lift_p4 takes square kernels of odd size, and raises ValueError for others"""
    x = tensors(1, 2, 4, 4)
    check.inputs_unchanged.lift_p4(x, tensors(1, 2, 1, 1))
    check.raises(ValueError).lift_p4(x, tensors(1, 2, 2, 2))
    check.raises(ValueError).lift_p4(x, tensors(1, 2, 3, 1))
