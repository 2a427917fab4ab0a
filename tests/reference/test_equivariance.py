"""Symmetries against oracles that share no code: torch.roll, F.pad, scipy, plain loops, and mathematics."""

import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from convclass import reference

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
quick = settings(deadline=None, max_examples=60)
sizes = st.integers(1, 6)
shifts = st.tuples(st.integers(-8, 8), st.integers(-8, 8))


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).to(dtype)


def circular(weight, stride=1):
    pad = (weight.shape[3] // 2,) * 2 + (weight.shape[2] // 2,) * 2
    return lambda x: F.conv2d(F.pad(x, pad, mode="circular"), weight, stride=stride)


def roll(down, right):
    return lambda x: torch.roll(x, (down, right), (-2, -1))


def turn(x):
    return torch.rot90(x, 1, (-2, -1))


# --------------------------------------------------------------------------------------------------- translate


@quick
@given(sizes, sizes, shifts, st.sampled_from([torch.float32, torch.float64, torch.int64]))
def test_circular_translation_is_torchs_roll(height, width, shift, dtype):
    x = (10 * draw(2, 3, height, width)).to(dtype)
    moved = reference.translate(x, shift)
    assert moved.dtype == dtype
    assert torch.equal(moved, torch.roll(x, shift, (-2, -1)))


@quick
@given(sizes, sizes, shifts)
def test_zero_translation_is_scipys(height, width, shift):
    x = draw(height, width)
    expected = scipy.ndimage.shift(x.numpy(), shift, order=0, mode="constant", cval=0.0)
    assert torch.equal(reference.translate(x, shift, mode="zero"), torch.from_numpy(expected))


def test_an_int_shifts_both_axes():
    x = draw(1, 1, 4, 5)
    assert torch.equal(reference.translate(x, 2), torch.roll(x, (2, 2), (-2, -1)))


def test_what_enters_is_zero_even_beside_infinity():
    x = torch.full((2, 2), math.inf)
    assert reference.translate(x, (1, 0), mode="zero").tolist() == [[0, 0], [math.inf, math.inf]]


# ---------------------------------------------------------------------------------------------------- errors


def test_the_error_is_the_relative_distance():
    x, weight = draw(2, 1, 5, 6), draw(2, 1, 3, 3, seed=1)
    f = lambda x: F.conv2d(x, weight, padding=1)  # noqa: E731
    one, other = f(roll(1, 2)(x)), roll(1, 2)(f(x))
    expected = math.sqrt(((one - other) ** 2).sum() / (other**2).sum())
    assert reference.equivariance_error(f, roll(1, 2), roll(1, 2), x) == pytest.approx(expected, rel=1e-12)
    assert reference.equivariance_error(lambda x: 1e9 * f(x), roll(1, 2), roll(1, 2), x) == pytest.approx(expected)
    expected = math.sqrt(((one - f(x)) ** 2).sum() / (f(x) ** 2).sum())
    assert reference.invariance_error(f, roll(1, 2), x) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("f", "g_in", "g_out", "low", "high"),
    [
        (circular(draw(2, 1, 3, 3)), roll(1, 2), roll(1, 2), 0, 1e-14),
        (circular(draw(2, 1, 3, 3), stride=2), roll(2, 4), roll(1, 2), 0, 1e-14),
        (circular(draw(2, 1, 3, 3), stride=2), roll(1, 0), roll(0, 0), 0.1, 9),
        (circular(draw(2, 1, 3, 3)), turn, turn, 0.1, 9),
        (circular(torch.tensor([[[[1.0, 2, 1], [2, -3, 2], [1, 2, 1]]]]).double()), turn, turn, 0, 1e-14),
    ],
)
def test_what_commutes_and_what_does_not(f, g_in, g_out, low, high):
    assert low <= reference.equivariance_error(f, g_in, g_out, draw(2, 1, 6, 8, seed=3)) <= high


@pytest.mark.parametrize(("before", "after", "error"), [(0, 0, 0.0), (0, 3, math.inf), (3, 0, 1.0), (3, 3, 0.0)])
def test_nothing_over_nothing_is_no_error(before, after, error):
    x = torch.zeros(1, 1, 2, 2)
    f = lambda x: x * 0 + (after if x.any() else before)  # noqa: E731
    assert reference.invariance_error(f, lambda x: x + 1, x) == error
    assert reference.equivariance_error(f, lambda x: x + 1, lambda x: x, x) == error


def test_nan_is_an_error():
    x = torch.full((1, 1, 2, 2), math.nan)
    assert math.isnan(reference.invariance_error(lambda x: x, lambda x: x, x))
    assert reference.is_equivariant(lambda x: x, lambda x: x, lambda x: x, x) is False


def test_the_tolerance_comes_from_the_dtype():
    gain = 1 + 1e-6 * torch.arange(4.0, dtype=torch.float64)
    for dtype, expected in ((torch.float32, True), (torch.float64, False)):
        f = lambda x: x * gain.to(x.dtype)  # noqa: E731
        assert reference.is_equivariant(f, roll(0, 1), roll(0, 1), draw(1, 1, 4, 4, dtype=dtype)) is expected
    whole = torch.arange(16).reshape(1, 1, 4, 4)
    assert reference.is_equivariant(lambda x: 3 * x, roll(0, 1), roll(0, 1), whole) is True
    assert reference.is_equivariant(lambda x: x * whole, roll(0, 1), roll(0, 1), whole) is False
    assert reference.is_equivariant(lambda x: x * whole, roll(0, 1), roll(0, 1), whole, tol=10) is True


@pytest.mark.parametrize(
    ("f", "kinds"),
    [
        (torch.relu, "equivariant equivariant equivariant"),
        (lambda x: x.mean((2, 3)), "invariant invariant invariant"),
        (lambda x: x.mean((2, 3), keepdim=True), "invariant invariant invariant"),
        (lambda x: x * 0, "invariant invariant invariant"),
        (circular(draw(1, 1, 3, 3)), "equivariant neither neither"),
        (circular(draw(1, 1, 1, 3)), "equivariant neither neither"),
        (lambda x: F.max_pool2d(x, 2), "neither equivariant equivariant"),
        (lambda x: x.flatten(1) @ draw(36, 5), "neither neither neither"),
        (lambda x: x.amax(2), "neither neither neither"),
        (lambda x: x.amax(3, keepdim=True), "equivariant neither invariant"),
        (lambda x: x[..., :4], "neither neither neither"),
    ],
)
def test_symmetry_table(f, kinds):
    table = reference.symmetry_table(f, draw(2, 1, 6, 6, seed=4))
    assert table == dict(zip(("translation", "rot90", "horizontal flip"), kinds.split(), strict=True))


# ---------------------------------------------------------------------------------------------------- strides


@quick
@given(st.integers(1, 5), st.integers(0, 12))
def test_commuting_shifts_are_those_at_which_subsampling_commutes(stride, max_shift):
    x = torch.arange(60)  # divisible by every stride
    commuting = reference.commuting_shifts(stride, max_shift)
    for shift in range(-max_shift, max_shift + 1):
        moved = torch.roll(x, shift)[::stride]
        outputs = [torch.roll(x[::stride], k) for k in range(60 // stride)]
        assert (shift in commuting) == any(torch.equal(moved, y) for y in outputs)
    assert commuting == sorted(commuting)


def test_shift_consistency_counts_by_hand():
    x = torch.zeros(2, 1, 3, 3)
    x[0, 0, 0, 0] = x[1, 0, 1, 1] = 1.0
    corner = lambda x: torch.stack([x[:, 0, 0, 0], torch.full((len(x),), 0.5)], 1)  # noqa: E731
    # The first image leaves the corner under all 8 shifts, the second reaches it under one of 8.
    assert reference.shift_consistency(corner, x, 1) == pytest.approx((0 + 7) / 16)
    assert reference.shift_consistency(lambda x: x.mean((2, 3)) * torch.tensor([1.0, 2.0]), x, 2) == 1.0


# -------------------------------------------------------------------------------------------------- blur pool


@quick
@given(st.integers(2, 7), st.integers(2, 7), st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_blur_pool_is_scipys_filter_subsampled(height, width, stride):
    x = draw(2, 2, height, width)
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    blurred = scipy.ndimage.correlate(x.numpy(), kernel[None, None], mode="mirror")
    expected = torch.from_numpy(blurred[:, :, :: stride[0], :: stride[1]].copy())
    torch.testing.assert_close(reference.blur_pool2d(x, stride), expected, rtol=1e-12, atol=1e-12)


def test_blur_pool_keeps_constants_and_dtype():
    for dtype in (torch.float32, torch.float64):
        y = reference.blur_pool2d(torch.full((1, 2, 5, 4), 3.0, dtype=dtype))
        assert y.dtype == dtype
        assert torch.equal(y, torch.full((1, 2, 3, 2), 3.0, dtype=dtype))


# ------------------------------------------------------------------------------------- groups and the p4 lifting


TURNS = [(lambda x, k=k: torch.rot90(x, k, (-2, -1)), lambda x, k=k: torch.rot90(x, -k, (-2, -1))) for k in range(4)]


def test_symmetrize_makes_anything_equivariant_and_leaves_what_is():
    x, matrix = draw(2, 1, 5, 5), draw(25, 25, seed=6)
    dense = lambda x: torch.tanh(x.flatten(1) @ matrix).reshape(x.shape)  # noqa: E731
    made = reference.symmetrize(dense, TURNS)
    assert reference.equivariance_error(dense, turn, turn, x) > 0.1
    assert reference.equivariance_error(made, turn, turn, x) < 1e-14
    expected = sum(torch.rot90(dense(torch.rot90(x, k, (2, 3))), 4 - k, (2, 3)) for k in range(4)) / 4
    torch.testing.assert_close(made(x), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(reference.symmetrize(torch.relu, TURNS)(x), torch.relu(x))


def test_lift_p4_is_scipys_correlation_with_the_kernel_turned():
    x, weight = draw(2, 2, 4, 5), draw(3, 2, 3, 3, seed=7)
    y = reference.lift_p4(x, weight)
    assert y.shape == (2, 3, 4, 4, 5)
    for n, k, r in np.ndindex(2, 3, 4):
        planes = zip(x[n].numpy(), weight[k].numpy(), strict=True)
        expected = sum(scipy.signal.correlate2d(plane, np.rot90(kernel, r), mode="same") for plane, kernel in planes)
        np.testing.assert_allclose(y[n, k, r].numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(("height", "width", "size"), [(4, 4, 3), (3, 6, 1), (6, 5, 5)])
def test_turning_the_image_turns_the_maps_and_moves_them_on(height, width, size):
    x, weight = draw(2, 2, height, width), draw(2, 2, size, size, seed=8)
    turned = torch.rot90(x, 1, (-2, -1))
    expected = torch.rot90(reference.lift_p4(x, weight), 1, (-2, -1)).roll(1, 2)
    torch.testing.assert_close(reference.lift_p4(turned, weight), expected, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------------------------------------- impossible


X = torch.ones(1, 1, 4, 4)


@pytest.mark.parametrize(
    "request_",
    [
        lambda: reference.translate(X, (1, 1), mode="reflect"),
        lambda: reference.translate(torch.ones(4), 1),
        lambda: reference.translate(X, (1, 1, 1)),
        lambda: reference.equivariance_error(lambda x: x, lambda x: x, lambda x: x[..., :1], X),
        lambda: reference.invariance_error(lambda x: x, lambda x: x[..., :1], X),
        lambda: reference.is_equivariant(lambda x: x, lambda x: x, lambda x: x, X, tol=-1e-9),
        lambda: reference.is_equivariant(lambda x: x, lambda x: x, lambda x: x[..., :1], X),
        lambda: reference.symmetry_table(lambda x: x, torch.ones(1, 1, 4, 5)),
        lambda: reference.symmetry_table(lambda x: x, torch.ones(4, 4)),
        lambda: reference.commuting_shifts(0, 3),
        lambda: reference.commuting_shifts(2, -1),
        lambda: reference.shift_consistency(lambda x: x.mean((2, 3)), X, 0),
        lambda: reference.blur_pool2d(X, stride=0),
        lambda: reference.blur_pool2d(X, stride=(1, -1)),
        lambda: reference.blur_pool2d(torch.ones(1, 1, 1, 4)),
        lambda: reference.blur_pool2d(torch.ones(4, 4)),
        lambda: reference.symmetrize(lambda x: x, []),
        lambda: reference.lift_p4(X, torch.ones(1, 1, 2, 2)),
        lambda: reference.lift_p4(X, torch.ones(1, 1, 3, 5)),
        lambda: reference.lift_p4(X, torch.ones(1, 2, 3, 3)),
        lambda: reference.lift_p4(X, torch.ones(3, 3)),
    ],
)
def test_impossible_requests_are_refused(request_):
    with pytest.raises(ValueError):
        request_()


def test_everything_works_on_the_device(device):
    x, weight = draw(1, 2, 6, 6).to(device), draw(2, 2, 3, 3).to(device)
    plain = draw(1, 2, 6, 6), draw(2, 2, 3, 3)
    for f in (
        lambda x, w: reference.translate(x, (1, -2), mode="zero"),
        lambda x, w: reference.blur_pool2d(x),
        lambda x, w: reference.lift_p4(x, w),
        lambda x, w: reference.symmetrize(lambda x: x * x[..., :1, :], TURNS)(x),
    ):
        result = f(x, weight)
        assert result.device.type == device
        torch.testing.assert_close(result.cpu(), f(*plain))
    assert reference.equivariance_error(circular(weight), roll(1, 1), roll(1, 1), x) < 1e-12
    assert reference.symmetry_table(torch.relu, x)["rot90"] == "equivariant"
    assert reference.shift_consistency(lambda x: x.mean((2, 3)), x, 1) == 1.0
