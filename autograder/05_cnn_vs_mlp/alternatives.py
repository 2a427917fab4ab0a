"""Implementations that are right in other ways than the solution: hidden tests must give them full marks.

The file stands on its own, because `convclass verify` submits it as a student's code.
"""

import itertools
import math

import numpy as np
import torch
from torch import nn

from convclass.exam import alternative


def demand(possible):
    if not possible:
        raise ValueError("impossible")


def both(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


# -------------------------------------------------------------------------------------------------------- MLP


class OwnLayer(nn.Module):
    """A dense layer made of parameters."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / math.sqrt(inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.einsum("ni,oi->no", x, self.weight) + self.bias


class OwnNetwork(nn.Module):
    """Layers in a list, ReLU as a clamp."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        *inner, last = self.layers
        x = x.reshape(len(x), -1)
        for layer in inner:
            x = layer(x).clamp(min=0)
        return last(x)


@alternative("MLP", "layers of its own")
def mlp_by_hand(in_features, hidden, classes):
    widths = [in_features, *list(hidden), classes]
    demand(all(width >= 1 for width in widths))
    return OwnNetwork(nn.ModuleList(OwnLayer(a, b) for a, b in itertools.pairwise(widths)))


@alternative("MLP", "a sequence of linear layers, walked by hand")
def mlp_in_sequence(in_features, hidden, classes):
    demand(in_features > 0 and classes > 0 and all(width > 0 for width in hidden))
    layers, inputs = nn.Sequential(), in_features
    for width in hidden:
        layers.append(nn.Linear(inputs, width))
        inputs = width
    layers.append(nn.Linear(inputs, classes))
    return OwnNetwork(layers)


@alternative("MLP", "a lazy flatten and torch's ReLU modules outside of the list")
def mlp_with_modules(in_features, hidden, classes):
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            widths = [in_features, *hidden, classes]
            demand(min(widths) >= 1)
            self.flatten, self.act = nn.Flatten(), nn.ReLU(inplace=True)
            self.layers = nn.ModuleList()
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))

        def forward(self, x):
            x = self.flatten(x)
            for i, layer in enumerate(self.layers):
                x = layer(x)
                if i < len(self.layers) - 1:
                    x = self.act(x)
            return x

    return Network()


# -------------------------------------------------------------------------------------------------------- CNN


class PooledFirst(nn.Module):
    """Pooling before ReLU, by reshaping: the maximum and the ReLU may change places."""

    def __init__(self, inputs, channels, classes, size):
        super().__init__()
        self.blocks = nn.ModuleList()
        height, width = size
        for filters in channels:
            self.blocks.append(nn.Conv2d(inputs, filters, (3, 3), padding="same"))
            inputs, height, width = filters, height // 2, width // 2
        demand(height > 0 and width > 0)
        self.head = nn.Linear(inputs * height * width, classes)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
            rows, columns = x.shape[2] // 2, x.shape[3] // 2
            windows = x[:, :, : 2 * rows, : 2 * columns].reshape(*x.shape[:2], rows, 2, columns, 2)
            x = windows.amax((3, 5)).relu()
        return self.head(torch.flatten(x, start_dim=1))


@alternative("CNN", "pooling by reshaping, before the ReLU")
def cnn_pooled_first(in_channels, channels, classes, in_size):
    demand(channels and min(in_channels, *channels, classes) >= 1)
    return PooledFirst(in_channels, channels, classes, both(in_size))


class Measured(nn.Module):
    """Finds the size of its head by sending an empty image through the blocks."""

    def __init__(self, inputs, channels, classes, size):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Conv2d(a, b, 3, 1, 1) for a, b in itertools.pairwise([inputs, *channels]))
        self.pool = nn.MaxPool2d(2, 2)
        with torch.no_grad():
            try:
                features = self.features(torch.zeros(1, inputs, *size)).shape[1]
            except RuntimeError as error:
                raise ValueError("the image is too small") from error
        self.head = nn.Linear(features, classes)

    def features(self, x):
        for block in self.blocks:
            x = self.pool(torch.relu(block(x)))
        return x.flatten(1)

    def forward(self, x):
        return self.head(self.features(x))


@alternative("CNN", "the head's size measured with an empty image")
def cnn_measured(in_channels, channels, classes, in_size):
    demand(len(channels) >= 1 and in_channels >= 1 and classes >= 1 and min(channels) >= 1)
    return Measured(in_channels, channels, classes, both(in_size))


# --------------------------------------------------------------------------------------------- permute_pixels


@alternative("permute_pixels", "index_select")
def permute_selected(x, permutation):
    pixels = math.prod(x.shape[2:])
    demand(len(permutation) == pixels and len(set(permutation.tolist()) & set(range(pixels))) == pixels)
    return torch.index_select(x.reshape(*x.shape[:2], pixels), 2, permutation).view(x.shape)


@alternative("permute_pixels", "numpy, image by image")
def permute_in_numpy(x, permutation):
    order = permutation.numpy()
    demand(np.array_equal(np.sort(order), np.arange(x[0, 0].numel())))
    images = [np.stack([channel.ravel()[order] for channel in image]) for image in x.numpy()]
    return torch.from_numpy(np.stack(images)).reshape(x.shape)


@alternative("permute_pixels", "a permutation matrix")
def permute_by_matrix(x, permutation):
    pixels = x.flatten(2)
    demand(torch.equal(permutation.sort()[0], torch.arange(pixels.shape[-1])))
    matrix = torch.eye(pixels.shape[-1], dtype=x.dtype)[permutation]
    return (pixels @ matrix.T).reshape(x.shape)


# ---------------------------------------------------------------------------------------------- mlp_from_conv


def sizes(weight, bias, in_size, stride, padding):
    demand(bias is None or len(bias) == len(weight))
    result = []
    for n, k, s, p in zip(both(in_size), weight.shape[2:], both(stride), both(padding), strict=True):
        demand(s >= 1 and p >= 0 and k <= n + 2 * p)
        result.append((n + 2 * p - k) // s + 1)
    return result


def filled(weight, bias, matrix):
    layer = nn.Linear(matrix.shape[1], matrix.shape[0], bias=bias is not None).to(weight)
    state = {"weight": matrix}
    if bias is not None:
        state["bias"] = bias[:, None].expand(-1, matrix.shape[0] // len(bias)).flatten()
    layer.load_state_dict(state)
    return layer


@alternative("mlp_from_conv", "weight by weight, with the index arithmetic written out")
def conv_by_index(weight, bias, in_size, stride=1, padding=0):
    (rows, columns), (height, width) = sizes(weight, bias, in_size, stride, padding), both(in_size)
    (down, right), (top, left) = both(stride), both(padding)
    matrix = torch.zeros(len(weight) * rows * columns, weight.shape[1] * height * width, dtype=weight.dtype)
    for k, i, j in itertools.product(range(len(weight)), range(rows), range(columns)):
        for c, u, v in itertools.product(*map(range, weight.shape[1:])):
            row, column = i * down + u - top, j * right + v - left
            if 0 <= row < height and 0 <= column < width:
                matrix[(k * rows + i) * columns + j, (c * height + row) * width + column] = weight[k, c, u, v]
    return filled(weight, bias, matrix)


@alternative("mlp_from_conv", "one pixel at a time through a convolution of its own")
def conv_by_pixels(weight, bias, in_size, stride=1, padding=0):
    (rows, columns), (height, width) = sizes(weight, bias, in_size, stride, padding), both(in_size)
    (down, right), (top, left) = both(stride), both(padding)
    pixels = weight.shape[1] * height * width
    images = torch.eye(pixels, dtype=weight.dtype).view(pixels, weight.shape[1], height, width)
    images = nn.functional.pad(images, (left, left, top, top))
    answers = torch.zeros(pixels, len(weight), rows, columns, dtype=weight.dtype)
    for u, v in itertools.product(*map(range, weight.shape[2:])):
        seen = images[:, :, u : u + down * (rows - 1) + 1 : down, v : v + right * (columns - 1) + 1 : right]
        answers += torch.einsum("ncij,kc->nkij", seen, weight[:, :, u, v])
    return filled(weight, bias, answers.flatten(1).T)


# ------------------------------------------------------------------------------------------------------ train


@alternative("train", "Adam written out")
def train_by_hand(model, x, y, *, epochs, batch_size, lr, seed):
    demand(len(x) == len(y) and len(x) and batch_size >= 1 and epochs >= 0 and lr >= 0)
    generator = torch.Generator()
    generator.manual_seed(seed)
    model.train(True)
    parameters = [p for p in model.parameters() if p.requires_grad]
    first, second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    losses, step = [], 0
    for _ in range(epochs):
        each = []
        for batch in torch.split(torch.randperm(len(x), generator=generator), batch_size):
            logs = torch.log_softmax(model(x[batch]), dim=1)
            found = -logs[torch.arange(len(batch)), y[batch]]
            gradients = torch.autograd.grad(found.mean(), parameters, allow_unused=True)
            step += 1
            with torch.no_grad():
                for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                    g = torch.zeros_like(p) if g is None else g
                    m += 0.1 * (g - m)
                    v += 0.001 * (g * g - v)
                    p -= lr * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
            each += found.tolist()
        losses.append(float(np.mean(each)))
    return losses


@alternative("train", "the losses of all images collected, as tensors")
def train_collecting(model, x, y, *, epochs, batch_size, lr, seed):
    demand(0 < len(x) == len(y) and batch_size > 0 and epochs >= 0 and lr >= 0)
    rng, adam = torch.Generator().manual_seed(seed), torch.optim.Adam(model.parameters(), lr)
    criterion, history = nn.CrossEntropyLoss(reduction="none"), []
    for _ in range(epochs):
        model.train()
        order, losses = torch.randperm(x.shape[0], generator=rng).tolist(), []
        while order:
            batch, order = order[:batch_size], order[batch_size:]
            each = criterion(model(x[batch]), y[batch])
            model.zero_grad()
            each.mean().backward()
            adam.step()
            losses.append(each.detach())
        history.append(torch.cat(losses).mean())
    return history


# --------------------------------------------------------------------------------------------------- accuracy


@alternative("accuracy", "numpy, in batches")
def accuracy_in_batches(model, x, y):
    demand(len(x) == len(y) and len(y) > 0)
    mode, right = model.training, 0
    try:
        model.train(False)
        with torch.inference_mode():
            for images, classes in zip(x.split(4), y.split(4), strict=True):
                right += int((np.argmax(model(images).numpy(), axis=-1) == classes.numpy()).sum())
    finally:
        model.train(mode)
    return right / x.shape[0]


@alternative("accuracy", "a mean, as a 0-d tensor")
def accuracy_as_tensor(model, x, y):
    demand(x.shape[0] == y.shape[0] != 0)
    mode = model.training
    model.eval()
    best = torch.max(model(x), dim=1).indices
    model.train(mode)
    return (best == y).double().mean()


# ------------------------------------------------------------------------------------------- shift_robustness


@alternative("shift_robustness", "images of zeros, filled by slices")
def shifts_by_slices(model, x, y, max_shift):
    height, width = x.shape[2:]
    demand(0 <= max_shift < height and max_shift < width)
    mode = model.training
    model.eval()
    result = []
    for s in range(max_shift + 1):
        down, up, right, left = (torch.zeros_like(x) for _ in range(4))
        down[:, :, s:] = x[:, :, : height - s]
        up[:, :, : height - s] = x[:, :, s:]
        right[..., s:] = x[..., : width - s]
        left[..., : width - s] = x[..., s:]
        with torch.no_grad():
            answers = model(torch.cat([down, up, right, left])).argmax(1)
        result.append((answers == y.repeat(4)).double().mean().item())
    model.train(mode)
    return result


@alternative("shift_robustness", "rolled, and what came round wiped out")
def shifts_by_rolling(model, x, y, max_shift):
    demand(max_shift >= 0 and max_shift < min(x.shape[-2:]))
    mode, result = model.training, []
    model.eval()
    for s in range(max_shift + 1):
        right = 0
        for axis, sign in itertools.product((2, 3), (1, -1)):
            moved = torch.roll(x, sign * s, axis)
            start = 0 if sign > 0 else x.shape[axis] - s
            moved.narrow(axis, start, s).zero_()
            right += int((model(moved).argmax(1) == y).sum())
        result.append(right / (4 * len(y)))
    model.train(mode)
    return np.array(result)


# ---------------------------------------------------------------------------------------------------- compare


@alternative("compare", "one loop over both orders of the pixels")
def compare_in_a_loop(models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed):
    rows = {name: {} for name in models}
    plain = torch.arange(len(permutation))
    for name, (column, order) in itertools.product(models, (("clean", plain), ("permuted", permutation))):
        train_set, test_set = (permute_selected(images, order) for images in (x, x_test))
        torch.manual_seed(seed)
        model = models[name]()
        train_collecting(model, train_set, y, epochs=epochs, batch_size=batch_size, lr=lr, seed=seed)
        rows[name][column] = accuracy_in_batches(model, test_set, y_test)
        if column == "clean":
            rows[name]["parameters"] = sum(math.prod(p.shape) for p in model.parameters())
            rows[name]["shifted"] = shifts_by_slices(model, x_test, y_test, max_shift)[-1]
    return rows
