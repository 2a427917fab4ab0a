"""The right answers against oracles that share no code with them: scipy.signal, torch's kernels, autograd."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convclass import reference

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
quick = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


@dataclass(frozen=True)
class Layer:
    """The shapes and settings of one layer; tensors are drawn from its seed."""

    batch: int
    channels: int
    filters: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    seed: int

    def draw(self, *shape, dtype=torch.float64, device="cpu"):
        generator = torch.Generator().manual_seed(self.seed + sum(shape))
        if dtype.is_floating_point:
            return torch.randn(*shape, dtype=dtype, generator=generator).to(device)
        return torch.randint(-9, 10, shape, dtype=dtype, generator=generator).to(device)

    def x(self, **kw):
        return self.draw(self.batch, self.channels * self.groups, *self.size, **kw)

    def weight(self, **kw):
        return self.draw(self.filters * self.groups, self.channels, *self.kernel, **kw)

    def bias(self, **kw):
        return self.draw(self.filters * self.groups, **kw)

    @property
    def fits(self):
        axes = zip(self.size, self.kernel, self.padding, self.dilation, strict=True)
        return all(d * (k - 1) + 1 <= n + 2 * p for n, k, p, d in axes)


layers = st.builds(
    Layer,
    batch=st.integers(0, 3),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=pairs,
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    dilation=pairs,
    groups=st.integers(1, 3),
    seed=st.integers(0, 999),
)


def same(actual, expected, tolerance=1e-10):
    """Shape and dtype first, then values; NaN is never the same."""
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    room = tolerance * max(1.0, expected.double().abs().max().item() if expected.numel() else 0.0)
    assert torch.all((actual.double() - expected.double()).abs() <= room)


def torch_conv2d(layer, x, weight, bias):
    return F.conv2d(x, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)


@quick
@given(layers, st.sampled_from([torch.float32, torch.float64]))
def test_conv2d_is_torchs(layer, dtype):
    assume(layer.fits)
    x, weight, bias = layer.x(dtype=dtype), layer.weight(dtype=dtype), layer.bias(dtype=dtype)
    actual = reference.conv2d(x, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)
    same(actual, torch_conv2d(layer, x, weight, bias), 1e-5 if dtype is torch.float32 else 1e-12)


@quick
@given(layers)
def test_conv2d_of_integers_is_exact(layer):
    assume(layer.fits)
    x, weight = layer.x(dtype=torch.int64), layer.weight(dtype=torch.int64)
    actual = reference.conv2d(x, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
    expected = torch_conv2d(layer, x.double(), weight.double(), None).round().long()
    assert torch.equal(actual, expected)


@quick
@given(layers)
def test_im2col_is_torchs_unfold(layer):
    assume(layer.fits)
    x = layer.x()
    actual = reference.im2col(x, layer.kernel, layer.stride, layer.padding, layer.dilation)
    same(actual, F.unfold(x, layer.kernel, layer.dilation, layer.padding, layer.stride), 0)


@quick
@given(layers)
def test_conv2d_backward_is_what_autograd_says(layer):
    layer = replace(layer, dilation=(1, 1), groups=1)
    assume(layer.fits)
    leaves = [t.requires_grad_() for t in (layer.x(), layer.weight(), layer.bias())]
    y = torch_conv2d(layer, *leaves)
    grad_out = layer.draw(*y.shape)
    expected = torch.autograd.grad(y, leaves, grad_out)
    x, weight, _ = (t.detach() for t in leaves)
    actual = reference.conv2d_backward(grad_out, x, weight, layer.stride, layer.padding)
    for mine, autograds in zip(actual, expected, strict=True):
        same(mine, autograds)


@quick
@given(layers, st.tuples(st.integers(0, 2), st.integers(0, 2)))
def test_conv_transpose2d_is_torchs(layer, extra):
    extra = tuple(e % s for e, s in zip(extra, layer.stride, strict=True))
    made = [
        (n - 1) * s - 2 * p + k + e
        for n, s, p, k, e in zip(layer.size, layer.stride, layer.padding, layer.kernel, extra, strict=True)
    ]
    assume(min(made) > 0)
    x, bias = layer.draw(layer.batch, layer.channels, *layer.size), layer.draw(layer.filters)
    weight = layer.draw(layer.channels, layer.filters, *layer.kernel)
    actual = reference.conv_transpose2d(x, weight, bias, layer.stride, layer.padding, extra)
    same(actual, F.conv_transpose2d(x, weight, bias, layer.stride, layer.padding, extra))


@quick
@given(layers, st.sampled_from([np.float32, np.float64, np.int64]))
def test_correlation_and_convolution_are_scipys(layer, dtype):
    assume(layer.kernel[0] <= layer.size[0] and layer.kernel[1] <= layer.size[1])
    rng = np.random.default_rng(layer.seed)
    image, kernel = (rng.integers(-9, 10, shape).astype(dtype) for shape in (layer.size, layer.kernel))
    for mine, scipys in (
        (reference.cross_correlate2d, scipy.signal.correlate2d),
        (reference.convolve2d, scipy.signal.convolve2d),
    ):
        actual, expected = mine(image, kernel), scipys(image, kernel, mode="valid")
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("padding", [0, (1, 2)])
def test_gradcheck_of_the_forward_functions(stride, padding):
    torch.manual_seed(0)
    x, weight = torch.randn(1, 2, 4, 5).double(), torch.randn(2, 2, 3, 2).double()
    leaves = [t.requires_grad_() for t in (x, weight, torch.randn(2).double())]
    assert torch.autograd.gradcheck(lambda *a: reference.conv2d(*a, stride, padding), leaves)
    assert torch.autograd.gradcheck(lambda *a: reference.conv_transpose2d(*a, stride, padding), leaves)


@quick
@given(st.integers(-1, 12), st.integers(-1, 5), st.integers(-1, 4), st.integers(-1, 3), st.integers(-1, 3))
def test_output_size_counts_the_windows(size, kernel, stride, padding, dilation):
    try:
        actual = reference.output_size(size, kernel, stride, padding, dilation)
    except ValueError:
        actual = None
    assert actual == counted(size, kernel, stride, padding, dilation)


def counted(size, kernel, stride, padding, dilation):
    """Windows counted one by one; None when the request is impossible."""
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        return None
    last = dilation * (kernel - 1)
    starts = [start for start in range(0, size + 2 * padding, stride) if start + last < size + 2 * padding]
    return len(starts) or None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_every_function_computes_on_its_inputs_device(device, dtype):
    layer = Layer(2, 2, 3, (6, 7), (3, 2), (2, 1), (1, 0), (1, 2), 1, 1)
    tensors = [layer.x(dtype=dtype), layer.weight(dtype=dtype), layer.bias(dtype=dtype)]
    for there, here in zip(every_function(*(t.to(device) for t in tensors)), every_function(*tensors), strict=True):
        assert there.device.type == device
        assert there.dtype == dtype
        same(there.cpu(), here, 1e-5)


def every_function(x, weight, bias):
    y = reference.conv2d(x, weight, bias, 2, 1)
    gradients = reference.conv2d_backward(y, x, weight, 2, 1)
    return (
        y,
        *gradients,
        reference.im2col(x, (3, 2), 2, 1),
        reference.conv_transpose2d(y, weight, None, 2, 1, 1),
    )


def test_views_give_what_their_copies_give_and_stay_as_they_were():
    whole = torch.randn(3, 8, 2, 12, dtype=torch.float64)
    x = whole.permute(0, 2, 3, 1)[:, :, 1::2, :7]
    weight = torch.randn(3, 1, 1, 2, dtype=torch.float64).expand(3, 2, 2, 2)
    before = x.clone(), weight.clone()
    views, copies = every_function(x, weight, None), every_function(*before, None)
    for view, copy in zip(views, copies, strict=True):
        same(view, copy, 1e-14)
    assert torch.equal(x, before[0])
    assert torch.equal(weight, before[1])


def test_a_broken_variant_fails_the_comparison():
    layer = Layer(2, 2, 3, (6, 7), (3, 2), (2, 1), (1, 0), (1, 2), 2, 1)
    x, weight, bias = layer.x(), layer.weight(), layer.bias()
    expected = torch_conv2d(layer, x, weight, bias)
    right = reference.conv2d(x, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)
    flipped = reference.conv2d(x, weight.flip(3), bias, layer.stride, layer.padding, layer.dilation, layer.groups)
    same(right, expected)
    hole = right.clone()
    hole[0, 0, 0, 0] = torch.nan
    for wrong in (flipped, right[:, :1], right.float(), hole, right + 1e-3):
        with pytest.raises(AssertionError):
            same(wrong, expected)
