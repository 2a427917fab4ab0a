"""The matrix of a convolution and the unshared layer, against torch's kernels and against autograd."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convclass import reference

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
quick = settings(deadline=None, max_examples=60)
sizes = st.tuples(st.integers(1, 6), st.integers(1, 6))
kernels = st.tuples(st.integers(1, 3), st.integers(1, 3))
few = st.integers(1, 3)


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def draw(*shape, seed=1, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    if not dtype.is_floating_point:
        return torch.randint(-9, 10, shape, generator=generator, dtype=dtype)
    return torch.randn(*shape, generator=generator, dtype=dtype)


@quick
@given(few, few, sizes, kernels, kernels, st.tuples(st.integers(0, 2), st.integers(0, 2)))
def test_the_matrix_is_the_jacobian_of_torchs_convolution(channels, filters, size, kernel, stride, padding):
    assume(all(k <= n + 2 * p for n, k, p in zip(size, kernel, padding, strict=True)))
    weight, x = draw(filters, channels, *kernel), draw(channels, *size, seed=2)

    def flat(pixels):
        return F.conv2d(pixels.reshape(1, channels, *size), weight, None, stride, padding).flatten()

    matrix = reference.conv2d_matrix(weight, size, stride, padding)
    torch.testing.assert_close(matrix, torch.autograd.functional.jacobian(flat, x.flatten()))
    torch.testing.assert_close(matrix @ x.flatten(), flat(x))


@quick
@given(few, few, few, sizes, kernels, st.booleans())
def test_every_position_of_the_unshared_layer_is_a_convolution_of_one_window(n, channels, filters, size, kernel, bias):
    rows, columns = (s - k + 1 for s, k in zip(size, kernel, strict=True))
    assume(rows > 0 and columns > 0)
    x, weight = draw(n, channels, *size), draw(rows, columns, filters, channels, *kernel, seed=2)
    b = draw(filters, rows, columns, seed=3) if bias else None
    y = reference.locally_connected2d(x, weight, b)
    assert y.shape == (n, filters, rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i : i + kernel[0], j : j + kernel[1]]
            one = F.conv2d(window, weight[i, j], None if b is None else b[:, i, j])
            torch.testing.assert_close(y[:, :, i : i + 1, j : j + 1], one)


def test_with_the_same_filters_everywhere_it_is_a_convolution():
    x, weight = draw(2, 3, 6, 5), draw(4, 3, 3, 2, seed=2)
    y = reference.locally_connected2d(x, weight.expand(4, 4, 4, 3, 3, 2))
    torch.testing.assert_close(y, F.conv2d(x, weight))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.int32])
def test_dtype_and_device_are_kept(device, dtype):
    weight, x = draw(2, 2, 2, 2, dtype=dtype).to(device), draw(1, 2, 3, 4, dtype=dtype).to(device)
    matrix = reference.conv2d_matrix(weight, (3, 4))
    assert (matrix.dtype, matrix.device.type) == (dtype, device)
    y = reference.locally_connected2d(x, weight.expand(2, 3, 2, 2, 2, 2))
    assert (y.dtype, y.device.type) == (dtype, device)
    expected = F.conv2d(x.double(), weight.double())
    torch.testing.assert_close(y.double(), expected, rtol=1e-5, atol=1e-5)
    product = matrix.double() @ x.double().flatten()
    torch.testing.assert_close(product, expected.flatten(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("matrix", "report"),
    [
        (reference.conv2d_matrix(torch.arange(1.0, 10).reshape(1, 1, 3, 3), 5), (225, 81, 9)),
        (torch.zeros(3, 4), (12, 0, 0)),
        (torch.tensor([[0, -2, 2], [2, 5, -0]]), (6, 4, 3)),
        (torch.tensor([[-0.0, 1.5]]), (2, 1, 1)),
    ],
)
def test_report(matrix, report):
    assert reference.sharing_report(matrix) == report


X, W = torch.ones(2, 3, 4, 5), torch.ones(3, 4, 2, 3, 2, 2)
IMPOSSIBLE = [
    ("conv2d_matrix", (torch.ones(1, 1, 3, 3), (2, 5)), "does not fit"),
    ("conv2d_matrix", (torch.ones(1, 1, 3, 3), (-3, -5)), "height must be at least 1"),
    ("conv2d_matrix", (torch.ones(3, 3), 5), "expected a weight"),
    ("conv2d_matrix", (torch.ones(1, 1, 3, 3), 5, 0), "stride"),
    ("locally_connected2d", (X, W[:2]), "does not belong"),
    ("locally_connected2d", (X, W[:, :, :, :1]), "does not belong"),
    ("locally_connected2d", (X, W, torch.ones(2)), "bias must have the shape"),
    ("locally_connected2d", (X, W[0, 0]), "expected a weight"),
    ("locally_connected2d", (X[:, :, :1], W), "does not fit"),
]


@pytest.mark.parametrize(("function", "arguments", "reason"), IMPOSSIBLE)
def test_the_impossible_is_refused(function, arguments, reason):
    with pytest.raises(ValueError, match=reason):
        getattr(reference, function)(*arguments)


def test_the_nearest_possible_is_answered():
    assert reference.conv2d_matrix(torch.ones(1, 1, 3, 3), (3, 5)).shape == (3, 15)
    assert reference.locally_connected2d(X, W, torch.ones(2, 3, 4)).shape == (2, 2, 3, 4)
