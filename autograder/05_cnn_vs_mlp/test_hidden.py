"""The hidden tests of assignment 5. The docstring of a test is the title that students read.

Models get their weights from here, so that their answers can be compared. Training runs in float64, where rounding
does not grow; the labels of the images that a trained model is asked about never leave this side.
"""

import math

import pytest
import torch

from convclass.exam import question
from convclass.exam.describer import described
from convclass.exam.forbidden import CONVOLUTIONS

SECONDS = 10  # the first optimiser of a process imports torch's compiler, which takes two


def drawn(tensors, *shape, dtype=torch.float32):
    """Weights of a size with which signals neither vanish nor explode."""
    inputs = math.prod(shape[1:]) if len(shape) > 1 else 4
    return tensors(*shape, dtype=dtype) * (2 / inputs) ** 0.5


def mlp_state(tensors, widths, **kw):
    """Drawn parameters of an MLP."""
    shapes = {}
    for number, (inputs, outputs) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
        shapes |= {f"layers.{number}.weight": (outputs, inputs), f"layers.{number}.bias": (outputs,)}
    return {name: drawn(tensors, *shape, **kw) for name, shape in shapes.items()}


def cnn_state(tensors, widths, classes, size, **kw):
    """Drawn parameters of a CNN."""
    shapes = {}
    for number, (inputs, outputs) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
        shapes |= {f"blocks.{number}.weight": (outputs, inputs, 3, 3), f"blocks.{number}.bias": (outputs,)}
    blocks = len(widths) - 1
    left = (size[0] >> blocks) * (size[1] >> blocks) * widths[-1]
    shapes |= {"head.weight": (classes, left), "head.bias": (classes,)}
    return {name: drawn(tensors, *shape, **kw) for name, shape in shapes.items()}


def labels(tensors, count, classes):
    """Classes of `count` images."""
    return tensors(count, dtype=torch.int64) % classes


def share_right(predicted, truth):
    """The accuracy of predicted classes."""
    return float((predicted == truth).double().mean())


# -------------------------------------------------------------------------------------------------------- MLP


@question(
    "MLP",
    points=3,
    hints=(
        "Print `[name for name, _ in model.named_parameters()]` and compare with the docstring.",
        "Feed a model whose weights you set by hand with one image, and compute its scores on paper.",
    ),
)
@pytest.mark.parametrize(("inputs", "hidden", "classes"), [(12, [5], 3), (6, [], 2), (10, (7, 4, 9), 8)])
def test_mlp_parameters(check, inputs, hidden, classes):
    """MLP has a weight and a bias for every layer, called layers.0.weight and so on"""
    check.run(described.parameter_shapes(check.later.MLP(inputs, hidden, classes)))


@question("MLP", points=1)
def test_mlp_total(check):
    """MLP 784-24-10 has 19 090 parameters"""
    check.run(described.parameter_total(check.later.MLP(784, [24], 10)))


@question("MLP", points=6, hints="A ReLU belongs between two layers: none before the first, none behind the last.")
@pytest.mark.parametrize(
    ("shape", "hidden", "classes"),
    [((4, 12), [], 3), ((5, 12), [7], 4), ((3, 2, 2, 3), [6, 5], 3), ((2, 1, 4, 3), [9], 5)],
)
def test_mlp_scores(check, tensors, shape, hidden, classes):
    """MLP computes the scores of flat inputs, of images and of images with channels"""
    state = mlp_state(tensors, [12, *hidden, classes])
    model = described.load_state(check.later.MLP(12, hidden, classes), state)
    check.run(described.call(model, [tensors(*shape)]))


@question("MLP", points=2, hints="Nothing in forward may cut the way back: no .detach(), no .data, no numpy.")
def test_mlp_learns(check, tensors):
    """MLP hands gradients back to every one of its parameters"""
    model = described.load_state(check.later.MLP(6, [8, 5], 3), mlp_state(tensors, [6, 8, 5, 3]))
    check.run(described.gradients(model, tensors(7, 1, 2, 3)))


@question("MLP", points=1)
def test_mlp_does_not_see_the_order_of_pixels(check, student, tensors):
    """MLP gives shuffled images the same scores, once the columns of its first weight are shuffled in the same way"""
    state, x = mlp_state(tensors, [12, 6, 3]), tensors(5, 1, 3, 4)
    order = tensors(12).argsort()
    plain = check.run(described.call(described.load_state(check.later.MLP(12, [6], 3), state), [x]))
    moved = state | {"layers.0.weight": state["layers.0.weight"][:, order]}
    model = described.load_state(student.later.MLP(12, [6], 3), moved)
    shuffled = student.run(described.call(model, [x.flatten(1)[:, order].reshape(x.shape)]))
    check.same(shuffled, plain, "indifference to the order of the pixels")


@question("MLP", points=1, hints="Look at all the widths before you make a layer.")
@pytest.mark.parametrize(
    ("possible", "impossible"),
    [((6, [1], 2), (6, [0], 2)), ((1, [3, 2], 2), (0, [3, 2], 2)), ((4, [], 1), (4, [], -1))],
)
def test_mlp_impossible(check, possible, impossible):
    """MLP makes what is possible and raises ValueError for a width below 1"""
    check.run(described.parameter_total(check.later.MLP(*possible)))
    check.raises(ValueError).run(described.parameter_total(check.later.MLP(*impossible)))


# -------------------------------------------------------------------------------------------------------- CNN


@question(
    "CNN",
    points=4,
    hints=(
        "Take a sheet of paper and follow one image through the network: write down its shape behind every step.",
        "The head sees what the last pooling leaves: channels × height × width.",
    ),
)
@pytest.mark.parametrize(
    ("in_channels", "channels", "classes", "size"),
    [(1, [2], 5, 8), (3, [4, 2], 2, (6, 11)), (2, (3, 3, 2), 4, (17, 8)), (1, [2, 2], 3, (7, 5))],
)
def test_cnn_parameters(check, in_channels, channels, classes, size):
    """CNN has the right parameters under the right names, for square, wide, high and odd images"""
    check.run(described.parameter_shapes(check.later.CNN(in_channels, channels, classes, size)))


@question("CNN", points=1)
def test_cnn_total(check):
    """CNN with 16 and 32 filters for ten classes of 16 × 16 images has 9 930 parameters"""
    check.run(described.parameter_total(check.later.CNN(1, [16, 32], 10, 16)))


@question(
    "CNN", points=8, hints="In a block: convolution, ReLU, pooling. Between the last block and the head: flatten."
)
@pytest.mark.parametrize(
    ("in_channels", "channels", "classes", "size"),
    [(1, [3], 2, (6, 6)), (2, [3, 4], 3, (5, 8)), (1, [2, 3], 4, (9, 4)), (3, [2, 3, 2], 3, (8, 11))],
)
def test_cnn_scores(check, tensors, in_channels, channels, classes, size):
    """CNN computes the scores of square, wide, high and odd images"""
    state = cnn_state(tensors, [in_channels, *channels], classes, size)
    model = described.load_state(check.later.CNN(in_channels, channels, classes, size), state)
    check.run(described.call(model, [tensors(3, in_channels, *size)]))


@question("CNN", points=3)
def test_cnn_learns(check, tensors):
    """CNN hands gradients back to every one of its parameters"""
    state = cnn_state(tensors, [2, 3, 4], 3, (4, 6))
    model = described.load_state(check.later.CNN(2, [3, 4], 3, (4, 6)), state)
    check.run(described.gradients(model, tensors(5, 2, 4, 6)))


@question("CNN", points=2, hints="Halve the smaller side as often as there are blocks. Is anything left?")
@pytest.mark.parametrize(
    ("possible", "impossible"),
    [
        ((1, [2], 3, 4), (1, [], 3, 4)),
        ((1, [2, 2], 3, (4, 9)), (1, [2, 2], 3, (3, 9))),
        ((1, [2, 2, 2], 3, (9, 8)), (1, [2, 2, 2], 3, (9, 7))),
        ((2, [1, 2], 3, 4), (2, [0, 2], 3, 4)),
    ],
)
def test_cnn_impossible(check, possible, impossible):
    """CNN makes what is possible and raises ValueError for no block, no filter, or no pixel left"""
    check.run(described.parameter_total(check.later.CNN(*possible)))
    check.raises(ValueError).run(described.parameter_total(check.later.CNN(*impossible)))


# --------------------------------------------------------------------------------------------- permute_pixels


@question(
    "permute_pixels",
    points=5,
    hints=(
        "Number the pixels of one small image 0, 1, 2, ... and look at what comes out: it is the permutation itself.",
        "Height and width become one axis, so that one index reaches every pixel.",
    ),
)
@pytest.mark.parametrize("shape", [(3, 1, 4, 4), (2, 3, 2, 5), (4, 2, 5, 3), (3, 2, 9)])
def test_permute(check, tensors, shape):
    """permute_pixels puts the pixels of all images and channels into one and the same order"""
    order = tensors(math.prod(shape[2:])).argsort()
    check.permute_pixels(tensors(*shape), order)


@question("permute_pixels", points=2)
def test_permute_and_back(check, student, tensors):
    """permute_pixels with the inverse permutation brings every image back"""
    x, order = tensors(2, 2, 3, 5), tensors(15).argsort()
    there = check.permute_pixels(x, order)
    check.same(student.permute_pixels(there, order.argsort()), x, "there and back again")


@question("permute_pixels", points=1.5)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_permute_dtypes(check, tensors, dtype):
    """permute_pixels keeps the type of the numbers and leaves its inputs unchanged, also when x is a view"""
    x = tensors(2, 4, 6, 3, dtype=getattr(torch, dtype)).transpose(1, 3)[:, :, ::2]
    check.inputs_unchanged.permute_pixels(x, tensors(12).argsort())


@question("permute_pixels", points=1.5, hints="Sorted, a permutation is 0, 1, 2, ... up to the last pixel.")
@pytest.mark.parametrize("impossible", [[2, 0, 1, 3, 4], [5, 0, 1, 3, 3, 4], [0, 1, 2, 3, 4, -1]])
def test_permute_impossible(check, tensors, impossible):
    """permute_pixels takes a permutation and raises ValueError for one too short, a double or a negative entry"""
    x = tensors(2, 1, 2, 3)
    check.permute_pixels(x, torch.tensor([2, 0, 5, 1, 3, 4]))
    check.raises(ValueError).permute_pixels(x, torch.tensor(impossible))


# ---------------------------------------------------------------------------------------------- mlp_from_conv


@question(
    "mlp_from_conv",
    points=5,
    forbidden=CONVOLUTIONS,
    hints=(
        "Print the weight for a 2 × 2 kernel on a 3 × 3 image, and say for each row which window it stands for.",
        "One row for each output unit, one column for each input number; both counted channel by channel, row by row.",
    ),
)
@pytest.mark.parametrize(
    ("weight", "size"), [((1, 1, 2, 2), (3, 3)), ((2, 1, 1, 3), (2, 5)), ((1, 3, 3, 2), (4, 3)), ((3, 2, 2, 3), (2, 4))]
)
def test_conv_weights(check, tensors, weight, size):
    """mlp_from_conv writes each kernel into the rows of its output units, for square, wide and high images"""
    check.run(described.state(check.later.mlp_from_conv(tensors(*weight), tensors(weight[0]), size)))


@question("mlp_from_conv", points=3.5, hints="The window of output [i, j] begins at pixel [i * stride, j * stride].")
@pytest.mark.parametrize(("size", "stride"), [((5, 6), 2), ((4, 7), (1, 3)), ((7, 5), (3, 1))])
def test_conv_stride(check, tensors, size, stride):
    """mlp_from_conv moves the windows by the stride, also where it does not divide"""
    layer = check.later.mlp_from_conv(tensors(2, 2, 3, 2), None, size, stride=stride)
    check.run(described.call(layer, [tensors(3, 2 * size[0] * size[1])]))


@question("mlp_from_conv", points=3.5, hints="There is no input number for a pixel of the padding, and so no column.")
@pytest.mark.parametrize(("size", "padding"), [((3, 4), 1), ((2, 5), (1, 0)), ((4, 2), (0, 2))])
def test_conv_padding(check, tensors, size, padding):
    """mlp_from_conv respects zero padding, without columns for it"""
    layer = check.later.mlp_from_conv(tensors(2, 1, 2, 2), tensors(2), size, padding=padding)
    check.run(described.call(layer, [tensors(3, size[0] * size[1])]))


@question("mlp_from_conv", points=3)
@pytest.mark.parametrize(
    ("weight", "size", "settings"),
    [
        ((2, 2, 3, 3), 4, {"stride": 2, "padding": 1}),
        ((3, 1, 2, 3), (3, 6), {"stride": (1, 2), "padding": (2, 1)}),
        ((2, 2, 5, 4), (3, 2), {"stride": (2, 1), "padding": 1}),
    ],
)
def test_conv_everything(check, tensors, weight, size, settings):
    """mlp_from_conv does what the convolution does, with stride and padding together"""
    layer = check.later.mlp_from_conv(tensors(*weight), tensors(weight[0]), size, **settings)
    height, width = (size, size) if isinstance(size, int) else size
    check.run(described.call(layer, [tensors(2, weight[1] * height * width)]))


@question("mlp_from_conv", points=2)
def test_conv_is_a_layer(check, tensors):
    """mlp_from_conv returns an nn.Linear, in float64 where the kernel is, and without bias where it has none"""
    weight = tensors(2, 1, 2, 2, dtype=torch.float64)
    check.run(described.type_name(check.later.mlp_from_conv(weight, None, (3, 2))))
    check.run(described.parameter_shapes(check.later.mlp_from_conv(weight, None, (3, 2))))
    check.run(described.state(check.later.mlp_from_conv(weight, None, (3, 2))))


@question("mlp_from_conv", points=1)
def test_conv_is_mostly_zero(check, tensors):
    """mlp_from_conv: of the 225 weights of a 3 × 3 kernel on a 5 × 5 image 81 are not zero, and 9 are different"""
    (weight,) = check.run(described.state(check.later.mlp_from_conv(tensors(1, 1, 3, 3), None, 5)))
    used = weight[weight != 0]
    check.same(
        (weight.numel(), used.numel(), len(used.unique())),
        (225, 81, 9),
        "225 weights, 81 used, 9 different",
    )


@question("mlp_from_conv", points=2, hints="Which requests could a convolution not meet either?")
@pytest.mark.parametrize(
    ("kernel", "bias", "possible", "impossible"),
    [
        ((3, 2), 2, ((3, 4), {}), ((2, 4), {})),
        ((3, 3), 2, ((3, 1), {"padding": (0, 1)}), ((3, 1), {"padding": (1, 0)})),
        ((2, 2), 2, (3, {"stride": 1}), (3, {"stride": 0})),
        ((1, 1), 2, (3, {"padding": 0}), (3, {"padding": -1})),
    ],
)
def test_conv_impossible(check, tensors, kernel, bias, possible, impossible):
    """mlp_from_conv does what is possible and raises ValueError for what is not"""
    weight, bias = tensors(2, 1, *kernel), tensors(bias)
    for (size, settings), checked in ((possible, check), (impossible, check.raises(ValueError))):
        checked.run(described.state(check.later.mlp_from_conv(weight, bias, size, **settings)))


# ------------------------------------------------------------------------------------------------------ train


def trainable(tensors, *widths):
    """A dense network in float64, ready to be trained."""
    parts = []
    for inputs, outputs in zip(widths[:-1], widths[1:], strict=True):
        weight, bias = (drawn(tensors, *shape, dtype=torch.float64) for shape in ((outputs, inputs), (outputs,)))
        parts += [described.relu()] * bool(parts) + [described.linear(weight, bias)]
    return described.trainable(described.sequence(parts))


def points(tensors, count, features, classes):
    """Inputs in float64, and their classes."""
    return tensors(count, features, dtype=torch.float64), labels(tensors, count, classes)


@question(
    "train",
    points=5,
    seconds=SECONDS,
    hints=(
        "Train on four images with batch_size=4 first: then every epoch is a single step. Then on five.",
        "Does the loss of an epoch count every image once, also those in a smaller last batch?",
    ),
)
@pytest.mark.parametrize(("count", "batch_size", "epochs"), [(12, 4, 3), (11, 4, 4), (5, 20, 3), (7, 1, 2)])
def test_train_losses(check, tensors, count, batch_size, epochs):
    """train returns the mean loss over the images for every epoch, also when the last batch is smaller"""
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": 0.1, "seed": 3}
    run = check.later.train(trainable(tensors, 4, 3), *points(tensors, count, 4, 3), **settings)
    check.run(described.numbers(run))


@question("train", points=4, seconds=SECONDS, hints="Gradients add up until they are set to zero.")
@pytest.mark.parametrize(("widths", "seed"), [((4, 3), 0), ((3, 5, 2), 11)])
def test_train_weights(check, tensors, widths, seed):
    """train leaves the model with the weights that Adam finds"""
    model = described.kept(1, trainable(tensors, *widths))
    settings = {"epochs": 3, "batch_size": 4, "lr": 0.02, "seed": seed}
    run = check.later.train(model, *points(tensors, 10, widths[0], widths[-1]), **settings)
    check.run(run, described.state(model))


@question("train", points=2, seconds=SECONDS, hints="Dropout and batch normalisation ask the model for its mode.")
@pytest.mark.parametrize("layer", ["dropout", "batch_norm"])
def test_train_mode(check, tensors, layer):
    """train switches a model that was in evaluation mode to training mode"""
    part = described.dropout(1.0) if layer == "dropout" else described.batch_norm(4, torch.float64)
    network = trainable(tensors, 4, 3)
    parts = [network, part] if layer == "dropout" else [part, network]
    model = described.kept(1, described.set_training(described.sequence(parts), False))
    x, y = points(tensors, 8, 4, 3)
    run = check.later.train(model, x, y, epochs=2, batch_size=4, lr=0.05, seed=5)
    check.run(run, described.state(model))


@question("train", points=1, seconds=SECONDS)
def test_train_zero_epochs(check, tensors):
    """train does nothing in zero epochs"""
    model = described.kept(1, trainable(tensors, 3, 2))
    run = check.later.train(model, *points(tensors, 6, 3, 2), epochs=0, batch_size=2, lr=0.1, seed=1)
    check.run(described.numbers(run), described.state(model))


@question("train", points=3, seconds=SECONDS)
@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_train_generalises(student, tensors, kind):
    """train makes a model good at images that it has not seen (dense and convolutional)"""
    x, y = patterns(tensors, 120, moving=kind == "convolutional")
    x_test, y_test = patterns(tensors, 100, moving=kind == "convolutional")
    if kind == "dense":
        parts = [described.flatten(), described.linear(drawn(tensors, 3, 64), tensors(3))]
    else:
        convolution = described.conv2d(drawn(tensors, 8, 1, 3, 3), tensors(8) * 0, padding=1)
        head = described.linear(drawn(tensors, 3, 8), tensors(3) * 0)
        parts = [convolution, described.relu(), described.max_pool2d(8), described.flatten(), head]
    model = described.kept(1, described.trainable(described.sequence(parts)))
    run = student.later.train(model, x, y, epochs=20, batch_size=20, lr=0.03, seed=7)
    predicted = student.run(run, described.predict(model, x_test))
    assert share_right(predicted, y_test) >= 0.85


@question("train", points=1, seconds=SECONDS)
@pytest.mark.parametrize(("count", "settings"), [(5, {"batch_size": 4}), (6, {"batch_size": 0}), (6, {"epochs": -1})])
def test_train_impossible(check, tensors, count, settings):
    """train does what is possible and raises ValueError for a missing class, an empty batch or a negative number"""
    model, x, y = trainable(tensors, 3, 2), *points(tensors, 6, 3, 2)
    right = {"epochs": 1, "batch_size": 4, "lr": 0.1, "seed": 1}
    check.run(described.numbers(check.later.train(model, x, y, **right)))
    check.raises(ValueError).run(described.numbers(check.later.train(model, x, y[:count], **right | settings)))


SHAPES = torch.tensor(
    [
        [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
        [[1, 0, 1], [0, 1, 0], [1, 0, 1]],
        [[1, 1, 1], [1, 0, 0], [1, 0, 0]],
    ]
)


def patterns(tensors, count, *, moving):
    """Noisy 8 × 8 images of a plus, a cross or a corner: in the middle, or anywhere when `moving`."""
    classes = labels(tensors, count, 3)
    x, rows, columns = tensors(count, 1, 8, 8) * 0.3, labels(tensors, count, 6), labels(tensors, count, 6)
    for image, shape, row, column in zip(x, SHAPES[classes], rows.tolist(), columns.tolist(), strict=True):
        top, left = (row, column) if moving else (2, 3)
        image[0, top : top + 3, left : left + 3] += 2 * shape
    return x, classes


# --------------------------------------------------------------------------------------------------- accuracy


def classifier(tensors, inputs, classes, *more):
    """A linear classifier of flattened images, and layers behind it."""
    layer = described.linear(tensors(classes, inputs), tensors(classes))
    return described.sequence([described.flatten(), layer, *more])


@question(
    "accuracy",
    points=3,
    hints=(
        "How many answers are right, of how many?",
        "model.eval() and model.train(mode) switch; model.training says which one it is.",
    ),
)
@pytest.mark.parametrize(("shape", "classes"), [((9, 4), 3), ((14, 1, 2, 3), 4), ((1, 5), 2)])
def test_accuracy(check, tensors, shape, classes):
    """accuracy is the share of images whose class has the highest score"""
    model = classifier(tensors, math.prod(shape[1:]), classes)
    check.accuracy(model, tensors(*shape), labels(tensors, shape[0], classes))


@question("accuracy", points=2, hints="In which mode is the model when you compute the scores?")
@pytest.mark.parametrize("layer", ["dropout", "batch_norm"])
def test_accuracy_in_evaluation_mode(check, tensors, layer):
    """accuracy measures in evaluation mode, and changes nothing in the model"""
    part = described.dropout(1.0) if layer == "dropout" else described.batch_norm(3)
    model = described.kept(1, described.set_training(classifier(tensors, 4, 3, part), True))
    x, y = tensors(12, 4) + 1, labels(tensors, 12, 3)
    check.run(check.later.accuracy(model, x, y))
    check.run(check.later.accuracy(model, x, y), described.state(model))


@question("accuracy", points=2, hints="What was the mode before? Write it down first.")
@pytest.mark.parametrize("mode", [True, False])
def test_accuracy_restores_the_mode(check, tensors, mode):
    """accuracy leaves the model in the mode it was in"""
    model = described.kept(1, described.set_training(classifier(tensors, 4, 3), mode))
    run = check.later.accuracy(model, tensors(6, 4), labels(tensors, 6, 3))
    check.run(run)
    check.run(run, described.is_training(model))


@question("accuracy", points=1, hints="torch stretches one label to many. Compare the lengths first.")
def test_accuracy_impossible(check, tensors):
    """accuracy measures what is possible and raises ValueError when there is not one class for each image"""
    model, x, y = classifier(tensors, 4, 3), tensors(6, 4), labels(tensors, 6, 3)
    check.accuracy(model, x, y)
    check.raises(ValueError).accuracy(model, x, y[:1])


# ------------------------------------------------------------------------------------------- shift_robustness


@question(
    "shift_robustness",
    points=5,
    after="accuracy",
    hints=(
        "Print one small image, moved by one pixel in each direction, before you measure anything.",
        "Distance 0 is the first entry. Every other entry is the mean of four accuracies.",
    ),
)
@pytest.mark.parametrize(
    ("shape", "max_shift"), [((95, 1, 4, 4), 2), ((92, 2, 3, 6), 2), ((100, 1, 5, 3), 1), ((10, 1, 2, 2), 0)]
)
def test_shifts(check, tensors, shape, max_shift):
    """shift_robustness gives the accuracy for each distance, for square, wide and high images"""
    model = classifier(tensors, math.prod(shape[1:]), 3)
    run = check.later.shift_robustness(model, tensors(*shape), labels(tensors, shape[0], 3), max_shift)
    check.run(described.numbers(run))


@question("shift_robustness", points=2)
def test_shifts_leave_everything_as_it_was(check, tensors):
    """shift_robustness changes neither the images nor the mode of the model"""
    model = described.kept(1, described.set_training(classifier(tensors, 12, 3, described.dropout(1.0)), True))
    x, y = tensors(10, 1, 3, 4), labels(tensors, 10, 3)
    run = check.later.shift_robustness(model, described.kept(2, x), y, 1)
    check.run(described.numbers(run))
    check.run(run, described.is_training(model))
    check.run(run, described.kept(2, x))


@question("shift_robustness", points=1)
@pytest.mark.parametrize("impossible", [3, -1])
def test_shifts_impossible(check, tensors, impossible):
    """shift_robustness moves as far as possible and raises ValueError when nothing is left or the shift is negative"""
    model, x, y = classifier(tensors, 12, 3), tensors(8, 1, 3, 4), labels(tensors, 8, 3)
    check.run(described.numbers(check.later.shift_robustness(model, x, y, 2)))
    check.raises(ValueError).run(described.numbers(check.later.shift_robustness(model, x, y, impossible)))


# ---------------------------------------------------------------------------------------------------- compare

COLUMNS = ["parameters", "clean", "shifted", "permuted"]
BEFORE = ("train", "accuracy", "shift_robustness", "permute_pixels")


@question(
    "compare",
    points=3.5,
    after=BEFORE,
    seconds=SECONDS,
    hints=(
        "Two new models for every name, each made and trained from the same seed.",
        "What is permuted in training has to be permuted in the test, too.",
    ),
)
@pytest.mark.parametrize(("shape", "max_shift"), [((1, 4, 4), 1), ((2, 3, 4), 2)])
def test_compare(check, tensors, shape, max_shift):
    """compare gives parameters, clean, shifted and permuted accuracy for every model"""
    inputs, pixels = math.prod(shape), math.prod(shape[1:])
    weight = drawn(tensors, 3, inputs)
    layers = described.sequence([described.flatten(), described.linear(weight, tensors(3))])
    models = {
        "given": described.maker(described.trainable(layers)),
        "drawn": described.linear_maker(inputs, 3),
        "again": described.linear_maker(inputs, 3),
    }
    teacher = tensors(inputs, 3)  # what can be learned is lost when the test images are in another order
    x, x_test = tensors(30, *shape), tensors(100, *shape)
    y, y_test = ((images.flatten(1) @ teacher).argmax(1) for images in (x, x_test))
    data = [x, y, x_test, y_test]
    settings = {"max_shift": max_shift, "epochs": 2, "batch_size": 8, "lr": 0.05, "seed": 9}
    run = check.later.compare(models, *data, permutation=tensors(pixels).argsort(), **settings)
    check.run(described.table(run, list(models), COLUMNS))


@question("compare", points=1.5, after=("CNN", "train"), seconds=SECONDS)
def test_the_cnn_finds_patterns_anywhere(student, tensors):
    """Your CNN, trained by your train, finds a pattern wherever it is in an image that it has not seen"""
    state = cnn_state(tensors, [1, 8, 8], 3, (8, 8))
    x, y = patterns(tensors, 400, moving=True)  # of 200, it once learned too little
    x_test, y_test = patterns(tensors, 200, moving=True)
    model = described.load_state(student.later.CNN(1, [8, 8], 3, 8), state)
    run = student.later.train(described.kept(1, model), x, y, epochs=15, batch_size=20, lr=0.01, seed=2)
    assert share_right(student.run(run, described.predict(described.kept(1, model), x_test)), y_test) >= 0.8


@question("compare", points=1, after=("MLP", "train"), seconds=SECONDS)
def test_the_mlp_learns_shuffled_images_as_well(student, tensors):
    """Your MLP, trained by your train, is as good on shuffled images as on plain ones"""
    state = mlp_state(tensors, [64, 12, 3])
    x, y = patterns(tensors, 120, moving=False)
    x_test, y_test = patterns(tensors, 100, moving=False)
    order = tensors(64).argsort()
    shares = []
    for pixels in (torch.arange(64), order):
        shuffled, shuffled_test = (images.flatten(2)[:, :, pixels].reshape(images.shape) for images in (x, x_test))
        model = described.load_state(student.later.MLP(64, [12], 3), state)
        run = student.later.train(described.kept(1, model), shuffled, y, epochs=12, batch_size=20, lr=0.01, seed=2)
        predicted = student.run(run, described.predict(described.kept(1, model), shuffled_test))
        shares.append(share_right(predicted, y_test))
    assert min(shares) >= 0.85
    assert abs(shares[0] - shares[1]) <= 0.1
