"""What is commonly told about CNNs and dense networks: 22 claims, what is so, and the figures that decide it.

`convclass release` makes assignments/claims.md from it. The figures are computed by the reference; those of trained
networks are read from the experiment of assignment 5, which was run once. Every claim quotes the sentence of a
handout that treats it.
"""

import json
import statistics
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import pad

from convclass import reference
from convclass.reference.published import conv, linear, vgg16_features
from convclass.release.claims import Claim, Place, Ruling

CONVOLUTION, POOLING, SHARING, EQUIVARIANCE, COMPARISON = (
    "01_convolution",
    "02_pooling",
    "03_weight_sharing",
    "04_equivariance",
    "05_cnn_vs_mlp",
)
DIGIT = (1, 28, 28)
IMAGE = (3, 224, 224)
UNITS = 10 * 26 * 26  # ten maps of what a 3 × 3 kernel makes of 28 × 28 pixels
POOL, FLAT, GAP = {"type": "max_pool", "kernel_size": 2}, {"type": "flatten"}, {"type": "global_avg_pool"}
FILTERS = conv(10, 5)
POOLED, EXACT = "CNN, pool, mean", "CNN, circular, mean"  # networks of the experiment


# ---------------------------------------------------------------------------------------------------------- counts


def small_filter():
    """A 3×3 filter on 5×5 pixels as a matrix, and a layer for colour images."""
    matrix = reference.conv2d_matrix(torch.arange(1.0, 10.0).reshape(1, 1, 3, 3), 5)
    entries, nonzero, distinct = reference.sharing_report(matrix)
    return {
        "entries": entries,
        "nonzero": nonzero,
        "distinct": distinct,
        "in_a_row": len(matrix[0][matrix[0] != 0].unique()),
        "places": int((matrix == matrix[0, 0]).sum()),
        "colour": reference.conv2d_params(3, 16, 3),
    }


def dense_pairs():
    """A dense layer from 784 inputs to 10 units."""
    return {"weights": reference.linear_params(784, 10, bias=False), "inputs": 784, "units": 10}


def counters():
    """Parameters, products and units of three layers from 28×28 pixels to ten maps of 26×26."""
    return {
        "dense": reference.linear_params(784, UNITS),
        "local": reference.locally_connected2d_params(1, 10, 28, 3),
        "shared": reference.conv2d_params(1, 10, 3),
        "dense_macs": reference.linear_macs(784, UNITS),
        "local_macs": int(reference.conv2d(torch.ones(1, *DIGIT), torch.ones(10, 1, 3, 3)).sum()),
        "shared_macs": reference.conv2d_macs(1, 10, 28, 3),
        "inputs": 784,
        "units": reference.activation_count([conv(10, 3)], DIGIT)[0],
    }


def small_networks():
    """Networks for 28×28 pixels and ten classes."""
    networks = {
        "filters": [FILTERS],
        "with_dense": [FILTERS, FLAT, linear(10)],
        "pooled": [FILTERS, POOL, FLAT, linear(10)],
        "averaged": [FILTERS, GAP, linear(10)],
        "averaged_only": [FILTERS, GAP],
        "mlp": [FLAT, linear(24), linear(10)],
    }
    return {name: reference.network_params(layers, DIGIT) for name, layers in networks.items()} | {
        "units": reference.activation_count([FILTERS], DIGIT)[0],
        "pooled_units": reference.activation_count([FILTERS, POOL], DIGIT)[1],
    }


def without_parameters():
    """Modules with and without parameters, and what one unit of a convolution depends on."""
    matrix = reference.conv2d_matrix(torch.ones(1, 1, 3, 3), 28)
    return {
        "pooling": reference.count_parameters(nn.MaxPool2d(2)),
        "convolution": reference.count_parameters(nn.Conv2d(3, 16, 3)),
        "seen": int((matrix[0] != 0).sum()),
        "pixels": matrix.shape[1],
    }


def vgg_first_layer():
    """VGG-16's first layer as a convolution and as a dense layer; and the maximum by ReLU."""
    connections = reference.conv2d(torch.ones(1, 1, *IMAGE[1:]), torch.ones(1, 1, 3, 3), padding=1).sum()
    a, b = random(1000), random(1000, seed=1)
    return {
        "convolution": reference.conv2d_params(3, 64, 3),
        "dense": reference.linear_params(3 * 224 * 224, 64 * 224 * 224, bias=False),
        "nonzero": 3 * 64 * int(connections),
        "maximum": apart(a + reference.relu(b - a), torch.maximum(a, b)),
    }


# -------------------------------------------------------------------------------------------------------- operations


def windows():
    """What correlation and convolution make of one image, and the sizes that windows leave."""
    image = kernel = np.arange(9).reshape(3, 3)
    return {
        "products": kernel.size,
        "correlation": int(reference.cross_correlate2d(image, kernel)[0, 0]),
        "convolution": int(reference.convolve2d(image, kernel)[0, 0]),
        "plain": reference.output_size(5, 2),
        "strided": reference.output_size(5, 2, stride=2),
    }


def border():
    """Pixels of a zero-padded image of one colour that differ from the one in the middle, by depth."""
    image, kernel = torch.ones(1, 1, 16, 16, dtype=torch.float64), torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float64)
    counts = {"pixels": image.numel()}
    for depth in (1, 2, 3, 4):
        image = reference.conv2d(image, kernel, padding=1)
        counts[f"depth_{depth}"] = int(((image - image[..., 8, 8]).abs() > 1e-9).sum())
    return counts


def maxima():
    """ReLU against argmax, and which pooling is linear."""
    x, y = random(1, 1, 8, 8), random(1, 1, 8, 8, seed=1)

    def linearity(pool):
        return apart(pool(x + y, 2), pool(x, 2) + pool(y, 2))

    return {
        "relu": int(reference.relu(torch.tensor(5))),
        "argmax": int(torch.tensor([0, 5]).argmax()),
        "average": linearity(reference.avg_pool2d),
        "maximum": linearity(reference.max_pool2d),
    }


def fields():
    """The receptive field of VGG-16's convolutions, and what the middle of a stack's field carries."""
    windows = {"conv": (3, 1, 1), "max_pool": (2, 2, 1)}
    vgg = [windows[layer["type"]] for layer in vgg16_features() if layer["type"] in windows]
    size, jump = reference.receptive_field(vgg)
    depth = 16
    influence = np.ones(1)
    for _ in range(depth):
        influence = np.convolve(influence, np.full(3, 1 / 3))
    core = influence[depth - 6 : depth + 7]
    share = f"{100 * core.sum():.0f}"
    return {"vgg": size, "jump": jump, "depth": depth, "stack": len(influence), "core": len(core), "share": share}


# -------------------------------------------------------------------------------------------------------- symmetries


def random(*shape, seed=0):
    """Normal numbers, the same on every machine."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def apart(actual, expected):
    """How far two answers are apart, relative to the size of the second."""
    return float((actual - expected).norm() / expected.norm())


def moved(by):
    """The circular translation by `by` pixels down and right."""
    return partial(reference.translate, shift=by)


def turned(x):
    """A quarter turn."""
    return torch.rot90(x, 1, (-2, -1))


def circular(weight, stride=1):
    """A 3×3 convolution that sees the image as a torus."""
    return lambda x: reference.conv2d(pad(x, (1, 1, 1, 1), mode="circular"), weight, stride=stride)


SIZE, SHIFT = 8, (1, 2)
DRAWS = 41  # a median of so many draws does not depend on a lucky one


def errors():
    """Relative equivariance errors, medians over random layers and images; shifts go around the edge."""
    measured = [measure(seed) for seed in range(DRAWS)]
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}


def measure(seed):
    """The errors of one draw."""
    x, weight, own = random(1, 1, SIZE, SIZE, seed=seed), random(1, 1, 3, 3, seed=seed + 100), random_filters(seed)
    error, once, twice = reference.equivariance_error, moved(SHIFT), moved(tuple(2 * by for by in SHIFT))
    padded = partial(reference.conv2d, weight=weight, padding=1)
    inside = pad(x[..., 2:-2, 2:-2], (3, 3, 3, 3))  # far from the edge, before and after the shift
    turned_weights = sum(torch.rot90(weight, turns, (2, 3)) for turns in range(4))
    return {
        "circular": error(circular(weight), once, once, x),
        "whole_map": error(padded, once, once, x),
        "interior": error(padded, once, once, inside),
        "by_stride": error(circular(weight, stride=2), twice, once, x),
        "by_less": error(circular(weight, stride=2), once, lambda y: y, x),
        "unshared": error(partial(reference.locally_connected2d, weight=own), once, once, x),
        "turned": error(circular(weight), turned, turned, x),
        "symmetric": error(circular(turned_weights), turned, turned, x),
    }


def random_filters(seed):
    """A 3×3 filter for every place."""
    return random(SIZE - 2, SIZE - 2, 1, 1, 3, 3, seed=seed + 200)


def kinds():
    """What a circular convolution is to three symmetries; and digits turned by 90°, the worst and the best network."""
    found = reference.symmetry_table(circular(random(1, 1, 3, 3)), random(1, 1, SIZE, SIZE, seed=1))
    turned = [accuracy(name, "turned") for name in experiment()["digits"]]
    kinds = {name.replace(" ", "_"): kind for name, kind in found.items()}
    return kinds | {"worst": min(turned, key=float), "best": max(turned, key=float)}


def same_function():
    """A convolution and the dense layer made from it, on the same images."""
    x, weight, bias = random(2, 3, 6, 7), random(4, 3, 3, 3), random(4, seed=2)
    dense = reference.mlp_from_conv(weight, bias, (6, 7), stride=1, padding=1)
    convolved = reference.conv2d(x, weight, bias, padding=1)
    return apart(dense(x.flatten(1)).detach(), convolved.flatten(1))


# ---------------------------------------------------------------------------------------------------------- trained


@cache
def experiment():
    """The stored results of the experiment of assignment 5: shares, one for each seed."""
    path = Path(__file__).parent / COMPARISON / "experiment.json"
    return json.loads(path.read_text(encoding="utf-8"))


def percent(shares):
    """The mean of several shares in per cent."""
    return f"{100 * statistics.mean(shares):.1f}"


def accuracy(network, images):
    """Of a network that was trained on digits, on images of one kind."""
    return percent(experiment()["digits"][network][images])


def at_shift(network, distance):
    """Of a network that was trained on digits, on digits that are moved by so many pixels."""
    return percent([shares[distance] for shares in experiment()["digits"][network]["shifts"]])


def signals():
    """MNIST-1D, as it is and shuffled."""
    found = experiment()["signals"]
    return {
        f"{name.lower()}{'_shuffled' * (kind == 'shuffled')}": percent(found[name][kind])
        for name in ("MLP", "CNN")
        for kind in ("plain", "shuffled")
    }


def transformed():
    """Digits changed in several ways, for the network that is exactly invariant to shifts; turned ones for others."""
    return {
        "clean": at_shift(EXACT, 0),
        "moved": at_shift(EXACT, 3),
        **{change: accuracy(EXACT, change) for change in ("turned", "mirrored", "enlarged")},
        "mlp_turned": accuracy("MLP", "turned"),
        "cnn_turned": accuracy("CNN", "turned"),
    }


def consistencies():
    """How often a network's answer stays the same when a digit moves by one pixel."""
    networks = {"mlp": "MLP", "cnn": "CNN", "pooled": POOLED, "exact": EXACT}
    return {name: accuracy(network, "consistency") for name, network in networks.items()}


def hundred():
    """Networks that were trained on 100 digits."""
    return {"mlp": accuracy("MLP", "hundred"), "cnn": accuracy("CNN", "hundred")}


# ----------------------------------------------------------------------------------------------------------- claims

CLAIMS = (
    Claim(
        1,
        "A mirrored or rotated image flattens to another vector, so a dense network misses the local structure.",
        Ruling.IMPRECISE,
        "CNNs fail on mirrored and rotated images too. The difference is elsewhere: a dense network does not care "
        "about the order of the pixels, as long as it stays the same; a CNN does.",
        lambda: signals() | transformed(),
        "digits turned by 90°: MLP {mlp_turned} %, CNN {cnn_turned} %; MNIST-1D as it is → shuffled: "
        "MLP {mlp} → {mlp_shuffled} %, CNN {cnn} → {cnn_shuffled} %",
        (Place(COMPARISON, ("permute_pixels", "compare")),),
        COMPARISON,
        "To a dense network nothing has happened: it has a weight for every pixel anyway, and does not care "
        "which of them are neighbours.",
    ),
    Claim(
        2,
        "A 3 × 3 filter on a 5 × 5 image has 9 weights.",
        Ruling.RIGHT,
        "for each channel and each filter; and a filter has a bias.",
        small_filter,
        "the layer's matrix has {entries} entries, {nonzero} not zero, {distinct} different; 16 such filters on a "
        "colour image: {colour} parameters",
        (Place(SHARING, ("conv2d_matrix", "sharing_report", "conv2d_params")),),
        SHARING,
        "225 entries would be the weights of a dense layer. Locality leaves 81 of them, sharing 9 different ones.",
    ),
    Claim(
        3,
        "In a dense network each input has a weight of its own.",
        Ruling.IMPRECISE,
        "each pair of an input and a unit has one.",
        dense_pairs,
        "{inputs} inputs and {units} units: {weights} weights",
        (Place(SHARING, ("linear_params",)),),
        SHARING,
        "so 784 inputs and 10 units make 7 840 weights",
    ),
    Claim(
        4,
        "Weight sharing keeps the cost of computing low.",
        Ruling.WRONG,
        "sharing saves parameters; it is locality that saves products.",
        counters,
        "dense, locally connected, convolution: {dense}, {local}, {shared} parameters; {dense_macs}, {local_macs}, "
        "{shared_macs} products",
        (Place(SHARING, ("locally_connected2d_params", "conv2d_macs", "linear_macs")),),
        SHARING,
        "From the second row to the third not a single product is saved.",
    ),
    Claim(
        5,
        "A small CNN has a few hundred nodes, a dense network about 19 000 parameters.",
        Ruling.WRONG,
        "it compares parameters with units. Ten filters have few parameters and thousands of units.",
        small_networks,
        "ten 5 × 5 filters: {filters} parameters, {units} units; with a dense layer {with_dense} parameters, with "
        "pooling before it {pooled}, with global average pooling {averaged}; MLP 784–24–10: {mlp}",
        (Place(SHARING, ("network_params", "mlp_params", "activation_count")),),
        SHARING,
        "ten filters have few *parameters*, and thousands of *units*",
    ),
    Claim(
        6,
        "CNNs do not depend on local variation, such as a portrait instead of the whole person.",
        Ruling.WRONG,
        "that changes scale and surroundings. What a CNN is built for is a change of position.",
        transformed,
        "a network without strides or borders, on digits as they are: {clean} %; moved by 3 pixels {moved} %; half as "
        "large again {enlarged} %",
        (Place(COMPARISON, ("shift_robustness", "accuracy")),),
        COMPARISON,
        "A head instead of a whole person in the picture is a change of *scale*, and no sharing of filters "
        "helps with it.",
    ),
    Claim(
        7,
        "Equivariance, f(g(x)) = g(f(x)), is a type of parameter sharing, and CNNs have it for many transformations.",
        Ruling.PARTLY_RIGHT,
        "the equation is right. The cause is reversed: sharing the weights makes a layer equivariant, and to "
        "translations only. More takes more, such as filters shared over rotations.",
        errors,
        "errors on 8 × 8 pixels moved by (1, 2): convolution around the edge {circular}; padded with zeros {interior} "
        "inside, {whole_map} on the whole map; stride 2 {by_less}, but moved by (2, 4) {by_stride}; without sharing "
        "{unshared}. Turned by 90°: {turned}, with a kernel that turning does not change {symmetric}",
        (Place(EQUIVARIANCE, ("equivariance_error", "commuting_shifts", "symmetrize", "lift_p4")),),
        EQUIVARIANCE,
        "It is the other way round: sharing one filter among all places makes a layer equivariant to shifts.",
    ),
    Claim(
        8,
        "Thanks to equivariance a model stays reliable when its input changes drastically.",
        Ruling.UNSUPPORTED,
        "it promises something for one kind of change, and nothing for all others.",
        transformed,
        "a network that is exactly invariant to shifts, on digits as they are: {clean} %; moved by 3 pixels {moved} %; "
        "mirrored {mirrored} %, turned by 90° {turned} %",
        (Place(EQUIVARIANCE, ("is_equivariant", "symmetry_table", "invariance_error")),),
        EQUIVARIANCE,
        '**"Equivariance keeps a model reliable under drastic changes"** does not follow.',
    ),
    Claim(
        9,
        "CNNs do not depend on scale and rotation.",
        Ruling.WRONG,
        "they are neither invariant nor equivariant to them.",
        kinds,
        "a convolution under translation: {translation}; under a quarter turn: {rot90}; mirrored: {horizontal_flip}. "
        "Digits turned by 90°: {worst} to {best} % by network",
        (Place(EQUIVARIANCE, ("symmetry_table",)),),
        EQUIVARIANCE,
        '**"CNNs do not depend on size and rotation"** is wrong.',
    ),
    Claim(
        10,
        "A CNN has three components: convolution, pooling and dense layers.",
        Ruling.IMPRECISE,
        "pooling and dense layers can be left out, the convolution cannot.",
        small_networks,
        "ten filters and ten means classify digits with {averaged_only} parameters, without any dense layer",
        (Place(POOLING, ("global_avg_pool2d",)), Place(SHARING, ("network_params",))),
        POOLING,
        "Only the convolution makes it a CNN; it has at least one.",
    ),
    Claim(
        11,
        "Convolution is the element-wise dot product of filter and patch.",
        Ruling.IMPRECISE,
        "the products are added up, over the window and over the channels, and the bias is added. And as no flip "
        "comes first, it is a cross-correlation.",
        windows,
        "the numbers 0 to 8 with themselves: {products} products, one sum, {correlation}; flipped {convolution}. A "
        "2 × 2 kernel on 5 × 5 pixels: {plain} × {plain}, with stride 2 {strided} × {strided}",
        (Place(CONVOLUTION, ("cross_correlate2d", "convolve2d", "output_size")),),
        CONVOLUTION,
        "With several channels the sum runs over the window *and* over all channels, and the bias is added once.",
    ),
    Claim(
        12,
        "Pooling keeps the most important information and saves memory.",
        Ruling.PARTLY_RIGHT,
        "the first is a rule of thumb. The second is right; of the parameters, only those of later dense layers "
        "get fewer.",
        small_networks,
        "{units} units pooled to {pooled_units}; the filters keep their {filters} parameters; all together "
        "{with_dense} → {pooled}",
        (Place(POOLING, ("max_pool2d",)), Place(SHARING, ("activation_count", "network_params"))),
        POOLING,
        '"It keeps the most important information" is a rule of thumb.',
    ),
    Claim(
        13,
        "Pooling, or convolution, makes a network invariant to translation.",
        Ruling.IMPRECISE,
        "strides break equivariance to most shifts, zero padding breaks it at the border, and only a mean or maximum "
        "over the whole map is invariant.",
        lambda: border() | consistencies(),
        "an image of one colour under 1, 2, 3, 4 zero-padded convolutions: {depth_1}, {depth_2}, {depth_3}, {depth_4} "
        "of {pixels} pixels feel the border. Answers that stay when a digit moves by one pixel: MLP {mlp} %, "
        "CNN {cnn} %, with pooling and a mean {pooled} %, without strides and borders {exact} %",
        (Place(EQUIVARIANCE, ("shift_consistency", "blur_pool2d")), Place(POOLING, ("max_pool2d",))),
        POOLING,
        "Convolutions are not quite innocent either. With zero padding they can feel the border",
    ),
    Claim(
        14,
        "CNNs have fewer units.",
        Ruling.WRONG,
        "they have more. They have fewer parameters.",
        counters,
        "{inputs} inputs → {units} units, with {shared} parameters instead of {dense}",
        (Place(SHARING, ("activation_count", "conv2d_params")),),
        SHARING,
        "A CNN does not reduce units; it needs fewer parameters.",
    ),
    Claim(
        15,
        "Neighbouring inputs share their weights.",
        Ruling.WRONG,
        "places share a filter. Inside of a window every input has a weight of its own.",
        small_filter,
        "3 × 3 on 5 × 5: {in_a_row} different weights in one window; each of them at {places} places",
        (Place(SHARING, ("conv2d_matrix", "sharing_report")),),
        SHARING,
        "along a row, inside one window, all nine weights are different",
    ),
    Claim(
        16,
        "Pooling passes on the maximum; ReLU(x) = argmax(x, 0).",
        Ruling.WRONG,
        "average pooling passes on the mean, and is linear; ReLU is the maximum of x and 0, argmax says which it is.",
        maxima,
        "of 5 and 0: ReLU {relu}, argmax {argmax}; pooled sum against sum of the pooled: average {average}, maximum "
        "{maximum} apart",
        (Place(POOLING, ("relu", "avg_pool2d")),),
        POOLING,
        "average pooling does not, and it is **linear**, which the maximum is not",
    ),
    Claim(
        17,
        "CNNs train faster, on fewer samples.",
        Ruling.CONDITIONAL,
        "the built-in knowledge helps where it is true of the data and where the data do not teach it anyway.",
        hundred,
        "100 digits, all in the middle of the image: MLP {mlp} %, CNN {cnn} %",
        (Place(COMPARISON, ("train", "compare")),),
        COMPARISON,
        "An inductive bias helps where it is true *and* where the data alone do not show it.",
    ),
    Claim(
        18,
        "A CNN has at least one convolution layer; it is locally connected; pooling has no parameters.",
        Ruling.RIGHT,
        "all three.",
        without_parameters,
        "max pooling {pooling} parameters, 16 filters of 3 × 3 on a colour image {convolution}; a unit sees {seen} of "
        "{pixels} pixels",
        (Place(SHARING, ("count_parameters", "conv2d_matrix")),),
        POOLING,
        "**Pooling has no parameters**, and it does not change those of a convolution",
    ),
    Claim(
        19,
        "Every CNN is a dense network most of whose weights are zero.",
        Ruling.RIGHT,
        "for the convolutions, if one adds that the other weights are tied. Max pooling needs ReLUs: "
        "max(a, b) = a + relu(b − a).",
        vgg_first_layer,
        "VGG-16's first layer: {convolution} parameters; as a dense layer {dense} weights, {nonzero} of them not zero; "
        "the maximum by ReLU is {maximum} off",
        (Place(COMPARISON, ("mlp_from_conv",)), Place(SHARING, ("conv2d_matrix",)), Place(POOLING, ("relu",))),
        SHARING,
        "So every convolution *is* a dense layer, most of whose weights are zero and the others tied.",
    ),
    Claim(
        20,
        "A dense network can learn locality just as well.",
        Ruling.PARTLY_RIGHT,
        "it can represent it. That training finds it is another matter.",
        lambda: signals() | {"difference": same_function()},
        "a dense layer set to a convolution's weights is {difference} off; trained on MNIST-1D, the MLP gets {mlp} %, "
        "the CNN {cnn} %",
        (Place(COMPARISON, ("mlp_from_conv", "compare")),),
        COMPARISON,
        "What can be expressed and what is learned are two questions.",
    ),
    Claim(
        21,
        "A CNN is an efficient dense network, given locality.",
        Ruling.INCOMPLETE,
        "locality is half of it, sharing the other half.",
        counters,
        "{dense} parameters dense; {local} with locality; {shared} with sharing too",
        (Place(SHARING, ("locally_connected2d_params", "locally_connected2d")),),
        SHARING,
        'So a convolution is not just "a dense layer that looks at neighbours": without sharing it would be the middle '
        "row.",
    ),
    Claim(
        22,
        "CNNs are spatially invariant, and deep stacks see a large field.",
        Ruling.PARTLY_RIGHT,
        "they are equivariant. The field is large on paper; what counts in it is much smaller.",
        fields,
        "VGG-16's last map: {vgg} pixels, {jump} from one to the next; under {depth} kernels of 3, {core} of {stack} "
        "pixels carry {share} % of the weight",
        (Place(POOLING, ("receptive_field",)),),
        POOLING,
        "So deep stacks see far, in this formal sense. But they hardly look at the edge of what they see",
    ),
)
