"""Training a classifier, measuring it, and comparing several on clean, moved and shuffled images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from convclass.reference.geometry import at_least
from convclass.reference.models import permute_pixels

Row = dict[str, float]


def train(model: nn.Module, x: Tensor, y: Tensor, *, epochs: int, batch_size: int, lr: float, seed: int) -> list[float]:
    """Train by Adam on the cross-entropy; the mean loss of each epoch's images, as they were met.

    Each epoch goes once through the images in a fresh order, drawn by `torch.randperm` from one generator that was
    seeded with `seed`, in batches of `batch_size`, the last of which may be smaller. The model is in training mode.
    Raises ValueError when x and y differ in length or are empty, for a batch below 1, or epochs or lr below 0.
    Source: Kingma & Ba 2015, with torch's settings.
    """
    _check_data(x, y)
    at_least(1, batch_size=batch_size)
    at_least(0, epochs=epochs)
    if lr < 0:
        raise ValueError(f"lr must not be negative, but is {lr}")
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    return [_epoch(model, x, y, optimizer, generator, batch_size) for _ in range(epochs)]


def _epoch(
    model: nn.Module, x: Tensor, y: Tensor, optimizer: torch.optim.Optimizer, generator: torch.Generator, size: int
) -> float:
    """One pass over all images; the mean of their losses."""
    total = 0.0
    order = torch.randperm(len(x), generator=generator).to(x.device)
    for batch in torch.split(order, size):
        loss = cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(x)


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of images whose highest score is that of their class, in evaluation mode; the mode is restored.

    Raises ValueError when x and y differ in length or are empty.
    """
    _check_data(x, y)
    before = model.training
    model.eval()
    with torch.no_grad():
        right = model(x).argmax(1) == y
    model.train(before)
    return int(right.sum()) / len(y)


def shift_robustness(model: nn.Module, x: Tensor, y: Tensor, max_shift: int) -> list[float]:
    """The accuracy for images that are moved by 0, 1, ... max_shift pixels.

    For each distance it is the mean over moving down, up, right and left; zeros come in at the edge.
    Raises ValueError for a negative max_shift, and when nothing would be left of the images.
    """
    at_least(0, max_shift=max_shift)
    if max_shift >= min(x.shape[2:]):
        raise ValueError(f"a shift of {max_shift} leaves nothing of images of {tuple(x.shape[2:])} pixels")
    return [_moved_accuracy(model, x, y, shift) for shift in range(max_shift + 1)]


def _moved_accuracy(model: nn.Module, x: Tensor, y: Tensor, shift: int) -> float:
    moves = [(shift, 0), (-shift, 0), (0, shift), (0, -shift)]
    return sum(accuracy(model, pad(x, (right, -right, down, -down)), y) for down, right in moves) / len(moves)


def compare(
    models: Mapping[str, Callable[[], nn.Module]],
    x: Tensor,
    y: Tensor,
    x_test: Tensor,
    y_test: Tensor,
    *,
    permutation: Tensor,
    max_shift: int,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
) -> dict[str, Row]:
    """The table of the experiment: for each model its parameters, and its accuracy on clean, moved, shuffled images.

    `models` maps names to functions that make a new model; torch's generator is seeded with `seed` before each call
    of them. "clean" and "shifted" (by `max_shift` pixels) are test accuracies after training on (x, y). "permuted" is
    the test accuracy of a second new model that is trained and tested on images permuted by `permutation`.
    Raises ValueError where the functions it uses do.
    """
    settings = {"epochs": epochs, "batch_size": batch_size, "seed": seed}

    def trained(make: Callable[[], nn.Module], images: Tensor) -> nn.Module:
        torch.manual_seed(seed)
        model = make()
        train(model, images, y, lr=lr, **settings)
        return model

    rows = {}
    for name, make in models.items():
        model, shuffled = trained(make, x), trained(make, permute_pixels(x, permutation))
        rows[name] = {
            "parameters": sum(p.numel() for p in model.parameters()),
            "clean": accuracy(model, x_test, y_test),
            "shifted": shift_robustness(model, x_test, y_test, max_shift)[-1],
            "permuted": accuracy(shuffled, permute_pixels(x_test, permutation), y_test),
        }
    return rows


def _check_data(x: Tensor, y: Tensor) -> None:
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"there must be one label for each image, not {len(y)} for {len(x)}")
