import torch
import torch.nn as nn
import torch.nn.functional as F


class MLP(nn.Module):
    def __init__(self, in_features, hidden, classes):
        super().__init__()
        sizes = [in_features] + list(hidden) + [classes]
        for s in sizes:
            if s < 1:
                raise ValueError("bad size")
        self.layers = nn.ModuleList([nn.Linear(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)])

    def forward(self, x):
        x = x.view(x.size(0), -1) if x.is_contiguous() else x.reshape(x.size(0), -1)
        for i in range(len(self.layers)):
            x = self.layers[i](x)
            if i + 1 < len(self.layers):
                x = torch.relu(x)
        return x


class CNN(nn.Module):
    def __init__(self, in_channels, channels, classes, in_size):
        super().__init__()
        if type(in_size) is int:
            in_size = (in_size, in_size)
        if len(channels) == 0:
            raise ValueError("a CNN needs at least one block")
        h, w = in_size
        blocks = []
        c = in_channels
        for n in channels:
            if c < 1 or n < 1:
                raise ValueError("channels must be positive")
            blocks.append(nn.Conv2d(c, n, 3, padding=1))
            c = n
            h, w = h // 2, w // 2
        if h < 1 or w < 1 or classes < 1:
            raise ValueError("image too small")
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Linear(c * h * w, classes)

    def forward(self, x):
        for conv in self.blocks:
            x = F.max_pool2d(F.relu(conv(x)), kernel_size=2)
        x = torch.flatten(x, 1)
        return self.head(x)


def permute_pixels(x, permutation):
    n = x[0, 0].numel()
    if permutation.numel() != n or set(permutation.tolist()) != set(range(n)):
        raise ValueError("not a permutation")
    flat = x.reshape(x.shape[0], x.shape[1], n)
    return flat[..., permutation].reshape(x.shape)


def mlp_from_conv(weight, bias, in_size, stride=1, padding=0):
    raise NotImplementedError("mlp_from_conv: write the kernel into the row of every output unit, where its window lies")


def train(model, x, y, *, epochs, batch_size, lr, seed):
    raise NotImplementedError("train: take a step of Adam for every batch of every epoch")


def accuracy(model, x, y):
    raise NotImplementedError("accuracy: count the right answers in evaluation mode")


def shift_robustness(model, x, y, max_shift):
    raise NotImplementedError("shift_robustness: measure the accuracy for every distance and direction")


def compare(models, x, y, x_test, y_test, *, permutation, max_shift, epochs, batch_size, lr, seed):
    raise NotImplementedError("compare: train each model on clean and on permuted images, and measure")
