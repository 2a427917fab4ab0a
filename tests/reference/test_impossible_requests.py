"""An impossible request is a ValueError that says why; the nearest possible one is answered."""

import numpy as np
import pytest
import torch

from convclass import reference

X, W = torch.ones(2, 4, 5, 6), torch.ones(6, 4, 3, 2)
Y = torch.ones(2, 6, 3, 5)
T = torch.ones(4, 3, 3, 2)
IMAGE = np.ones((4, 5))

IMPOSSIBLE = {
    "output_size": [
        ((3, 4), {}, "does not fit"),
        ((3, 3), {"dilation": 2}, "does not fit"),
        ((-1, 1), {"padding": 3}, "size must be at least 1"),
        ((5, 0), {}, "kernel_size must be at least 1"),
        ((5, 2), {"stride": 0}, "stride must be at least 1"),
        ((5, 2), {"dilation": 0}, "dilation must be at least 1"),
        ((5, 2), {"padding": -1}, "padding must be at least 0"),
    ],
    "cross_correlate2d": [
        ((IMAGE, np.ones((5, 1))), {}, "does not fit"),
        ((IMAGE[None], np.ones((2, 2))), {}, "must be matrices"),
        ((IMAGE, np.ones((0, 2))), {}, "at least 1"),
    ],
    "convolve2d": [
        ((IMAGE, np.ones((1, 6))), {}, "does not fit"),
        ((IMAGE, np.ones(2)), {}, "must be matrices"),
    ],
    "im2col": [
        ((X, 6), {}, "does not fit"),
        ((X[0], 2), {}, "batch, channels"),
        ((X, (2, 2, 2)), {}, "kernel_size must be an int or a pair"),
        ((X, 2), {"stride": "2"}, "stride must be an int or a pair"),
        ((X, 2), {"padding": (0, -1)}, "padding must be at least 0"),
    ],
    "conv2d": [
        ((X, W), {"dilation": 3}, "does not fit"),
        ((X, W[:, :3]), {}, "4 channels"),
        ((X, W[:, :2]), {"groups": 4}, "groups=4 does not divide"),
        ((X, W[:, :1]), {"groups": 0}, "groups must be at least 1"),
        ((X, W, torch.ones(5)), {}, "bias must hold one number"),
        ((X[0], W), {}, "batch, channels"),
        ((X, W[0]), {}, "filters, channels"),
        ((X[:, :0], W[:, :0]), {}, "batch, channels"),
    ],
    "conv2d_backward": [
        ((Y[:, :, 1:], X, W), {}, "output's shape"),
        ((Y, X, W), {"stride": 2}, "output's shape"),
        ((Y, X, W[:, :2]), {}, "4 channels"),
    ],
    "conv_transpose2d": [
        ((X, T), {"stride": 2, "output_padding": 2}, "smaller than the stride"),
        ((X, T), {"padding": 4}, "leaves nothing"),
        ((X, T[:3]), {}, "does not match"),
        ((X, T, torch.ones(4)), {}, "bias must hold one number"),
        ((X, T), {"output_padding": -1}, "output_padding must be at least 0"),
    ],
}
POSSIBLE = {
    "output_size": (5, 3),
    "cross_correlate2d": (IMAGE, np.ones((4, 5))),
    "convolve2d": (IMAGE, np.ones((4, 5))),
    "im2col": (X, (5, 6)),
    "conv2d": (X, W, torch.ones(6)),
    "conv2d_backward": (Y, X, W),
    "conv_transpose2d": (X, T, torch.ones(3)),
}
CASES = [(name, *case) for name, cases in IMPOSSIBLE.items() for case in cases]


@pytest.mark.parametrize(("name", "arguments", "keywords", "reason"), CASES)
def test_impossible(name, arguments, keywords, reason):
    with pytest.raises(ValueError, match=reason):
        getattr(reference, name)(*arguments, **keywords)


@pytest.mark.parametrize("name", POSSIBLE)
def test_possible(name):
    getattr(reference, name)(*POSSIBLE[name])
