"""Pooling, receptive fields and ReLU against oracles that share no code: torch's kernels, autograd, a probe."""

from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convclass import reference

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
quick = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


@dataclass(frozen=True)
class Pool:
    """The shapes and settings of one pooling layer; its images hold different numbers only, so that nothing ties."""

    batch: int
    channels: int
    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int] | None
    padding: tuple[int, int]
    seed: int

    def x(self, dtype=torch.float64):
        shape = self.batch, self.channels, *self.size
        count = self.batch * self.channels * self.size[0] * self.size[1]
        generator = torch.Generator().manual_seed(self.seed)
        return (torch.randperm(count, generator=generator) - count // 2).reshape(shape).to(dtype)

    @property
    def settings(self):
        return {"stride": self.stride, "padding": self.padding}

    @property
    def possible(self):
        axes = zip(self.size, self.kernel, self.padding, strict=True)
        return all(2 * p <= k <= n + 2 * p for n, k, p in axes)


pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
pools = st.builds(
    Pool,
    batch=st.integers(0, 2),
    channels=st.integers(1, 2),
    size=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    kernel=pairs,
    stride=st.none() | pairs,
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    seed=st.integers(0, 999),
).filter(lambda pool: pool.possible)


def same(actual, expected, tolerance=1e-12):
    """Shape and dtype first, then values; NaN is never the same."""
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    assert torch.all((actual.double() - expected.double()).abs() <= tolerance * (1 + expected.double().abs()))


@quick
@given(pools, st.sampled_from([torch.float32, torch.float64, torch.int64, torch.int32]))
def test_max_pool2d_is_torchs(pool, dtype):
    x = pool.x(dtype)
    assume(len(x) or dtype.is_floating_point)
    same(reference.max_pool2d(x, pool.kernel, **pool.settings), F.max_pool2d(x, pool.kernel, **pool.settings), 0)


@quick
@given(pools, st.sampled_from([torch.float32, torch.float64, torch.int64]), st.booleans())
def test_avg_pool2d_is_torchs(pool, dtype, count_include_pad):
    x, kw = pool.x(dtype), {**pool.settings, "count_include_pad": count_include_pad}
    expected = F.avg_pool2d(x, pool.kernel, **kw)
    same(reference.avg_pool2d(x, pool.kernel, **kw), expected, 1e-5 if dtype is torch.float32 else 1e-12)


@quick
@given(pools)
def test_global_avg_pool2d_is_the_mean_of_each_channel(pool):
    x = pool.x()
    same(reference.global_avg_pool2d(x), F.adaptive_avg_pool2d(x, 1).flatten(1))
    whole = reference.global_avg_pool2d(x.long())
    assert torch.equal(whole, F.adaptive_avg_pool2d(x, 1).flatten(1).trunc().long())


@quick
@given(pools)
def test_the_gradients_are_what_autograd_says(pool):
    x = pool.x().requires_grad_()
    for forward, backward in (
        (F.max_pool2d, reference.max_pool2d_backward),
        (F.avg_pool2d, reference.avg_pool2d_backward),
    ):
        y = forward(x, pool.kernel, **pool.settings)
        grad_out = torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(pool.seed))
        (expected,) = torch.autograd.grad(y, x, grad_out)
        same(backward(grad_out, x.detach(), pool.kernel, **pool.settings), expected)


@quick
@given(pools)
def test_at_ties_the_gradient_goes_where_torch_sends_it(pool):
    x = (pool.x() % 3).requires_grad_()
    y = F.max_pool2d(x, pool.kernel, **pool.settings)
    grad_out = torch.rand(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(pool.seed))
    (expected,) = torch.autograd.grad(y, x, grad_out)
    same(reference.max_pool2d_backward(grad_out, x.detach(), pool.kernel, **pool.settings), expected)


stacks = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), max_size=4)


@quick
@given(stacks)
def test_the_receptive_field_is_what_a_probe_finds(layers):
    """A row of convolutions with ones: which pixels change which outputs?"""
    size, jump = reference.receptive_field(layers)
    row = torch.zeros(1, 1, size + jump, dtype=torch.float64, requires_grad=True)
    y = row
    for kernel, stride, dilation in layers:
        weight = torch.ones(1, 1, kernel, dtype=torch.float64)
        y = F.conv1d(y, weight, stride=stride, dilation=dilation)
    assert y.shape[2] == 2
    seen = [torch.autograd.grad(y[0, 0, i], row, retain_graph=True)[0][0, 0].nonzero().flatten() for i in (0, 1)]
    assert [int(s.min()) for s in seen] == [0, jump]
    assert [int(s.max()) for s in seen] == [size - 1, size - 1 + jump]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8])
def test_relu_is_torchs(dtype):
    x = torch.arange(-4, 5).to(dtype).reshape(3, 1, 3)
    same(reference.relu(x), torch.relu(x), 0)


def test_relu_keeps_nan_and_infinity_and_has_torchs_derivative():
    x = torch.tensor([-torch.inf, -1.0, 0.0, 1.0, torch.inf, torch.nan], requires_grad=True)
    (gradient,) = torch.autograd.grad(reference.relu(x).sum(), x)
    assert torch.equal(gradient[:5], torch.tensor([0.0, 0.0, 0.0, 1.0, 1.0]))
    assert torch.equal(reference.relu(x)[:5], torch.tensor([0.0, 0.0, 0.0, 1.0, torch.inf]))
    assert reference.relu(x)[5].isnan()


def test_gradcheck_of_the_forward_functions():
    x = torch.randn(1, 2, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for function in (reference.max_pool2d, reference.avg_pool2d):
        assert torch.autograd.gradcheck(lambda x, f=function: f(x, (3, 2), (2, 1), 1), x)
    assert torch.autograd.gradcheck(reference.global_avg_pool2d, x)
    assert torch.autograd.gradcheck(reference.relu, x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_every_function_computes_on_its_inputs_device(device, dtype):
    x = Pool(2, 2, (5, 6), (3, 2), None, (1, 0), 3).x(dtype)
    for there, here in zip(every_function(x.to(device)), every_function(x), strict=True):
        assert there.device.type == device
        assert there.dtype == dtype
        same(there.cpu(), here, 1e-6)


def every_function(x):
    y = reference.max_pool2d(x, (3, 2), (2, 1), (1, 0))
    return (
        y,
        reference.avg_pool2d(x, (3, 2), (2, 1), (1, 0)),
        reference.avg_pool2d(x, (3, 2), (2, 1), (1, 0), count_include_pad=False),
        reference.global_avg_pool2d(x),
        reference.max_pool2d_backward(y, x, (3, 2), (2, 1), (1, 0)),
        reference.avg_pool2d_backward(y, x, (3, 2), (2, 1), (1, 0)),
        reference.relu(x),
    )


def test_views_give_what_their_copies_give_and_stay_as_they_were():
    x = torch.randn(3, 8, 2, 12, dtype=torch.float64).permute(0, 2, 3, 1)[:, :, 1::2, :7]
    before = x.clone()
    for view, copy in zip(every_function(x), every_function(before), strict=True):
        same(view, copy)
    assert torch.equal(x, before)


X, Y = torch.ones(2, 3, 5, 6), torch.ones(2, 3, 2, 3)
IMPOSSIBLE = [
    ("max_pool2d", (X, 6), {}, "does not fit"),
    ("max_pool2d", (X, (6, 2)), {}, "does not fit"),
    ("max_pool2d", (X, 0), {}, "kernel_size must be at least 1"),
    ("max_pool2d", (X, 2), {"stride": 0}, "stride must be at least 1"),
    ("max_pool2d", (X, 2), {"padding": -1}, "padding must be at least 0"),
    ("max_pool2d", (X, 3), {"padding": 2}, "at most half"),
    ("max_pool2d", (X, (2, 1)), {"padding": 1}, "at most half"),
    ("max_pool2d", (X[0], 2), {}, "batch, channels"),
    ("max_pool2d", (X[:, :0], 2), {}, "batch, channels"),
    ("max_pool2d", (X, (2, 2, 2)), {}, "an int or a pair"),
    ("avg_pool2d", (X, 7), {"padding": 0}, "does not fit"),
    ("avg_pool2d", (X, 3), {"padding": (0, 2)}, "at most half"),
    ("avg_pool2d", (X[0], 2), {}, "batch, channels"),
    ("global_avg_pool2d", (X[0],), {}, "batch, channels"),
    ("global_avg_pool2d", (X[:, :, :0],), {}, "height must be at least 1"),
    ("max_pool2d_backward", (Y[:, :, 1:], X, 2), {}, "output's shape"),
    ("max_pool2d_backward", (Y, X, 2), {"stride": 1}, "output's shape"),
    ("max_pool2d_backward", (Y, X, 2), {"padding": 2}, "at most half"),
    ("avg_pool2d_backward", (Y[:1], X, 2), {}, "output's shape"),
    ("avg_pool2d_backward", (Y, X, 2), {"padding": 2}, "at most half"),
    ("receptive_field", ([(3, 0, 1)],), {}, "stride must be at least 1"),
    ("receptive_field", ([(3, 1, 1), (0, 1, 1)],), {}, "kernel must be at least 1"),
    ("receptive_field", ([(3, 1, 0)],), {}, "dilation must be at least 1"),
]


@pytest.mark.parametrize(("name", "arguments", "keywords", "reason"), IMPOSSIBLE)
def test_impossible(name, arguments, keywords, reason):
    with pytest.raises(ValueError, match=reason):
        getattr(reference, name)(*arguments, **keywords)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("max_pool2d", (X, (5, 6))),
        ("avg_pool2d", (X, 5)),
        ("global_avg_pool2d", (X,)),
        ("max_pool2d_backward", (Y, X, 2)),
        ("avg_pool2d_backward", (Y, X, 2)),
        ("receptive_field", ([],)),
        ("relu", (X,)),
    ],
)
def test_possible(name, arguments):
    getattr(reference, name)(*arguments)


def test_a_broken_variant_fails_the_comparison():
    x = Pool(1, 1, (4, 5), (2, 2), None, (0, 0), 1).x()
    right = F.max_pool2d(x, 2)
    same(reference.max_pool2d(x, 2), right)
    hole = right.clone()
    hole[0, 0, 0, 0] = torch.nan
    for wrong in (reference.avg_pool2d(x, 2), right[..., :1], right.float(), hole, right + 1e-3):
        with pytest.raises(AssertionError):
            same(wrong, right)
