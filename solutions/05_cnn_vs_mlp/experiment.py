"""The experiment behind the handout's tables: `python solutions/05_cnn_vs_mlp/experiment.py` writes experiment.json.

It takes some minutes and its last digits depend on the machine, so a release reads the stored numbers. Both sets of
data are there without a download: scikit-learn's digits, and MNIST-1D (Greydanus & Kobak 2024, "Scaling down deep
learning with MNIST-1D"), which the package mnist1d computes. Needs the extra `course`.
"""

import argparse
import json
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.func import stack_module_state
from torch.nn.functional import cross_entropy, interpolate, pad

from convclass.reference import CNN, MLP, accuracy, permute_pixels, shift_robustness, train

STORED = Path(__file__).with_name("experiment.json")
SEEDS = (0, 1, 2)

# ---------------------------------------------------------------------------------- digits on a canvas

CANVAS, TRAINING, MAX_SHIFT = 16, 1297, 3
EXAMPLE = 2  # the test image that the handout shows


@cache
def digits():
    """Images (N, 1, 16, 16) with a digit in the middle, and classes: 1297 to train on, 500 others to test on."""
    from sklearn.datasets import load_digits

    data = load_digits()
    border = (CANVAS - 8) // 2
    x = pad(torch.tensor(data.images / 16, dtype=torch.float32)[:, None], (border,) * 4)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    x, y = x[order], torch.tensor(data.target)[order]
    return x[:TRAINING], y[:TRAINING], x[TRAINING:], y[TRAINING:]


def enlarged(x):
    """The same digits, half as large again, in the middle of the same canvas."""
    big = interpolate(x[:, :, 4:12, 4:12], size=(12, 12), mode="bilinear", align_corners=False)
    return pad(big, (2, 2, 2, 2))


class Mean(nn.Module):
    """Global average pooling."""

    def forward(self, x):
        return x.mean((2, 3))


def averaged(padding_mode, *pool):
    """Two convolutions and the mean of each map, 3 594 parameters; `pool` stands between the convolutions."""
    first, second = (nn.Conv2d(a, b, 5, padding=2, padding_mode=padding_mode) for a, b in ((1, 8), (8, 16)))
    return nn.Sequential(first, nn.ReLU(), *pool, second, nn.ReLU(), Mean(), nn.Linear(16, 10))


DIGIT_MODELS = {
    "MLP": lambda: MLP(CANVAS**2, [64], 10),
    "CNN": lambda: CNN(1, [8, 16], 10, CANVAS),
    "CNN, pool, mean": lambda: averaged("zeros", nn.MaxPool2d(2)),
    "CNN, circular, mean": lambda: averaged("circular"),
}


def fitted(name, seed, x, y, epochs, batch_size=64):
    """A model of that name, trained."""
    torch.manual_seed(seed)
    model = DIGIT_MODELS[name]()
    train(model, x, y, epochs=epochs, batch_size=batch_size, lr=0.01, seed=seed)
    return model


def consistency(model, x):
    """The share of images whose class stays the same when they move by one pixel (Zhang 2019), over four directions."""
    with torch.no_grad():
        before = model.eval()(x).argmax(1)
    return shift_robustness(model, x, before, 1)[1]


def digits_run(name, seed, epochs=30):
    """Everything that is measured of one model and one seed."""
    x, y, x_test, y_test = digits()
    permutation = torch.randperm(CANVAS**2, generator=torch.Generator().manual_seed(100 + seed))
    model = fitted(name, seed, x, y, epochs)
    shuffled = fitted(name, seed, permute_pixels(x, permutation), y, epochs)
    few = fitted(name, seed, x[:100], y[:100], 4 * epochs, batch_size=20)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "shifts": shift_robustness(model, x_test, y_test, MAX_SHIFT),
        "consistency": consistency(model, x_test),
        "permuted": accuracy(shuffled, permute_pixels(x_test, permutation), y_test),
        "turned": accuracy(model, x_test.rot90(1, (2, 3)), y_test),
        "mirrored": accuracy(model, x_test.flip(3), y_test),
        "enlarged": accuracy(model, enlarged(x_test), y_test),
        "hundred": accuracy(few, x_test, y_test),
    }


# -------------------------------------------------------------------------------------------- MNIST-1D


class Convolutions(nn.Module):
    """The 1-D CNN of the MNIST-1D paper."""

    def __init__(self):
        super().__init__()
        widths = [(1, 5), (25, 3), (25, 3)]
        self.convolutions = nn.ModuleList(nn.Conv1d(inputs, 25, taps, stride=2, padding=1) for inputs, taps in widths)
        self.head = nn.Linear(125, 10)

    def forward(self, x):
        x = x[:, None]
        for convolution in self.convolutions:
            x = convolution(x).relu()
        return self.head(x.flatten(1))


class Recurrent(nn.Module):
    """The bidirectional GRU of the MNIST-1D paper; the head sees the states of all 40 steps."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 6, batch_first=True, bidirectional=True)
        self.head = nn.Linear(480, 10)

    def forward(self, x):
        return self.head(self.gru(x[..., None])[0].flatten(1))


# Several runs train at once: parameters and inputs have the run as their first axis. Each `*_runs` below computes what
# the module of the same line in SIGNAL_MODELS does; a test holds them against each other.


def dense_runs(p, name, x):
    """nn.Linear, (R, B, in) -> (R, B, out)."""
    return torch.baddbmm(p[f"{name}.bias"][:, None], x, p[f"{name}.weight"].transpose(1, 2))


def mlp_runs(p, x):
    for number in range(len(p) // 2):
        x = dense_runs(p, f"layers.{number}", x.relu() if number else x)
    return x


def cnn_runs(p, x):
    """Places before batch and channels, (R, L, B, C), so that a window is a few slices side by side, and no copy more."""
    x = x.transpose(1, 2)[..., None]
    for number in range(3):
        weight, bias = (p[f"convolutions.{number}.{part}"] for part in ("weight", "bias"))
        taps = weight.shape[3]
        x = pad(x, (0, 0, 0, 0, 1, 1))
        places = (x.shape[1] - taps) // 2 + 1
        windows = torch.cat([x[:, tap : tap + 2 * places - 1 : 2] for tap in range(taps)], 3)
        matrix = weight.permute(0, 3, 2, 1).flatten(1, 2)
        x = torch.baddbmm(bias[:, None], windows.flatten(1, 2), matrix).unflatten(1, (places, -1)).relu()
    return dense_runs(p, "head", x.permute(0, 2, 3, 1).flatten(2))


def gru_runs(p, x):
    """Both directions of all runs step by step; reset and update gate, then the candidate (torch's nn.GRU)."""
    both = {part: torch.cat([p[f"gru.{part}_l0"], p[f"gru.{part}_l0_reverse"]])[:, None] for part in GRU_PARTS}
    gates, candidates = slice(0, 12), slice(12, 18)
    signals = torch.cat([x, x.flip(2)]).permute(2, 0, 1)[..., None]
    from_input = signals * both["weight_ih"][..., 0] + both["bias_ih"]
    gate_inputs = (from_input[..., gates] + both["bias_hh"][..., gates]).unbind(0)
    candidate_inputs = from_input[..., candidates].unbind(0)
    recurrent, bias = both["weight_hh"][:, 0].transpose(1, 2), both["bias_hh"][..., candidates]
    to_gates, to_candidates = recurrent[..., gates], recurrent[..., candidates]
    state, states = x.new_zeros(len(bias), x.shape[1], 6), []
    for gate_input, candidate_input in zip(gate_inputs, candidate_inputs, strict=True):
        reset, update = torch.baddbmm(gate_input, state, to_gates).sigmoid().split(6, -1)
        candidate = torch.addcmul(candidate_input, reset, torch.baddbmm(bias, state, to_candidates)).tanh()
        state = torch.lerp(candidate, state, update)
        states.append(state)
    forwards, backwards = torch.stack(states, 2).chunk(2)
    return dense_runs(p, "head", torch.cat([forwards, backwards.flip(2)], -1).flatten(2))


GRU_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
SIGNAL_MODELS = {
    "linear": (lambda: MLP(40, [], 10), mlp_runs),
    "MLP": (lambda: MLP(40, [100, 100], 10), mlp_runs),
    "CNN": (Convolutions, cnn_runs),
    "GRU": (Recurrent, gru_runs),
}
STEPS_AN_EPOCH = 40
STEPS = dict.fromkeys(SIGNAL_MODELS, 6000) | {"GRU": 1600}  # the GRU is slow, and soon there


@cache
def signals():
    """MNIST-1D: 4000 signals of 40 numbers to train on and 1000 to test on, with their classes."""
    from mnist1d.data import get_dataset_args, make_dataset

    data = make_dataset(get_dataset_args())
    x, x_test = (torch.tensor(data[part], dtype=torch.float32) for part in ("x", "x_test"))
    return x, torch.tensor(data["y"]), x_test, torch.tensor(data["y_test"])


def train_runs(forward, parameters, x, y, *, epochs, batch_size, lr, seeds):
    """What `train` does to each run: x (R, N, ...), and the seed of the order of each run."""
    optimizer = torch.optim.Adam(parameters.values(), lr=lr)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    runs = torch.arange(len(seeds))[:, None]
    for _ in range(epochs):
        orders = torch.stack([torch.randperm(len(y), generator=generator) for generator in generators])
        for batch in orders.split(batch_size, 1):
            scores = forward(parameters, x[runs, batch])
            loss = cross_entropy(scores.flatten(0, 1), y[batch].flatten()) * len(seeds)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def signals_run(name, seeds=SEEDS, epochs=None):
    """A model on plain and on shuffled signals, with every seed."""
    epochs = epochs or STEPS[name] // STEPS_AN_EPOCH
    make, forward = SIGNAL_MODELS[name]
    x, y, x_test, y_test = signals()
    orders = [torch.arange(40)] * len(seeds)
    orders += [torch.randperm(40, generator=torch.Generator().manual_seed(100 + seed)) for seed in seeds]
    models = []
    for seed in (*seeds, *seeds):
        torch.manual_seed(seed)
        models.append(make())
    parameters, _ = stack_module_state(models)
    shuffled, shuffled_test = (torch.stack([data[:, order] for order in orders]) for data in (x, x_test))
    train_runs(forward, parameters, shuffled, y, epochs=epochs, batch_size=100, lr=0.01, seeds=(*seeds, *seeds))
    with torch.no_grad():
        shares = (forward(parameters, shuffled_test).argmax(2) == y_test).double().mean(1).tolist()
    return {
        "parameters": sum(p.numel() for p in models[0].parameters()),
        "steps": epochs * STEPS_AN_EPOCH,
        "plain": shares[: len(seeds)],
        "shuffled": shares[len(seeds) :],
    }


# --------------------------------------------------------------------------------------------- all of it


def timed(job):
    """The result of one job, and the seconds of computing that it took."""
    torch.set_num_threads(1)
    start = time.process_time()
    kind, *arguments = job
    result = signals_run(*arguments) if kind == "signals" else digits_run(*arguments)
    return result, time.process_time() - start


def everything(processes):
    """All results as they are stored."""
    jobs = [("signals", name) for name in ("GRU", "CNN", "MLP", "linear")]
    jobs += [("digits", name, seed) for name in reversed(DIGIT_MODELS) for seed in SEEDS]
    start = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        found = dict(zip(jobs, pool.map(timed, jobs), strict=True))
    return {
        "machine": {
            "processor": processor(),
            "processes": processes,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "seconds": round(time.monotonic() - start),
            "seconds_of_computing": round(sum(seconds for _, seconds in found.values())),
        },
        "seeds": list(SEEDS),
        "example": (16 * digits()[2][EXAMPLE, 0, 4:12, 4:12]).int().tolist(),
        "signals": {name: found["signals", name][0] for name in SIGNAL_MODELS},
        "digits": {name: joined([found["digits", name, seed][0] for seed in SEEDS]) for name in DIGIT_MODELS},
    }


def joined(runs):
    """What several seeds measured: a list for each quantity; the parameters are the same for all."""
    return {part: [run[part] for run in runs] for part in runs[0]} | {"parameters": runs[0]["parameters"]}


def processor():
    """What the machine calls its processor."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def rounded(value):
    """Shares to four digits: more are not the same twice."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return round(value, 4) if isinstance(value, float) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--out", type=Path, default=STORED)
    options = parser.parse_args()
    options.out.write_text(json.dumps(rounded(everything(options.processes)), indent=1) + "\n", encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
