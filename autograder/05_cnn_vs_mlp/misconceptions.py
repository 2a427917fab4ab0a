"""Implementations that are wrong on purpose: the mistakes that students make, each with the sentence that helps.

A student's failing answers are compared with what these would answer. The file stands on its own, because
`convclass verify` submits it as a student's code: it imports nothing of the course but the decorator. Models are made
by functions, which take a class's place.
"""

import copy
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, cross_entropy, max_pool2d, pad, relu, softmax

from convclass.exam import misconception

# ---------------------------------------------------------------- what all of them get right, unless told otherwise


def both(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def demand(possible):
    if not possible:
        raise ValueError("this request is impossible")


class Dense(nn.Module):
    """A dense network, whose steps can be changed one by one."""

    def __init__(self, widths, bias=True, first=nn.Identity, between=relu, last=nn.Identity):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=bias) for a, b in pairwise(widths))
        self.first, self.between, self.last = first, between, last

    def forward(self, x):
        x = self.first(x)
        for number, layer in enumerate(self.layers):
            x = layer(self.between(x) if number else x)
        return self.last(x)


def flat(x):
    return x.flatten(1)


def unchanged(x):
    return x


def probabilities(x):
    return softmax(x, 1)


def dense(inputs, hidden, classes, **parts):
    widths = [inputs, *hidden, classes]
    demand(min(widths) > 0)
    return Dense(widths, **{"first": flat, "last": unchanged} | parts)


class Convolutional(nn.Module):
    """A convolutional network, whose steps can be changed one by one."""

    def __init__(self, widths, features, classes, block, last, **settings):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Conv2d(a, b, 3, **{"padding": 1} | settings) for a, b in pairwise(widths))
        self.head = nn.Linear(features, classes)
        self.block, self.last = block, last

    def forward(self, x):
        for number, layer in enumerate(self.blocks, 1):
            x = self.block(layer(x), number == len(self.blocks))
        return self.last(self.head(x.flatten(1)))


def plain_block(x, is_last):
    return max_pool2d(relu(x), 2)


def halved(size, blocks):
    return size // 2**blocks


def convolutional(inputs, channels, classes, size, block=plain_block, last=unchanged, left=halved, **settings):
    height, width = (left(side, len(channels)) for side in both(size))
    possible = [halved(side, len(channels)) for side in both(size)]
    demand(len(channels) > 0 and min(inputs, *channels, classes, *possible) > 0)
    return Convolutional([inputs, *channels], channels[-1] * height * width, classes, block, last, **settings)


def check_permutation(x, permutation):
    demand(sorted(permutation.tolist()) == list(range(x[0, 0].numel())))


def conv_sizes(weight, bias, size, stride, padding):
    """(rows, columns) of the output."""
    demand(bias is None or bias.shape == weight.shape[:1])
    axes = list(zip(both(size), weight.shape[2:], both(stride), both(padding), strict=True))
    demand(all(s > 0 and p >= 0 and n + 2 * p >= k for n, k, s, p in axes))
    return [(n + 2 * p - k) // s + 1 for n, k, s, p in axes]


def conv_rows(weight, counts, size, stride, padding, cut=True):
    """(K, oH, oW, C, H, W): what each output unit does to each pixel; the padding's pixels are cut off."""
    (rows, columns), (height, width) = counts, both(size)
    (down, right), (top, left) = both(stride), both(padding)
    (filters, channels, tall, wide) = weight.shape
    canvas = weight.new_zeros(filters, rows, columns, channels, height + 2 * top, width + 2 * left)
    for i in range(rows):
        for j in range(columns):
            canvas[:, i, j, :, i * down : i * down + tall, j * right : j * right + wide] = weight
    return canvas[..., top : top + height, left : left + width] if cut else canvas


def linear_layer(matrix, biases):
    layer = nn.Linear(matrix.shape[1], matrix.shape[0], bias=biases is not None, dtype=matrix.dtype)
    layer.weight.data = matrix.clone()
    if biases is not None:
        layer.bias.data = biases.clone()
    return layer


def conv_layer(weight, bias, size, stride=1, padding=0):
    counts = conv_sizes(weight, bias, size, stride, padding)
    units = conv_rows(weight, counts, size, stride, padding)
    return linear_layer(units.flatten(3).flatten(0, 2), spread(bias, counts))


def spread(bias, counts):
    return None if bias is None else bias.repeat_interleave(counts[0] * counts[1])


def check_training(x, y, epochs, batch_size, lr):
    demand(len(x) == len(y) > 0 and batch_size > 0 and epochs >= 0 and lr >= 0)


def batches_of(count, batch_size, seed):
    """A function that gives the batches of the next epoch."""
    generator = torch.Generator().manual_seed(seed)
    return lambda: torch.randperm(count, generator=generator).split(batch_size)


def learn(
    model, x, y, *, epochs, batch_size, lr, seed,
    batches=None, loss_of=cross_entropy, optimizer=torch.optim.Adam, zero=True, mode=True, renew=False,
):  # fmt: skip
    """Train, and return the losses and sizes of all batches, epoch by epoch."""
    check_training(x, y, epochs, batch_size, lr)
    next_batches = batches or batches_of(len(x), batch_size, seed)
    steps = optimizer(model.parameters(), lr=lr)
    if mode:
        model.train()
    history = []
    for _ in range(epochs):
        steps = optimizer(model.parameters(), lr=lr) if renew else steps
        history.append([])
        for batch in next_batches():
            loss = loss_of(model(x[batch]), y[batch])
            if zero:
                steps.zero_grad()
            loss.backward()
            steps.step()
            history[-1].append((loss.item(), len(batch)))
    return history


def mean_losses(history):
    return [sum(loss * size for loss, size in epoch) / sum(size for _, size in epoch) for epoch in history]


def share_right(model, x, y):
    demand(len(x) == len(y) > 0)
    before = model.training
    model.eval()
    with torch.no_grad():
        right = int((model(x).argmax(1) == y).sum())
    model.train(before)
    return right / len(y)


def moved(x, down, right):
    return pad(x, (right, -right, down, -down))


def four_ways(shift):
    return [(shift, 0), (-shift, 0), (0, shift), (0, -shift)]


def check_shift(x, max_shift):
    demand(0 <= max_shift < min(x.shape[2:]))


def shares(model, x, y, shift, move=moved, ways=four_ways):
    return [share_right(model, move(x, *way), y) for way in ways(shift)]


def mean(values):
    return sum(values) / len(values)


def robustness(model, x, y, max_shift, **how):
    check_shift(x, max_shift)
    return [mean(shares(model, x, y, shift, **how)) for shift in range(max_shift + 1)]


def permuted(x, permutation):
    check_permutation(x, permutation)
    return x.flatten(2)[:, :, permutation].reshape(x.shape)


def fitted(make, x, y, seed, **settings):
    torch.manual_seed(seed)
    model = make()
    learn(model, x, y, seed=seed, **settings)
    return model


def count(model):
    return sum(p.numel() for p in model.parameters())


def measured(model, shuffled, test, shuffled_test, max_shift):
    return {
        "parameters": count(model),
        "clean": share_right(model, *test),
        "shifted": robustness(model, *test, max_shift)[-1],
        "permuted": share_right(shuffled, *shuffled_test),
    }


# -------------------------------------------------------------------------------------------------------- MLP


@misconception(
    "MLP",
    "no ReLU between the layers",
    "Without a ReLU between them, several linear layers are together only one linear layer. Where does yours bend?",
)
def mlp_linear(in_features, hidden, classes):
    return dense(in_features, hidden, classes, between=unchanged)


@misconception(
    "MLP",
    "ReLU after the head",
    "Your scores are never negative: the ReLU is behind the last layer too. The loss needs the scores as they are.",
)
def mlp_ends_in_relu(in_features, hidden, classes):
    return dense(in_features, hidden, classes, last=relu)


@misconception(
    "MLP",
    "softmax in the head",
    "Your scores are probabilities already. cross_entropy does the softmax itself, and twice is once too often.",
)
def mlp_ends_in_softmax(in_features, hidden, classes):
    return dense(in_features, hidden, classes, last=probabilities)


@misconception(
    "MLP",
    "log-softmax in the head",
    "Your scores went through a logarithm of the softmax. cross_entropy does that itself: return the plain scores.",
)
def mlp_ends_in_log_softmax(in_features, hidden, classes):
    return dense(in_features, hidden, classes, last=lambda x: torch.log_softmax(x, 1))


@misconception(
    "MLP",
    "ReLU before the first layer",
    "The images themselves went through a ReLU, which wipes out everything negative. The first layer comes first.",
)
def mlp_begins_with_relu(in_features, hidden, classes):
    return dense(in_features, hidden, classes, first=lambda x: relu(x.flatten(1)))


@misconception(
    "MLP",
    "hidden layers forgotten",
    "You go from the image straight to the classes. Every number in hidden is a layer of that width in between.",
)
def mlp_without_hidden(in_features, hidden, classes):
    demand(min([in_features, *hidden, classes]) > 0)
    return dense(in_features, [], classes)


@misconception(
    "MLP",
    "only one hidden layer",
    "You made a layer of the first width in hidden only. hidden is a list: each of its numbers is a layer.",
)
def mlp_with_one_hidden(in_features, hidden, classes):
    demand(min([in_features, *hidden, classes]) > 0)
    return dense(in_features, hidden[:1], classes)


@misconception(
    "MLP",
    "ReLUs counted in the names",
    "Your list `layers` holds the ReLUs too, so that the second linear layer is layers.2. Put only nn.Linear into it, "
    "and apply the ReLU in forward.",
)
def mlp_with_relus_in_the_list(in_features, hidden, classes):
    model = dense(in_features, hidden, classes)
    for number in range(len(hidden), 0, -1):
        model.layers.insert(number, nn.ReLU())
    model.between = unchanged
    return model


@misconception(
    "MLP",
    "layers under another name",
    "The parameters have to be called layers.0.weight, layers.0.bias and so on: call the list of your linear layers "
    "`layers`, so that stored weights find their place.",
)
def mlp_with_numbered_names(in_features, hidden, classes):
    model = dense(in_features, hidden, classes)
    linears = list(model.layers)
    del model.layers
    for number, layer in enumerate(linears, 1):
        setattr(model, f"fc{number}", layer)
    model.__dict__["layers"] = linears
    return model


@misconception(
    "MLP",
    "layers in a plain list",
    "A Python list hides its layers from the model: it has no parameters, and nothing would be trained. "
    "Use nn.ModuleList.",
)
def mlp_with_a_plain_list(in_features, hidden, classes):
    model = dense(in_features, hidden, classes)
    linears = list(model.layers)
    del model.layers
    model.__dict__["layers"] = linears
    return model


@misconception(
    "MLP",
    "images not flattened",
    "Images come with channels, height and width. A linear layer wants one row of numbers for each: flatten first.",
)
def mlp_without_flatten(in_features, hidden, classes):
    return dense(in_features, hidden, classes, first=unchanged)


@misconception(
    "MLP",
    "batch flattened too",
    "Flatten every image, and not the whole batch into one row: the first axis, the images, has to stay.",
)
def mlp_flattens_the_batch(in_features, hidden, classes):
    return dense(in_features, hidden, classes, first=torch.flatten)


@misconception(
    "MLP",
    "no bias",
    "A dense layer adds a bias to every unit. nn.Linear has one, unless it is told otherwise.",
)
def mlp_without_bias(in_features, hidden, classes):
    return dense(in_features, hidden, classes, bias=False)


@misconception(
    "MLP",
    "gradients cut off",
    "Somewhere in forward the way back is cut, by .detach(), .data, or a detour over numpy. Then earlier layers never "
    "learn.",
)
def mlp_detached(in_features, hidden, classes):
    return dense(in_features, hidden, classes, between=lambda x: relu(x).detach())


@misconception(
    "MLP",
    "layers without units accepted",
    "A layer needs at least one unit. Look at all widths before you make the layers, and raise ValueError.",
)
def mlp_of_any_width(in_features, hidden, classes):
    widths = [max(width, 0) for width in (in_features, *hidden, classes)]
    return Dense(widths, first=flat, last=unchanged)


# -------------------------------------------------------------------------------------------------------- CNN


@misconception(
    "CNN",
    "head sized without the pooling",
    "Your head is made for as many numbers as there are when nothing is pooled. Every block halves height and width: "
    "follow one image to the end, and count what is left.",
)
def cnn_without_pools(in_channels, channels, classes, in_size):
    return convolutional(
        in_channels, channels, classes, in_size, block=lambda x, is_last: relu(x), left=lambda side, blocks: side
    )


@misconception(
    "CNN",
    "pooling only after the last block",
    "You pool once, at the end. Every block has a pooling of its own, and halves height and width.",
)
def cnn_with_one_pool(in_channels, channels, classes, in_size):
    return convolutional(
        in_channels, channels, classes, in_size,
        block=lambda x, is_last: max_pool2d(relu(x), 2) if is_last else relu(x), left=lambda side, blocks: side // 2,
    )  # fmt: skip


@misconception(
    "CNN",
    "convolutions without padding",
    "Without padding every 3 × 3 convolution takes a pixel off each side. padding=1 keeps the size.",
)
def cnn_without_padding(in_channels, channels, classes, in_size):
    def left(side, blocks):
        for _ in range(blocks):
            side = max(side - 2, 0) // 2
        return side

    return convolutional(in_channels, channels, classes, in_size, left=left, padding=0)


@misconception(
    "CNN",
    "size rounded up",
    "Pooling drops an odd row or column at the end: 7 pixels become 3. Round down after every block.",
)
def cnn_rounded_up(in_channels, channels, classes, in_size):
    def left(side, blocks):
        for _ in range(blocks):
            side = -(-side // 2)
        return side

    return convolutional(
        in_channels, channels, classes, in_size,
        block=lambda x, is_last: max_pool2d(relu(x), 2, ceil_mode=True), left=left,
    )  # fmt: skip


@misconception(
    "CNN",
    "image taken to be square",
    "You used the height for the width. Images need not be square: in_size may be (height, width).",
)
def cnn_of_square_images(in_channels, channels, classes, in_size):
    convolutional(in_channels, channels, classes, in_size)
    return convolutional(in_channels, channels, classes, both(in_size)[0])


@misconception(
    "CNN",
    "no ReLU",
    "Between convolution and pooling comes a ReLU. Without it only the pooling bends, and the head can undo little.",
)
def cnn_without_relu(in_channels, channels, classes, in_size):
    return convolutional(in_channels, channels, classes, in_size, block=lambda x, is_last: max_pool2d(x, 2))


@misconception(
    "CNN",
    "average instead of maximum",
    "You take the mean of every 2 × 2 window. That is pooling too, but these blocks take the maximum.",
)
def cnn_with_averages(in_channels, channels, classes, in_size):
    return convolutional(in_channels, channels, classes, in_size, block=lambda x, is_last: avg_pool2d(relu(x), 2))


@misconception(
    "CNN",
    "pooling windows that overlap",
    "Your pooling takes steps of one pixel, so that the image hardly shrinks. The step of a 2 × 2 window is 2.",
)
def cnn_with_overlapping_pools(in_channels, channels, classes, in_size):
    return convolutional(
        in_channels, channels, classes, in_size,
        block=lambda x, is_last: max_pool2d(relu(x), 2, stride=1), left=lambda side, blocks: side - blocks,
    )  # fmt: skip


@misconception(
    "CNN",
    "softmax in the head",
    "Your scores are probabilities already. cross_entropy does the softmax itself, and twice is once too often.",
)
def cnn_ends_in_softmax(in_channels, channels, classes, in_size):
    return convolutional(in_channels, channels, classes, in_size, last=probabilities)


@misconception(
    "CNN",
    "ReLU after the head",
    "Your scores are never negative: there is a ReLU behind the head. The loss needs the scores as they are.",
)
def cnn_ends_in_relu(in_channels, channels, classes, in_size):
    return convolutional(in_channels, channels, classes, in_size, last=relu)


@misconception(
    "CNN",
    "blocks named with their layers",
    "Your blocks are sequences, so that their weights are called blocks.0.0.weight. Put only nn.Conv2d into `blocks`, "
    "and do ReLU and pooling in forward.",
)
def cnn_of_sequences(in_channels, channels, classes, in_size):
    model = convolutional(in_channels, channels, classes, in_size, block=lambda x, is_last: x)
    model.blocks = nn.ModuleList(nn.Sequential(layer, nn.ReLU(), nn.MaxPool2d(2)) for layer in model.blocks)
    return model


@misconception(
    "CNN",
    "gradients cut off",
    "Somewhere in forward the way back is cut, by .detach(), .data, or a detour over numpy. Then the filters never "
    "learn.",
)
def cnn_detached(in_channels, channels, classes, in_size):
    return convolutional(
        in_channels, channels, classes, in_size, block=lambda x, is_last: max_pool2d(relu(x), 2).detach()
    )


@misconception(
    "CNN",
    "impossible sizes accepted",
    "A network without a block, a block without filters, or pools that leave no pixel: check for these first, and "
    "raise ValueError.",
)
def cnn_of_any_size(in_channels, channels, classes, in_size):
    height, width = (halved(side, len(channels)) for side in both(in_size))
    widths = [in_channels, *channels]
    features = widths[-1] * height * width
    return Convolutional([max(w, 0) for w in widths], features, classes, plain_block, unchanged)


# --------------------------------------------------------------------------------------------- permute_pixels


@misconception(
    "permute_pixels",
    "each image in another order",
    "Every image of yours is shuffled differently. Then not even a dense network can learn anything: use one and the "
    "same order for all.",
)
def permute_each(x, permutation):
    check_permutation(x, permutation)
    rows = x.flatten(2)
    images = [image[:, permutation.roll(number)] for number, image in enumerate(rows)]
    return torch.stack(images).reshape(x.shape)


@misconception(
    "permute_pixels",
    "each channel in another order",
    "The channels of an image are shuffled differently. A pixel moves with all its channels.",
)
def permute_each_channel(x, permutation):
    check_permutation(x, permutation)
    channels = [x.flatten(2)[:, c, permutation.roll(c)] for c in range(x.shape[1])]
    return torch.stack(channels, 1).reshape(x.shape)


@misconception(
    "permute_pixels",
    "inverse permutation",
    "You send pixel p to place permutation[p]. It is the other way round: at place p stands pixel permutation[p].",
)
def permute_back(x, permutation):
    check_permutation(x, permutation)
    result = torch.empty_like(x.flatten(2))
    result[:, :, permutation] = x.flatten(2)
    return result.reshape(x.shape)


@misconception(
    "permute_pixels",
    "only rows permuted",
    "You move whole rows, and keep the pixels of a row together. Every pixel has a place of its own in the order.",
)
def permute_rows(x, permutation):
    check_permutation(x, permutation)
    return x[:, :, permutation[permutation < x.shape[2]]]


@misconception(
    "permute_pixels",
    "channels flattened too",
    "You put the channels into the row of pixels, and the order is too short for that. Flatten from axis 2 on.",
)
def permute_flat(x, permutation):
    check_permutation(x, permutation)
    return x.flatten(1)[:, permutation].reshape(x.shape)


@misconception(
    "permute_pixels",
    "result left flat",
    "The pixels are in the right order, but they stay a row. Give the result the shape that x had.",
)
def permute_without_shape(x, permutation):
    check_permutation(x, permutation)
    return x.flatten(2)[:, :, permutation]


@misconception(
    "permute_pixels",
    "pixels counted column by column",
    "You count the pixels downwards. They are counted row by row: pixel 1 is the right-hand neighbour of pixel 0.",
)
def permute_columns(x, permutation):
    check_permutation(x, permutation)
    turned = x.transpose(-1, -2) if x.ndim == 4 else x
    result = turned.flatten(2)[:, :, permutation].reshape(turned.shape)
    return result.transpose(-1, -2).contiguous() if x.ndim == 4 else result


@misconception(
    "permute_pixels",
    "input changed",
    "You write into x itself, and the caller's images are gone. Make a new tensor.",
)
def permute_in_place(x, permutation):
    result = permuted(x, permutation)
    x.copy_(result)
    return x


@misconception(
    "permute_pixels",
    "any order accepted",
    "An order that leaves a pixel out, or names one twice, is no permutation: compare it, sorted, with 0, 1, 2, ...",
)
def permute_by_anything(x, permutation):
    pixels = x.flatten(2)[:, :, permutation]
    return pixels.reshape(x.shape) if pixels.numel() == x.numel() else pixels


# ---------------------------------------------------------------------------------------------- mlp_from_conv


@misconception(
    "mlp_from_conv",
    "weight transposed",
    "Rows and columns of your weight are swapped: nn.Linear wants one row for each output, one column for each input.",
)
def conv_transposed(weight, bias, in_size, stride=1, padding=0):
    layer = conv_layer(weight, bias, in_size, stride, padding)
    turned = nn.Linear(layer.out_features, layer.in_features, bias=bias is not None, dtype=weight.dtype)
    turned.weight.data = layer.weight.data.T.contiguous()
    turned.bias = layer.bias
    return turned


@misconception(
    "mlp_from_conv",
    "bias missing",
    "The convolution adds a bias, your layer adds none. Every unit of a filter's map gets that filter's bias.",
)
def conv_without_bias(weight, bias, in_size, stride=1, padding=0):
    layer = conv_layer(weight, bias, in_size, stride, padding)
    if layer.bias is not None:
        layer.bias.data.zero_()
    return layer


@misconception(
    "mlp_from_conv",
    "biases in the wrong order",
    "All units of the first filter's map come first, then those of the second. repeat() gives 1, 2, 1, 2; "
    "repeat_interleave() gives 1, 1, 2, 2.",
)
def conv_with_tiled_bias(weight, bias, in_size, stride=1, padding=0):
    layer = conv_layer(weight, bias, in_size, stride, padding)
    if bias is not None:
        layer.bias.data = bias.repeat(layer.out_features // len(bias))
    return layer


@misconception(
    "mlp_from_conv",
    "bias where there is none",
    "Without a bias in the convolution there is none in the layer: nn.Linear(..., bias=False).",
)
def conv_with_bias_always(weight, bias, in_size, stride=1, padding=0):
    return conv_layer(weight, weight.new_zeros(len(weight)) if bias is None else bias, in_size, stride, padding)


@misconception(
    "mlp_from_conv",
    "padding ignored",
    "Your layer computes the convolution without padding: it has too few outputs. Windows may begin outside the image.",
)
def conv_without_padding(weight, bias, in_size, stride=1, padding=0):
    conv_sizes(weight, bias, in_size, stride, padding)
    return conv_layer(weight, bias, in_size, stride, 0)


@misconception(
    "mlp_from_conv",
    "columns for the padding",
    "Your layer expects a padded image. It gets the image itself: leave the columns of the padding out.",
)
def conv_with_padded_input(weight, bias, in_size, stride=1, padding=0):
    counts = conv_sizes(weight, bias, in_size, stride, padding)
    units = conv_rows(weight, counts, in_size, stride, padding, cut=False)
    return linear_layer(units.flatten(3).flatten(0, 2), spread(bias, counts))


@misconception(
    "mlp_from_conv",
    "stride ignored",
    "Your layer has a unit for every window, as if the stride were 1. The stride leaves windows out.",
)
def conv_without_stride(weight, bias, in_size, stride=1, padding=0):
    conv_sizes(weight, bias, in_size, stride, padding)
    return conv_layer(weight, bias, in_size, 1, padding)


@misconception(
    "mlp_from_conv",
    "stride ignored where the window begins",
    "The number of outputs is right, but the window of output [i, j] still begins at pixel [i, j]. It begins at "
    "[i * stride, j * stride].",
)
def conv_with_close_windows(weight, bias, in_size, stride=1, padding=0):
    counts = conv_sizes(weight, bias, in_size, stride, padding)
    units = conv_rows(weight, counts, in_size, 1, padding)
    return linear_layer(units.flatten(3).flatten(0, 2), spread(bias, counts))


@misconception(
    "mlp_from_conv",
    "height and width swapped",
    "Stride and padding come as (height, width), and you use them as (width, height).",
)
def conv_with_swapped_settings(weight, bias, in_size, stride=1, padding=0):
    conv_sizes(weight, bias, in_size, stride, padding)
    return conv_layer(weight, bias, in_size, both(stride)[::-1], both(padding)[::-1])


@misconception(
    "mlp_from_conv",
    "kernel flipped",
    "The layers of deep learning do not flip the kernel: its first number meets the first pixel of the window.",
)
def conv_flipped(weight, bias, in_size, stride=1, padding=0):
    return conv_layer(weight.flip(2, 3), bias, in_size, stride, padding)


@misconception(
    "mlp_from_conv",
    "only the first channel",
    "The kernel reaches through all channels of the image, and you use its first slice only.",
)
def conv_of_one_channel(weight, bias, in_size, stride=1, padding=0):
    only = weight.clone()
    only[:, 1:] = 0
    return conv_layer(only, bias, in_size, stride, padding)


@misconception(
    "mlp_from_conv",
    "outputs ordered by position first",
    "Your outputs run through the filters of one position, then of the next. A flattened output has the whole map of "
    "filter 0 first.",
)
def conv_by_position(weight, bias, in_size, stride=1, padding=0):
    counts = conv_sizes(weight, bias, in_size, stride, padding)
    units = conv_rows(weight, counts, in_size, stride, padding).permute(1, 2, 0, 3, 4, 5)
    return linear_layer(units.flatten(3).flatten(0, 2), None if bias is None else bias.repeat(counts[0] * counts[1]))


@misconception(
    "mlp_from_conv",
    "matrix instead of a layer",
    "You return the matrix. Asked for is an nn.Linear that holds it.",
)
def conv_matrix(weight, bias, in_size, stride=1, padding=0):
    return conv_layer(weight, bias, in_size, stride, padding).weight


@misconception(
    "mlp_from_conv",
    "impossible convolutions accepted",
    "A kernel that does not fit, a stride of 0 or negative padding: check for these first, and raise ValueError.",
)
def conv_of_anything(weight, bias, in_size, stride=1, padding=0):
    axes = zip(both(in_size), weight.shape[2:], both(stride), both(padding), strict=True)
    counts = [max((n + 2 * p - k) // max(s, 1) + 1, 0) for n, k, s, p in axes]
    if min(both(padding)) < 0:
        return conv_layer(weight, bias, in_size, stride, 0)
    return linear_layer(
        conv_rows(weight, counts, in_size, stride, padding).flatten(3).flatten(0, 2), spread(bias, counts)
    )


# ------------------------------------------------------------------------------------------------------ train


@misconception(
    "train",
    "gradients not set to zero",
    "Gradients add up from batch to batch until they are set to zero. Reset them with zero_grad before every backward.",
)
def train_without_zero(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, zero=False, **settings))


@misconception(
    "train",
    "images not shuffled",
    "Your batches are the same in every epoch, in the order of x. Each epoch draws a new order with torch.randperm.",
)
def train_in_order(model, x, y, *, epochs, batch_size, lr, seed):
    def in_order():
        return torch.arange(len(x)).split(batch_size)

    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, batches=in_order, **settings))


@misconception(
    "train",
    "same order in every epoch",
    "Every epoch goes through the images in the same order. Seed the generator once, at the start, and draw from it in "
    "each epoch.",
)
def train_in_one_order(model, x, y, *, epochs, batch_size, lr, seed):
    def again():
        return torch.randperm(len(x), generator=torch.Generator().manual_seed(seed)).split(max(batch_size, 1))

    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, batches=again, **settings))


@misconception(
    "train",
    "last batch dropped",
    "The images that do not fill a last batch are left out. A smaller batch is a batch too.",
)
def train_whole_batches(model, x, y, *, epochs, batch_size, lr, seed):
    check_training(x, y, epochs, batch_size, lr)
    draw = batches_of(len(x), batch_size, seed)

    def whole():
        return [batch for batch in draw() if len(batch) == batch_size]

    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    history = learn(model, x, y, batches=whole, **settings)
    return mean_losses(history) if all(history) else [0.0 for _ in history]


@misconception(
    "train",
    "losses added up",
    "You return the sum of the batches' losses. Asked for is their mean: with twice as many batches it stays the same.",
)
def train_sums(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return [sum(loss for loss, _ in epoch) for epoch in learn(model, x, y, **settings)]


@misconception(
    "train",
    "small last batch counted like the others",
    "You take the mean over the batches, so that each image of a small last batch counts more. Weight each batch's "
    "loss with its number of images.",
)
def train_means_of_means(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return [mean([loss for loss, _ in epoch]) for epoch in learn(model, x, y, **settings)]


@misconception(
    "train",
    "loss of every batch",
    "You return a loss for each batch. Asked for is one for each epoch.",
)
def train_losses_of_batches(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return [loss for epoch in learn(model, x, y, **settings) for loss, _ in epoch]


@misconception(
    "train",
    "loss of the last batch only",
    "You return the loss of each epoch's last batch. Asked for is the mean over all images of the epoch.",
)
def train_last_losses(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return [epoch[-1][0] for epoch in learn(model, x, y, **settings)]


@misconception(
    "train",
    "not switched to training mode",
    "A model that comes in evaluation mode is trained in it: dropout and batch normalisation stand still. "
    "Switch it to training mode first.",
)
def train_in_any_mode(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, mode=False, **settings))


@misconception(
    "train",
    "SGD instead of Adam",
    "Your steps are those of plain gradient descent. So that results can be compared, the optimiser is "
    "torch.optim.Adam.",
)
def train_with_sgd(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, optimizer=torch.optim.SGD, **settings))


@misconception(
    "train",
    "softmax before the loss",
    "F.cross_entropy wants the scores as the model gives them, and does the softmax itself. Yours went through one "
    "already.",
)
def train_with_softmax(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, loss_of=lambda z, t: cross_entropy(softmax(z, 1), t), **settings))


@misconception(
    "train",
    "new optimiser in every epoch",
    "Adam remembers earlier gradients, and yours forgets them at each epoch. Make the optimiser once, before the loop.",
)
def train_with_new_optimizers(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, renew=True, **settings))


@misconception(
    "train",
    "one epoch only",
    "You return after the first epoch: look at how far the `return` is indented.",
)
def train_once(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": min(epochs, 1), "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(model, x, y, **settings))


@misconception(
    "train",
    "copy trained",
    "The model that was handed to you is as it was: you trained a copy of it.",
)
def train_a_copy(model, x, y, *, epochs, batch_size, lr, seed):
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    return mean_losses(learn(copy.deepcopy(model), x, y, **settings))


@misconception(
    "train",
    "impossible training accepted",
    "Not one class for each image, an empty batch, a negative number of epochs: check first, and raise ValueError.",
)
def train_anything(model, x, y, *, epochs, batch_size, lr, seed):
    common = min(len(x), len(y))
    settings = {"epochs": max(epochs, 0), "batch_size": max(batch_size, 1), "lr": lr, "seed": seed}
    return mean_losses(learn(model, x[:common], y[:common], **settings))


# --------------------------------------------------------------------------------------------------- accuracy


@misconception(
    "accuracy",
    "accuracy in per cent",
    "Your answer goes up to 100. Asked for is a share, from 0 to 1.",
)
def accuracy_in_percent(model, x, y):
    return 100 * share_right(model, x, y)


@misconception(
    "accuracy",
    "right answers counted",
    "You return how many answers are right. Divide by how many there are.",
)
def accuracy_as_a_count(model, x, y):
    return share_right(model, x, y) * len(y)


@misconception(
    "accuracy",
    "share of wrong answers",
    "You measure the share of mistakes. The accuracy is the share of right answers.",
)
def accuracy_of_mistakes(model, x, y):
    return 1 - share_right(model, x, y)


@misconception(
    "accuracy",
    "left in evaluation mode",
    "The model is in evaluation mode when you are done, even if it was being trained. Put it back into its mode.",
)
def accuracy_leaves_eval(model, x, y):
    result = share_right(model, x, y)
    model.eval()
    return result


@misconception(
    "accuracy",
    "left in training mode",
    "The model is in training mode when you are done, even if it was not before. Put it back into the mode it had.",
)
def accuracy_leaves_training(model, x, y):
    result = share_right(model, x, y)
    model.train()
    return result


@misconception(
    "accuracy",
    "measured in the mode it was in",
    "Dropout and batch normalisation were at work while you measured. Switch the model to evaluation mode first.",
)
def accuracy_in_any_mode(model, x, y):
    demand(len(x) == len(y) > 0)
    with torch.no_grad():
        return int((model(x).argmax(1) == y).sum()) / len(y)


@misconception(
    "accuracy",
    "highest score along the wrong axis",
    "argmax along axis 0 finds the best image for each class. You want the best class for each image.",
)
def accuracy_of_the_wrong_axis(model, x, y):
    share_right(model, x, y)
    before = model.training
    with torch.no_grad():
        best = model.eval()(x).argmax(0)
    model.train(before)
    shared = min(len(best), len(y))
    return int((best[:shared] == y[:shared]).sum()) / len(y)


@misconception(
    "accuracy",
    "missing classes accepted",
    "One class for many images is stretched by torch without a word. Compare the lengths, and raise ValueError.",
)
def accuracy_of_anything(model, x, y):
    demand(len(x) > 0 and len(y) in (1, len(x)))
    return share_right(model, x, y.expand(len(x)))


# ------------------------------------------------------------------------------------------- shift_robustness


@misconception(
    "shift_robustness",
    "images wrap around",
    "What leaves your images on one side comes back on the other, as torch.roll does it. Here zeros come in.",
)
def shifts_wrap(model, x, y, max_shift):
    return robustness(model, x, y, max_shift, move=lambda images, down, right: images.roll((down, right), (2, 3)))


@misconception(
    "shift_robustness",
    "moved in one direction only",
    "You move to the right only. Move down, up, right and left, and take the mean of the four.",
)
def shifts_one_way(model, x, y, max_shift):
    return robustness(model, x, y, max_shift, ways=lambda shift: [(0, shift)])


@misconception(
    "shift_robustness",
    "moved down only",
    "You move downwards only. Move down, up, right and left, and take the mean of the four.",
)
def shifts_down(model, x, y, max_shift):
    return robustness(model, x, y, max_shift, ways=lambda shift: [(shift, 0)])


@misconception(
    "shift_robustness",
    "only down and to the right",
    "Your images never move up or to the left. There are four directions.",
)
def shifts_two_ways(model, x, y, max_shift):
    return robustness(model, x, y, max_shift, ways=lambda shift: [(shift, 0), (0, shift)])


@misconception(
    "shift_robustness",
    "moved diagonally",
    "Your images move along both axes at once. Each of the four directions moves along one axis only.",
)
def shifts_diagonally(model, x, y, max_shift):
    ways = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    return robustness(model, x, y, max_shift, ways=lambda shift: [(shift * a, shift * b) for a, b in ways])


@misconception(
    "shift_robustness",
    "distance 0 left out",
    "Your list begins with a distance of 1. The first entry is the accuracy of the images as they are.",
)
def shifts_from_one(model, x, y, max_shift):
    return robustness(model, x, y, max_shift)[1:]


@misconception(
    "shift_robustness",
    "largest distance left out",
    "Your list ends one too early: range(max_shift) stops before max_shift, which counts too.",
)
def shifts_below_the_largest(model, x, y, max_shift):
    return robustness(model, x, y, max_shift)[:-1]


@misconception(
    "shift_robustness",
    "directions added up",
    "You add the four accuracies up. Asked for is their mean.",
)
def shifts_summed(model, x, y, max_shift):
    return [4 * share for share in robustness(model, x, y, max_shift)]


@misconception(
    "shift_robustness",
    "worst direction instead of the mean",
    "You take the smallest of the four accuracies. Asked for is their mean.",
)
def shifts_at_worst(model, x, y, max_shift):
    check_shift(x, max_shift)
    return [min(shares(model, x, y, shift)) for shift in range(max_shift + 1)]


@misconception(
    "shift_robustness",
    "distances added up",
    "Every move starts from images that have moved already. Start from the original images for each distance.",
)
def shifts_on_shifts(model, x, y, max_shift):
    check_shift(x, max_shift)
    images, found = [x] * 4, []
    for shift in range(max_shift + 1):
        images = [moved(image, *way) for image, way in zip(images, four_ways(shift), strict=True)]
        found.append(mean([share_right(model, image, y) for image in images]))
    return found


@misconception(
    "shift_robustness",
    "impossible shifts accepted",
    "When the shift is as large as the image, nothing of it is left; and a negative one means nothing. "
    "Raise ValueError.",
)
def shifts_of_anything(model, x, y, max_shift):
    def move(images, down, right):
        height, width = images.shape[2:]
        near = max(-height, min(down, height)), max(-width, min(right, width))
        result = torch.zeros_like(images)
        rows, columns = (slice(max(n, 0), size + min(n, 0)) for n, size in zip(near, (height, width), strict=True))
        sources = [slice(max(-n, 0), size + min(-n, 0)) for n, size in zip(near, (height, width), strict=True)]
        result[:, :, rows, columns] = images[:, :, sources[0], sources[1]]
        return result

    return [mean(shares(model, x, y, shift, move=move)) for shift in range(max_shift + 1)]


# ---------------------------------------------------------------------------------------------------- compare


@misconception(
    "compare",
    "tested on plain images",
    "The second model is trained on shuffled images and tested on plain ones. Shuffle the test images too.",
)
def compare_tests_plain(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test, mixed = (x_test, y_test), permuted(x, permutation)
    pairs = {name: (fitted(make, x, y, **how), fitted(make, mixed, y, **how)) for name, make in models.items()}
    return {name: measured(*pair, test, test, max_shift) for name, pair in pairs.items()}


@misconception(
    "compare",
    "not trained on shuffled images",
    "You show shuffled images to the model that was trained on plain ones. Train a second, new model on shuffled "
    "images.",
)
def compare_trains_once(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test, mixed = (x_test, y_test), (permuted(x_test, permutation), y_test)
    trained = {name: fitted(make, x, y, **how) for name, make in models.items()}
    return {name: measured(model, model, test, mixed, max_shift) for name, model in trained.items()}


@misconception(
    "compare",
    "shuffled images go on with a trained model",
    "The model that learns the shuffled images has learned the plain ones before. Make a new one.",
)
def compare_goes_on(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test, mixed = (x_test, y_test), (permuted(x_test, permutation), y_test)
    trained = {name: fitted(make, x, y, **how) for name, make in models.items()}
    second = {name: copy.deepcopy(model) for name, model in trained.items()}
    for model in second.values():
        learn(model, permuted(x, permutation), y, **how)
    return {name: measured(model, second[name], test, mixed, max_shift) for name, model in trained.items()}


@misconception(
    "compare",
    "shuffled images not shuffled",
    "The column of the shuffled images equals that of the plain ones to the digit: nothing was shuffled.",
)
def compare_without_shuffling(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test = x_test, y_test
    trained = {name: fitted(make, x, y, **how) for name, make in models.items()}
    return {name: measured(model, model, test, test, max_shift) for name, model in trained.items()}


@misconception(
    "compare",
    "seed set only once",
    "You set the seed at the beginning only, so that later models start from other weights. Set it before you make "
    "each model.",
)
def compare_seeds_once(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test, mixed = (x_test, y_test), (permuted(x_test, permutation), y_test)
    torch.manual_seed(seed)
    rows = {}
    for name, make in models.items():
        plain = make()
        learn(plain, x, y, **how)
        second = make()
        learn(second, permuted(x, permutation), y, **how)
        rows[name] = measured(plain, second, test, mixed, max_shift)
    return rows


@misconception(
    "compare",
    "measured on the training images",
    "You measure on the images that the models were trained on. What counts is how they do on others.",
)
def compare_on_training_images(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    seen, mixed = (x, y), permuted(x, permutation)
    pairs = {name: (fitted(make, x, y, **how), fitted(make, mixed, y, **how)) for name, make in models.items()}
    return {name: measured(*pair, seen, (mixed, y), max_shift) for name, pair in pairs.items()}


@misconception(
    "compare",
    "mean over all shifts",
    "Your third column is the mean over all distances. Asked for is the accuracy at max_shift alone.",
)
def compare_all_shifts(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test, mixed, both_mixed = (x_test, y_test), permuted(x, permutation), (permuted(x_test, permutation), y_test)
    pairs = {name: (fitted(make, x, y, **how), fitted(make, mixed, y, **how)) for name, make in models.items()}
    rows = {name: measured(*pair, test, both_mixed, max_shift) for name, pair in pairs.items()}
    for name, row in rows.items():
        row["shifted"] = mean(robustness(pairs[name][0], *test, max_shift))
    return rows


@misconception(
    "compare",
    "parameter tensors counted",
    "You count weights and biases as one each. Every number in them is a parameter.",
)
def compare_counts_tensors(
    models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed
):  # fmt: skip
    how = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed}
    test, mixed, both_mixed = (x_test, y_test), permuted(x, permutation), (permuted(x_test, permutation), y_test)
    pairs = {name: (fitted(make, x, y, **how), fitted(make, mixed, y, **how)) for name, make in models.items()}
    rows = {name: measured(*pair, test, both_mixed, max_shift) for name, pair in pairs.items()}
    for name, row in rows.items():
        row["parameters"] = len(list(pairs[name][0].parameters()))
    return rows
