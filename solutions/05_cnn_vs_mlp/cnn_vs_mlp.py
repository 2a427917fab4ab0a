# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. CNN against MLP
#
# You build a dense network (MLP) and a convolutional one (CNN), a bridge between the two, and the tools of a
# fair experiment. Then you run it. The handout (README.md) has the pictures, and the questions that your
# experiment answers.
#
# This time torch's own layers are yours to use, but for the question `mlp_from_conv`. Leave what you have not
# reached as it is: it counts as *not attempted*, and the rest is still graded.

# %%
"""Dense against convolutional networks: the models, a bridge between them, training, and a fair comparison."""

import torch
import torch.nn.functional as F
from torch import nn

# %% tags=["public"]
import math

import torch

from convclass.exam import question
from convclass.exam.describer import described
from convclass.exam.forbidden import CONVOLUTIONS


def numbers(*shape):
    """Made-up weights and pixels: -1.25, -0.75, ... 1.25 in a fixed disorder."""
    return ((torch.arange(math.prod(shape)) * 7 + 3) % 11 - 5).reshape(shape) / 4


def labels(count, classes):
    """Made-up classes."""
    return (torch.arange(count) * 5 + 1) % 7 % classes


def weights(**shapes):
    """Made-up parameters of a model; `layers_0_weight` stands for `layers.0.weight`."""
    return {name.replace("_", "."): numbers(*shape) for name, shape in shapes.items()}


# %% [markdown]
# ## Step 1: the dense network
#
# Flatten every image into a row of numbers. Then dense layers (`nn.Linear`), with a ReLU between each two.
# Without the ReLUs the whole network would be one linear map. After the last layer comes nothing: its numbers
# are the *scores* of the classes, and the loss does the softmax itself.
#
# Names matter here. They are how weights are stored and loaded: call the list of layers `layers`
# (`nn.ModuleList`), and put the linear layers into it and nothing else.


# %%
class MLP(nn.Module):
    """A dense classifier: flatten, then linear layers with a ReLU between each two.

    in_features: int, how many numbers an image has
    hidden: list of ints, the width of every hidden layer; it may be empty
    classes: int, how many scores come out

    forward takes a tensor (N, ...) with in_features numbers for each of the N images, and returns the scores
    (N, classes). There is no softmax.
    The parameters are called layers.0.weight, layers.0.bias, layers.1.weight and so on.
    Raises ValueError when any of the numbers is below 1.

    >>> [name for name, _ in MLP(4, [3], 2).named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    def __init__(self, in_features, hidden, classes):
        super().__init__()
        ### BEGIN SOLUTION: make the linear layers
        widths = [in_features, *hidden, classes]
        if min(widths) < 1:
            raise ValueError(f"every width must be at least 1: {widths}")
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:], strict=True))
        ### END SOLUTION

    def forward(self, x):
        """Return the scores (N, classes) of the images."""
        ### BEGIN SOLUTION: flatten the images and send them through the layers
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)
        ### END SOLUTION


# %% tags=["public"]
@question(
    "MLP",
    hints=(
        "Write down the widths in a row: in_features, then hidden, then classes. "
        "Every two neighbours are one nn.Linear.",
        "In forward, flatten from axis 1 on. All layers but the last are followed by a ReLU.",
    ),
)
def test_public_mlp_parameters(check):
    """MLP has the right parameters, under the right names"""
    check.run(described.parameter_shapes(check.later.MLP(6, [4, 3], 2)))
    check.run(described.parameter_shapes(check.later.MLP(6, [], 2)))


@question("MLP")
def test_public_mlp_scores(check):
    """MLP turns images into scores, with a ReLU between the layers and nothing behind the last"""
    one = weights(layers_0_weight=(2, 6), layers_0_bias=(2,))
    check.run(described.call(described.load_state(check.later.MLP(6, [], 2), one), [numbers(3, 1, 2, 3)]))
    two = weights(layers_0_weight=(4, 6), layers_0_bias=(4,), layers_1_weight=(2, 4), layers_1_bias=(2,))
    check.run(described.call(described.load_state(check.later.MLP(6, [4], 2), two), [numbers(3, 1, 2, 3)]))


@question("MLP")
def test_public_mlp_refuses(check):
    """MLP raises ValueError for a layer without units"""
    check.raises(ValueError).run(described.parameter_shapes(check.later.MLP(6, [4, 0], 2)))


# %% [markdown]
# ## Step 2: the convolutional network
#
# A block is a 3 × 3 convolution with padding 1, a ReLU, and 2 × 2 max pooling, which halves height and width
# (rounding down). Behind the last block everything is flattened, and one linear layer, the *head*, makes the
# scores. How many numbers reach it? Only with the size of the images can you know: that is why the class asks
# for it, and why such a network takes images of one size only.


# %%
class CNN(nn.Module):
    """A convolutional classifier: blocks of convolution, ReLU and pooling, then a linear head.

    in_channels: int, channels of an image
    channels: list of ints, the filters of every block, at least one block
    classes: int, how many scores come out
    in_size: int or (int, int), height and width of an image

    A block is a 3 × 3 convolution with padding 1, a ReLU, and 2 × 2 max pooling with stride 2.
    forward takes a tensor (N, in_channels, H, W) and returns the scores (N, classes). There is no softmax.
    The convolutions are called blocks.0.weight, blocks.0.bias, blocks.1.weight and so on (blocks holds nothing
    else that has parameters), the linear layer head.weight and head.bias.
    Raises ValueError when a number is below 1, when there is no block (it would be no CNN), and when the
    pools leave nothing of the image.

    >>> CNN(1, [8, 16], 10, (16, 12)).head
    Linear(in_features=192, out_features=10, bias=True)
    """

    def __init__(self, in_channels, channels, classes, in_size):
        super().__init__()
        ### BEGIN SOLUTION: make the convolutions and the head
        height, width = (in_size, in_size) if isinstance(in_size, int) else in_size
        height, width = height // 2 ** len(channels), width // 2 ** len(channels)
        widths = [in_channels, *channels]
        if len(channels) < 1 or min(*widths, classes, height, width) < 1:
            raise ValueError("every number must be at least 1, and the pools must leave something of the image")
        self.blocks = nn.ModuleList(
            nn.Conv2d(a, b, kernel_size=3, padding=1) for a, b in zip(widths[:-1], widths[1:], strict=True)
        )
        self.head = nn.Linear(channels[-1] * height * width, classes)
        ### END SOLUTION

    def forward(self, x):
        """Return the scores (N, classes) of the images."""
        ### BEGIN SOLUTION: send the images through the blocks and the head
        for block in self.blocks:
            x = F.max_pool2d(F.relu(block(x)), 2)
        return self.head(x.flatten(1))
        ### END SOLUTION


# %% tags=["public"]
@question(
    "CNN",
    hints=(
        "Halve the height and the width once for each block, rounding down each time. What is left, times the "
        "channels of the last block, is what the head gets.",
        "blocks is an nn.ModuleList of nn.Conv2d. ReLU and pooling have no parameters: do them in forward.",
    ),
)
def test_public_cnn_parameters(check):
    """CNN has the right parameters, under the right names, also for images that are not square"""
    check.run(described.parameter_shapes(check.later.CNN(1, [2, 3], 5, 8)))
    check.run(described.parameter_shapes(check.later.CNN(3, [4], 2, (6, 11))))


@question("CNN")
def test_public_cnn_scores(check):
    """CNN turns images into scores"""
    one = weights(blocks_0_weight=(2, 1, 3, 3), blocks_0_bias=(2,), head_weight=(3, 12), head_bias=(3,))
    check.run(described.call(described.load_state(check.later.CNN(1, [2], 3, (4, 6)), one), [numbers(2, 1, 4, 6)]))


@question("CNN")
def test_public_cnn_refuses(check):
    """CNN raises ValueError when the pools leave nothing of the image"""
    check.raises(ValueError).run(described.parameter_shapes(check.later.CNN(1, [2, 2, 2], 3, (8, 7))))


# %% [markdown]
# ## Step 3: shuffle the pixels
#
# Draw one random order of the pixels, and put the pixels of *every* image into that same order. To you the
# images become noise. What becomes of them for each network? That is the experiment.


# %%
def permute_pixels(x, permutation):
    """Put the pixels of all images into one and the same other order.

    x: tensor (N, C, H, W), or (N, C, L) for signals
    permutation: tensor (P,) of whole numbers, where P = H * W (or L); it holds each of 0 ... P-1 once

    Pixels are counted row by row. Returns a tensor like x: its pixel p is pixel permutation[p] of x, in every
    image and every channel.
    Raises ValueError when permutation is not a permutation of the pixels.

    >>> permute_pixels(torch.tensor([[[[10, 11, 12]]]]), torch.tensor([2, 0, 1]))
    tensor([[[[12, 10, 11]]]])
    """
    ### BEGIN SOLUTION: take the pixels of every image in the order of the permutation
    pixels = x.flatten(2)
    if sorted(permutation.tolist()) != list(range(pixels.shape[2])):
        raise ValueError(f"the permutation must hold each of 0 ... {pixels.shape[2] - 1} once")
    return pixels[:, :, permutation.to(x.device)].reshape(x.shape)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "permute_pixels",
    hints=(
        "Flatten height and width into one axis, and leave batch and channels as they are.",
        "Indexing an axis with a tensor of whole numbers takes its entries in that order. "
        "Afterwards give the result the shape of x again.",
    ),
)
def test_public_permute_pixels(check):
    """permute_pixels takes the pixels of every image in the same order"""
    check.permute_pixels(torch.arange(24.0).reshape(2, 2, 2, 3), torch.tensor([4, 2, 0, 5, 1, 3]))
    check.permute_pixels(torch.arange(10.0).reshape(1, 2, 5), torch.tensor([1, 2, 3, 4, 0]))


@question("permute_pixels")
def test_public_permute_pixels_refuses(check):
    """permute_pixels raises ValueError for an order that names a pixel twice"""
    check.raises(ValueError).permute_pixels(torch.ones(2, 1, 2, 2), torch.tensor([0, 1, 1, 2]))


# %% [markdown]
# ## Step 4: a convolution is a dense layer
#
# Every output unit of a convolution is a weighted sum of input pixels, so there is an `nn.Linear` that does
# exactly the same to a flattened image. Most of its weights are zero, and the others repeat. Build it. Here
# torch's convolutions are forbidden, since the point is to see which weight goes where.
#
# The row of output unit `(filter, i, j)` belongs to the window at `(i * stride, j * stride)` of the padded
# image. What falls on the padding has no column: it would only be multiplied with zero.


# %%
def mlp_from_conv(weight, bias, in_size, stride=1, padding=0):
    """Build the linear layer that does to a flattened image what a convolution does to the image.

    weight: tensor (K, C, kH, kW)
    bias: tensor (K,), or None
    in_size: int or (int, int), height and width of the images
    stride, padding: int or (int, int), for height and width

    Returns an nn.Linear from C*H*W to K*oH*oW features, with the dtype and device of weight, and with a bias
    if the convolution has one: layer(x.flatten(1)) equals the flattened output of the convolution for x.
    Raises ValueError when the convolution is impossible: the kernel does not fit, stride is below 1, padding
    is negative, or bias has not K numbers.

    >>> mlp_from_conv(torch.tensor([[[[5.0, 7.0]]]]), None, (1, 3)).weight.data
    tensor([[5., 7., 0.],
            [0., 5., 7.]])
    """
    ### BEGIN SOLUTION: write the kernel into the row of every output unit, where its window lies
    filters, channels, kernel_height, kernel_width = weight.shape
    height, width = _pair(in_size)
    stride_h, stride_w = _pair(stride)
    padding_h, padding_w = _pair(padding)
    free_h, free_w = height + 2 * padding_h - kernel_height, width + 2 * padding_w - kernel_width
    if min(stride_h, stride_w) < 1 or min(padding_h, padding_w, free_h, free_w) < 0:
        raise ValueError("the kernel must fit, stride be at least 1, and padding at least 0")
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"{filters} filters need {filters} biases")
    rows, columns = free_h // stride_h + 1, free_w // stride_w + 1

    padded = weight.new_zeros(filters, rows, columns, channels, height + 2 * padding_h, width + 2 * padding_w)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride_h, j * stride_w
            padded[:, i, j, :, top : top + kernel_height, left : left + kernel_width] = weight
    matrix = padded[..., padding_h : padding_h + height, padding_w : padding_w + width]

    units, pixels = filters * rows * columns, channels * height * width
    layer = nn.Linear(pixels, units, bias=bias is not None, dtype=weight.dtype, device=weight.device)
    with torch.no_grad():
        layer.weight.copy_(matrix.reshape(units, pixels))
        if bias is not None:
            layer.bias.copy_(bias.repeat_interleave(rows * columns))
    return layer
    ### END SOLUTION


# %%
def _pair(value):
    """Return `value` for both axes as `(height, width)`: 3 becomes (3, 3), and (2, 3) stays (2, 3)."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


# %% tags=["public"]
@question(
    "mlp_from_conv",
    forbidden=CONVOLUTIONS,
    hints=(
        "Start with zeros of shape (K, oH, oW, C, H, W), without padding. Unit (k, i, j) sees the image "
        "[k, i, j] of it: write the kernel of filter k there. At the end, reshape to (K*oH*oW, C*H*W).",
        "With padding, make the images larger by the padding, and cut its rows and columns off before you reshape. "
        "The bias of a filter belongs to all oH*oW units of its map.",
    ),
)
def test_public_mlp_from_conv_weights(check):
    """mlp_from_conv puts the kernel where its windows lie"""
    check.run(described.state(check.later.mlp_from_conv(numbers(1, 1, 2, 2), None, 3)))
    check.run(described.state(check.later.mlp_from_conv(numbers(2, 1, 1, 2), numbers(2), (2, 3))))


@question("mlp_from_conv")
def test_public_mlp_from_conv_stride_and_padding(check):
    """mlp_from_conv honours stride and padding, different ones for height and width"""
    layer = check.later.mlp_from_conv(numbers(2, 2, 2, 3), numbers(2), (3, 4), stride=(1, 2), padding=(1, 0))
    check.run(described.call(layer, [numbers(3, 24)]))


@question("mlp_from_conv")
def test_public_mlp_from_conv_refuses(check):
    """mlp_from_conv raises ValueError when the kernel does not fit"""
    check.raises(ValueError).run(described.state(check.later.mlp_from_conv(numbers(1, 1, 3, 3), None, (2, 5))))


# %% [markdown]
# ## Step 5: train
#
# One *epoch* goes once through all images, in a new random order, a batch at a time. For every batch: scores,
# loss, gradients, one step of the optimiser. So that two people, or two models, can be compared, everything
# is fixed here: the optimiser, the loss, and how the order is drawn.


# %%
def train(model, x, y, *, epochs, batch_size, lr, seed):
    """Train a model in place, the same way whenever the seed is the same.

    model: an nn.Module that turns images into scores; it is trained in training mode
    x: tensor (N, ...), the images
    y: tensor (N,) of whole numbers, their classes
    epochs: int, how often to go through all images; with 0 nothing happens
    batch_size: int, images for one step; the last batch of an epoch may be smaller, and counts too
    lr: float, the learning rate
    seed: int

    The optimiser is torch.optim.Adam(model.parameters(), lr=lr), the loss F.cross_entropy. One
    torch.Generator is seeded with `seed` at the start, and every epoch draws its order with
    torch.randperm(N, generator=that generator); batches are taken from the order one after the other.

    Returns a list of floats: for every epoch the mean loss of its N images, each as it was when its batch came.
    Raises ValueError when x and y differ in length or are empty, when batch_size is below 1, or when epochs or
    lr are negative.

    >>> train(MLP(2, [], 2), torch.zeros(3, 2), torch.tensor([0, 1, 1]), epochs=0, batch_size=2, lr=0.1, seed=0)
    []
    """
    ### BEGIN SOLUTION: take a step of Adam for every batch of every epoch
    if len(x) != len(y) or len(x) == 0:
        raise ValueError("there must be one class for each image")
    if batch_size < 1 or epochs < 0 or lr < 0:
        raise ValueError("batch_size must be at least 1, epochs and lr at least 0")
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=generator).to(x.device)
        total = 0.0
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            loss = F.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(x))
    return losses
    ### END SOLUTION


# %% tags=["public"]
def dense(inputs, classes):
    """A linear classifier with made-up weights, ready to be trained."""
    return described.trainable(described.linear(numbers(classes, inputs), numbers(classes)))


def data(count, inputs, classes):
    """Made-up images and classes; float64, so that rounding does not grow while training."""
    return numbers(count, inputs), labels(count, classes)


@question(
    "train",
    seconds=10,
    hints=(
        "Two loops: over epochs, and in each over batches. Draw the order once for each epoch.",
        "F.cross_entropy gives the mean of a batch, and the last batch may be smaller. Weight each batch's loss with "
        "its number of images, add up, and divide by the number of all images at the end of the epoch.",
    ),
)
def test_public_train_returns_the_loss_of_every_epoch(check):
    """train returns the mean loss of each epoch"""
    settings = {"epochs": 3, "batch_size": 4, "lr": 0.1, "seed": 1}
    check.run(described.numbers(check.later.train(dense(3, 2), *data(8, 3, 2), **settings)))
    check.run(described.numbers(check.later.train(dense(3, 2), *data(10, 3, 2), **settings)))


@question("train", seconds=10)
def test_public_train_changes_the_model(check):
    """train leaves the model with the right weights"""
    model = described.kept(1, dense(3, 2))
    settings = {"epochs": 2, "batch_size": 3, "lr": 0.05, "seed": 2}
    check.run(check.later.train(model, *data(7, 3, 2), **settings), described.state(model))


@question("train", seconds=10)
def test_public_train_refuses(check):
    """train raises ValueError when images and classes differ in number"""
    check.raises(ValueError).train(dense(3, 2), numbers(4, 3), labels(5, 2), epochs=1, batch_size=2, lr=0.1, seed=0)


# %% [markdown]
# ## Step 6: measure
#
# The accuracy is the share of images whose highest score is that of their class. Dropout and batch
# normalisation behave differently in training and in use: switch to evaluation mode to measure, and leave the
# model afterwards in the mode in which you found it.


# %%
def accuracy(model, x, y):
    """Return the share of images that the model gets right, a float from 0 to 1.

    model: an nn.Module that turns images into scores; measured in evaluation mode, without gradients
    x: tensor (N, ...), the images
    y: tensor (N,) of whole numbers, their classes

    The model's mode (training or evaluation) is afterwards what it was before.
    Raises ValueError when x and y differ in length or are empty.

    >>> accuracy(nn.Identity(), torch.tensor([[3.0, 1.0], [2.0, 5.0]]), torch.tensor([0, 0]))
    0.5
    """
    ### BEGIN SOLUTION: count the right answers in evaluation mode
    if len(x) != len(y) or len(x) == 0:
        raise ValueError("there must be one class for each image")
    was_training = model.training
    model.eval()
    with torch.no_grad():
        right = (model(x).argmax(dim=1) == y).sum().item()
    model.train(was_training)
    return right / len(y)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "accuracy",
    hints=(
        "The class of the highest score is argmax along the axis of the classes.",
        "Note model.training before you switch with model.eval, and hand what you noted to model.train at the end.",
    ),
)
def test_public_accuracy(check):
    """accuracy is the share of right answers"""
    check.accuracy(dense(3, 2), numbers(8, 3), labels(8, 2))
    check.accuracy(dense(4, 3), numbers(10, 4), labels(10, 3))


@question("accuracy")
def test_public_accuracy_measures_in_evaluation_mode(check):
    """accuracy switches dropout off, and leaves the model in training mode if it was in it"""
    model = described.kept(1, described.sequence([dense(3, 2), described.dropout(1.0)]))
    check.run(check.later.accuracy(model, numbers(8, 3), labels(8, 2)))
    check.run(check.later.accuracy(model, numbers(8, 3), labels(8, 2)), described.is_training(model))


# %%
def shift_robustness(model, x, y, max_shift):
    """Return the accuracies for images that are moved by 0, 1, ... max_shift pixels.

    model, y: as in `accuracy`
    x: tensor (N, C, H, W)
    max_shift: int, at least 0 and smaller than H and W

    Returns a list of max_shift + 1 floats. Entry s is the mean of four accuracies: all images moved by s pixels
    down, up, to the right, to the left. What leaves the image is lost, and zeros come in from the other side.
    Raises ValueError for a negative max_shift, and for one that leaves nothing of the images.

    >>> shift_robustness(nn.Flatten(), torch.eye(4).reshape(4, 1, 2, 2), torch.arange(4), 1)
    [1.0, 0.125]
    """
    ### BEGIN SOLUTION: measure the accuracy for every distance and direction
    if max_shift < 0 or max_shift >= min(x.shape[2:]):
        raise ValueError(f"max_shift must be at least 0 and smaller than the images: {max_shift}")
    accuracies = []
    for shift in range(max_shift + 1):
        moves = [(shift, 0), (-shift, 0), (0, shift), (0, -shift)]
        moved = [F.pad(x, (right, -right, down, -down)) for down, right in moves]
        accuracies.append(sum(accuracy(model, images, y) for images in moved) / len(moves))
    return accuracies
    ### END SOLUTION


# %% tags=["public"]
@question(
    "shift_robustness",
    after="accuracy",
    hints=(
        "First write the moving of images: one direction, one distance. "
        "An image of zeros and two slices do it, or F.pad, which also takes negative numbers.",
        "For each distance move the images in all four directions, ask accuracy four times, and take the mean.",
    ),
)
def test_public_shift_robustness(check):
    """shift_robustness moves the images in all four directions, and what leaves them is lost"""
    model = described.sequence([described.flatten(), dense(12, 3)])
    check.run(described.numbers(check.later.shift_robustness(model, numbers(9, 1, 3, 4), labels(9, 3), 2)))


@question("shift_robustness")
def test_public_shift_robustness_refuses(check):
    """shift_robustness raises ValueError for a shift that leaves nothing of the images"""
    model = described.sequence([described.flatten(), dense(12, 3)])
    check.raises(ValueError).shift_robustness(model, numbers(9, 1, 3, 4), labels(9, 3), 3)


# %% [markdown]
# ## Step 7: the experiment
#
# Everything comes together: each model is trained and tested on clean images, tested on moved ones, and
# trained and tested *anew* on images whose pixels were shuffled. A fair comparison starts every training from
# the same seed.


# %%
def compare(models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed):
    """Return the table of the experiment: parameters, clean, shifted and permuted accuracy of several models.

    models: dict from a name to a function without arguments that makes a new model
    x, y: images (N, C, H, W) and classes (N,) to train on
    x_test, y_test: images and classes to measure on
    permutation: as in `permute_pixels`
    max_shift: as in `shift_robustness`
    epochs, batch_size, lr, seed: as in `train`

    For each name, in this order:
    call torch.manual_seed with the seed, make a new model, and train it on x and y; then
    call torch.manual_seed with the seed again, make another new model, and train it on the permuted x and y.

    Returns a dict from each name to a dict with
    "parameters": how many numbers the model's parameters hold,
    "clean": accuracy of the first model on x_test,
    "shifted": accuracy of the first model on x_test moved by max_shift pixels, as in `shift_robustness`,
    "permuted": accuracy of the second model on the permuted x_test.
    Raises ValueError where the functions it uses do.

    >>> images, classes = torch.zeros(3, 1, 2, 2), torch.arange(3)
    >>> settings = {"max_shift": 1, "epochs": 1, "batch_size": 2, "lr": 0.1, "seed": 0}
    >>> models = {"small": lambda: MLP(4, [], 3), "large": lambda: MLP(4, [7], 3)}
    >>> table = compare(models, images, classes, images, classes, permutation=torch.tensor([2, 0, 3, 1]), **settings)
    >>> {name: row["parameters"] for name, row in table.items()}
    {'small': 15, 'large': 59}
    """
    ### BEGIN SOLUTION: train each model on clean and on permuted images, and measure
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    table = {}
    for name, make in models.items():
        torch.manual_seed(seed)
        model = make()
        train(model, x, y, **settings)
        torch.manual_seed(seed)
        shuffled = make()
        train(shuffled, permute_pixels(x, permutation), y, **settings)
        table[name] = {
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "clean": accuracy(model, x_test, y_test),
            "shifted": shift_robustness(model, x_test, y_test, max_shift)[max_shift],
            "permuted": accuracy(shuffled, permute_pixels(x_test, permutation), y_test),
        }
    return table
    ### END SOLUTION


# %% tags=["public"]
COLUMNS = ["parameters", "clean", "shifted", "permuted"]


@question(
    "compare",
    after=("train", "accuracy", "shift_robustness", "permute_pixels"),
    seconds=10,
    hints=(
        "Your own functions do all the work: train, accuracy, shift_robustness, permute_pixels.",
        "The second model is a new one, made after the seed was set again. "
        "It sees permuted images in training and in the test, in the same order both times.",
    ),
)
def test_public_compare(check):
    """compare measures each model on clean, shifted and permuted images"""
    dense_model = described.sequence([described.flatten(), dense(12, 3)])
    models = {"dense": described.maker(dense_model), "drawn": described.linear_maker(12, 3)}
    images, classes = numbers(12, 1, 3, 4), labels(12, 3)
    table = check.later.compare(
        models,
        *(images, classes, images + 0.25, classes),
        permutation=torch.tensor([7, 2, 9, 4, 11, 6, 1, 8, 3, 10, 5, 0]),
        max_shift=1,
        epochs=3,
        batch_size=5,
        lr=0.05,
        seed=4,
    )
    check.run(described.table(table, list(models), COLUMNS))


@question("compare", after=("CNN", "MLP", "train"), seconds=10)
def test_public_compare_refuses(check):
    """compare raises ValueError when images and classes differ in number"""
    models = {"drawn": described.linear_maker(12, 3)}
    images, settings = numbers(6, 1, 3, 4), {"max_shift": 1, "epochs": 1, "batch_size": 4, "lr": 0.1, "seed": 0}
    data = [images, labels(5, 3), images, labels(6, 3)]
    check.raises(ValueError).compare(models, *data, permutation=torch.arange(12), **settings)


# %% [markdown]
# ## Step 8: run it
#
# Nothing to write here. `experiment()` trains your two networks on scikit-learn's handwritten digits, placed
# in the middle of a canvas of 16 × 16 pixels, and prints your table. It takes about a minute and needs
# scikit-learn (`pip install scikit-learn`). Call it in a Python shell in this folder:
#
#     from cnn_vs_mlp import experiment
#     experiment()
#
# Before you look: which column will differ most between the two, and which one not at all?


# %%
def digits_on_canvas(size=16):
    """Return images (N, 1, size, size) and classes of 1297 digits to train on, and of 500 others to test on."""
    from sklearn.datasets import load_digits  # here, because grading has no scikit-learn

    digits = load_digits()
    x = torch.tensor(digits.images / 16, dtype=torch.float32).unsqueeze(1)
    y = torch.tensor(digits.target)
    border = (size - 8) // 2
    x = F.pad(x, (border, size - 8 - border, border, size - 8 - border))
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    x, y = x[order], y[order]
    return x[:1297], y[:1297], x[1297:], y[1297:]


def experiment(max_shift=2):
    """Train an MLP and a CNN on the digits, and print the table."""
    models = {"MLP": lambda: MLP(256, [64], 10), "CNN": lambda: CNN(1, [8, 16], 10, 16)}
    permutation = torch.randperm(256, generator=torch.Generator().manual_seed(1))
    table = compare(
        models,
        *digits_on_canvas(),
        permutation=permutation,
        max_shift=max_shift,
        epochs=30,
        batch_size=64,
        lr=3e-3,
        seed=0,
    )
    print(f"{'':5} parameters   clean   {max_shift} px  permuted")
    for name, row in table.items():
        shares = " ".join(f"{row[column]:8.1%}" for column in ("clean", "shifted", "permuted"))
        print(f"{name:5} {row['parameters']:10} {shares}")
