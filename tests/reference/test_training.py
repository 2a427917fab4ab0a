"""Training against Adam written out in numpy, accuracies against counting by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from convclass.reference import MLP, accuracy, compare, shift_robustness, train

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


def numpy_train(weight, x, y, epochs, batch_size, lr, seed):
    """Softmax regression without bias by Adam (Kingma & Ba 2015, algorithm 1), its gradient written out."""
    generator = torch.Generator().manual_seed(seed)
    first, second, step, losses = np.zeros_like(weight), np.zeros_like(weight), 0, []
    for _ in range(epochs):
        order, each = torch.randperm(len(x), generator=generator).numpy(), []
        for start in range(0, len(x), batch_size):
            xs, ys = x[order[start : start + batch_size]], y[order[start : start + batch_size]]
            scores = np.exp(xs @ weight.T)
            shares = scores / scores.sum(1, keepdims=True)
            each += [-np.log(share[label]) for share, label in zip(shares, ys, strict=True)]
            gradient = (shares - np.eye(len(weight))[ys]).T @ xs / len(xs)
            step += 1
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            weight = weight - lr * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        losses.append(np.mean(each))
    return weight, losses


def problem(n=23, features=5, classes=3):
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(n, features, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, classes, (n,), generator=generator)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("epochs", "batch_size"), [(1, 23), (3, 7), (4, 1), (2, 100), (0, 5)])
def test_train_is_adam_on_the_mean_loss(device, epochs, batch_size):
    x, y = problem()
    model = nn.Linear(5, 3, bias=False, dtype=torch.float64, device=device)
    weight = model.weight.detach().cpu().numpy().copy()
    expected, losses = numpy_train(weight, x.numpy(), y.numpy(), epochs, batch_size, 0.05, 9)
    found = train(model, x.to(device), y.to(device), epochs=epochs, batch_size=batch_size, lr=0.05, seed=9)
    np.testing.assert_allclose(found, losses, rtol=1e-9)
    np.testing.assert_allclose(model.weight.detach().cpu().numpy(), expected, rtol=1e-6, atol=1e-9)


def test_the_seed_decides_and_nothing_else():
    x, y = problem()
    runs = []
    for seed, noise in ((1, 0), (1, 5), (2, 0)):
        torch.manual_seed(0)
        model = MLP(5, [4], 3).double()
        torch.manual_seed(noise)
        runs.append(train(model, x, y, epochs=3, batch_size=4, lr=0.05, seed=seed))
    assert runs[0] == runs[1] != runs[2]


def test_dropout_is_at_work_while_training():
    x, y = problem()
    model = nn.Sequential(nn.Linear(5, 3).double(), nn.Dropout(1.0)).eval()
    before = model[0].weight.clone()
    assert train(model, x, y, epochs=1, batch_size=5, lr=0.1, seed=0) == pytest.approx([np.log(3)])
    assert torch.equal(model[0].weight, before)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("training", [True, False])
def test_accuracy_counts_in_evaluation_mode(device, training):
    x, y = problem()
    model = nn.Sequential(nn.Linear(5, 3).double(), nn.Dropout(1.0)).to(device).train(training)
    weight, bias = (p.detach().cpu().numpy() for p in model[0].parameters())
    right = [int(np.argmax(weight @ image + bias) == label) for image, label in zip(x.numpy(), y, strict=True)]
    assert 0 < sum(right) < len(right)
    assert accuracy(model, x.to(device), y.to(device)) == sum(right) / len(right)
    assert model.training == training


class Bright(nn.Module):
    """Answers the column of the first bright pixel of row 1."""

    def forward(self, x):
        return x[:, 0, 1]


def test_shift_robustness_moves_four_ways_and_loses_what_leaves():
    x = torch.zeros(4, 1, 3, 4)
    for n in range(4):
        x[n, 0, 1, n] = 1
    y = torch.arange(4)
    by_hand = []
    for shift in range(3):
        right = 0
        for down, across in ((shift, 0), (-shift, 0), (0, shift), (0, -shift)):
            for n in range(4):
                row = [0.0] * 4
                for column in range(4):
                    from_row, from_column = 1 - down, column - across
                    if 0 <= from_row < 3 and 0 <= from_column < 4:
                        row[column] = float(x[n, 0, from_row, from_column])
                right += int(np.argmax(row) == n)
        by_hand.append(right / 16)
    assert by_hand == [1.0, 3 / 16, 3 / 16]  # an empty row counts as column 0; a pixel that wraps would be found
    assert shift_robustness(Bright(), x, y, 2) == by_hand


def test_compare_trains_twice_and_tells_what_it_measured():
    generator = torch.Generator().manual_seed(1)
    x, x_test = torch.randn(40, 1, 4, 5, generator=generator), torch.randn(30, 1, 4, 5, generator=generator)
    y, y_test = (images[:, 0, 1, 1] > 0 for images in (x, x_test))
    y, y_test = y.long(), y_test.long()
    permutation = torch.randperm(20, generator=generator)
    settings = {"epochs": 2, "batch_size": 8, "lr": 0.02, "seed": 3}

    def make():
        return MLP(20, [6], 2)

    rows = compare({"mlp": make}, x, y, x_test, y_test, permutation=permutation, max_shift=2, **settings)
    torch.manual_seed(3)
    plain = make()
    train(plain, x, y, **settings)
    torch.manual_seed(3)
    shuffled = make()
    train(shuffled, x.flatten(1)[:, permutation], y, **settings)
    assert rows == {
        "mlp": {
            "parameters": 140,
            "clean": accuracy(plain, x_test, y_test),
            "shifted": shift_robustness(plain, x_test, y_test, 2)[2],
            "permuted": accuracy(shuffled, x_test.flatten(1)[:, permutation], y_test),
        }
    }


X, Y = torch.ones(4, 1, 2, 3), torch.zeros(4, dtype=torch.long)
SETTINGS = {"epochs": 1, "batch_size": 2, "lr": 0.1, "seed": 0}


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: train(model, X, Y[:3], **SETTINGS),
        lambda model: train(model, X[:0], Y[:0], **SETTINGS),
        lambda model: train(model, X, Y, **SETTINGS | {"batch_size": 0}),
        lambda model: train(model, X, Y, **SETTINGS | {"epochs": -1}),
        lambda model: train(model, X, Y, **SETTINGS | {"lr": -0.1}),
        lambda model: accuracy(model, X[:3], Y),
        lambda model: accuracy(model, X[:0], Y[:0]),
        lambda model: shift_robustness(model, X, Y, -1),
        lambda model: shift_robustness(model, X, Y, 2),
        lambda model: compare({"m": lambda: model}, X, Y, X, Y, permutation=torch.arange(5), max_shift=1, **SETTINGS),
    ],
)
def test_impossible_requests(ask):
    with pytest.raises(ValueError):
        ask(MLP(6, [], 2))
