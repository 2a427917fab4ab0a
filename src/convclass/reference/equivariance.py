"""Symmetries from their definition: translating, testing for equivariance and invariance, and making them hold.

f maps images to anything, g maps images to images. f is equivariant to g when f(g(x)) = g'(f(x)) for a g' that
belongs to g on the side of the output, and invariant when f(g(x)) = f(x).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import pad

from convclass.reference.conv import conv2d
from convclass.reference.geometry import IntPair, at_least, pair

Map = Callable[[Tensor], Tensor]


def translate(x: Tensor, shift: IntPair, mode: str = "circular") -> Tensor:
    """y[..., i, j] = x[..., i-down, j-right] for shift = (down, right), in pixels; an int is both.

    "circular" counts rows and columns modulo H and W; with "zero" what lies outside x is 0. Any shape (..., H, W).
    Raises ValueError for another mode, and for fewer than two axes.
    """
    if mode not in ("circular", "zero"):
        raise ValueError(f'mode must be "circular" or "zero", not {mode!r}')
    if x.ndim < 2:
        raise ValueError(f"an image has at least two axes, not the shape {tuple(x.shape)}")
    shifts = zip(x.shape[-2:], pair(shift, "shift"), strict=True)
    rows, columns = (torch.arange(size, device=x.device) - by for size, by in shifts)
    height, width = x.shape[-2:]
    moved = x[..., (rows % height)[:, None], columns % width]
    inside = ((rows >= 0) & (rows < height))[:, None] & (columns >= 0) & (columns < width)
    return moved if mode == "circular" else torch.where(inside, moved, torch.zeros_like(moved))


def equivariance_error(f: Map, g_in: Map, g_out: Map, x: Tensor) -> float:
    """‖f(g_in(x)) - g_out(f(x))‖ / ‖g_out(f(x))‖, with 0/0 = 0 and c/0 = inf for any other c.

    ‖.‖ is the root of the sum of all squares. Raises ValueError when the two sides differ in shape.
    Source: Cohen & Welling 2016, "Group equivariant convolutional networks", section 2.
    """
    return _relative_difference(f(g_in(x)), g_out(f(x)))


def invariance_error(f: Map, g: Map, x: Tensor) -> float:
    """‖f(g(x)) - f(x)‖ / ‖f(x)‖, with 0/0 = 0 and c/0 = inf: the equivariance error where g' does nothing.

    Raises ValueError when f(g(x)) and f(x) differ in shape.
    """
    return _relative_difference(f(g(x)), f(x))


def is_equivariant(f: Map, g_in: Map, g_out: Map, x: Tensor, tol: float | None = None) -> bool:
    """Whether the equivariance error is at most `tol`.

    Without one it is the root of the machine epsilon of x's dtype (float32 3.5e-4, float64 1.5e-8), or 0 for whole
    numbers: far above what rounding does to a network, far below what a broken symmetry does. Raises ValueError for
    a negative tol and where `equivariance_error` does.
    """
    allowed = _tolerance(x.dtype) if tol is None else tol
    if allowed < 0:
        raise ValueError(f"tol must not be negative: {tol}")
    return equivariance_error(f, g_in, g_out, x) <= allowed


def symmetry_table(f: Map, x: Tensor) -> dict[str, str]:
    """For "translation", "rot90" and "horizontal flip": is f "invariant", "equivariant" or "neither"?

    Tried on x with circular translations by one row and by one column (both must do), a quarter turn and a
    mirror image, within the tolerance of `is_equivariant`. Invariant comes first where both are true; only images
    (N, K, H', W') can be equivariant. Raises ValueError unless x is (N, C, H, H).
    """
    if x.ndim != 4 or x.shape[2] != x.shape[3]:
        raise ValueError(f"expected square images (N, C, H, H), not {tuple(x.shape)}")
    symmetries: dict[str, tuple[Map, ...]] = {
        "translation": (partial(translate, shift=(1, 0)), partial(translate, shift=(0, 1))),
        "rot90": (partial(torch.rot90, dims=(-2, -1)),),
        "horizontal flip": (partial(torch.flip, dims=(-1,)),),
    }
    y = f(x)
    return {name: _kind([(f(g(x)), g) for g in maps], y, _tolerance(x.dtype)) for name, maps in symmetries.items()}


def commuting_shifts(stride: int, max_shift: int) -> list[int]:
    """The shifts from -max_shift to max_shift that a layer with this stride turns into whole shifts of its output.

    They are the multiples of the stride, 0 among them. Raises ValueError for a stride below 1 or max_shift below 0.
    """
    at_least(1, stride=stride)
    at_least(0, max_shift=max_shift)
    return [shift for shift in range(-max_shift, max_shift + 1) if shift % stride == 0]


def shift_consistency(classifier: Map, x: Tensor, max_shift: int) -> float:
    """How often the class with the highest score stays the same when the image moves, from 0 to 1.

    Over all images of x (N, C, H, W) and all circular shifts by at most max_shift pixels on each axis, save the one
    by nothing; `classifier` gives scores (N, classes). Raises ValueError for a max_shift below 1. Source: Zhang 2019,
    "Making convolutional networks shift-invariant again", section 4, who compares two shifts drawn at random.
    """
    at_least(1, max_shift=max_shift)
    by = range(-max_shift, max_shift + 1)
    shifts = [(down, right) for down in by for right in by if (down, right) != (0, 0)]
    top = classifier(x).argmax(1)
    same = [classifier(translate(x, shift)).argmax(1) == top for shift in shifts]
    return torch.stack(same).double().mean().item()


def blur_pool2d(x: Tensor, stride: IntPair = 2) -> Tensor:
    """y[n,c,i,j] = Σ_u,v b[u] b[v] x_reflect[n, c, i·s+u, j·s+v] with b = (1, 2, 1)/4: blurred, then subsampled.

    (N, C, H, W) -> (N, C, ceil(H/s), ceil(W/s)); each side is padded with one pixel, mirrored at the outermost one.
    Raises ValueError for a stride below 1, and for anything but images of at least 2 × 2 pixels.
    Source: Zhang 2019, section 3.2, filter "Tri-3".
    """
    down, right = pair(stride, "stride")
    at_least(1, stride_down=down, stride_right=right)
    if x.ndim != 4 or min(x.shape[2:]) < 2:
        raise ValueError(f"expected images (N, C, H, W) of at least 2 x 2 pixels, not {tuple(x.shape)}")
    b = torch.tensor([1, 2, 1], dtype=x.dtype, device=x.device) / 4
    windows = pad(x, (1, 1, 1, 1), mode="reflect").unfold(2, 3, 1).unfold(3, 3, 1)
    return torch.einsum("ncijuv,u,v->ncij", windows, b, b)[:, :, ::down, ::right]


def symmetrize(f: Map, group: Sequence[tuple[Map, Map]]) -> Map:
    """The function x -> 1/|G| · Σ_g g⁻¹(f(g(x))), which is equivariant to every g of the group.

    `group` holds a pair (g, g⁻¹) for every g, the identity included. Raises ValueError for a group of nothing.
    Source: Murphy et al. 2019, "Janossy pooling"; Yarotsky 2018, "Universal approximations of invariant maps".
    """
    if not group:
        raise ValueError("a group holds at least the identity")
    return lambda x: torch.stack([undo(f(g(x))) for g, undo in group]).mean(0)


def lift_p4(x: Tensor, weight: Tensor) -> Tensor:
    """[x ⋆ ψ](r, i, j) = Σ_c,u,v x_pad[c, i+u, j+v] (R^r ψ)[c, u, v], with R a quarter turn counter-clockwise.

    (N, C, H, W), (K, C, k, k) -> (N, K, 4, H, W) for r = 0 to 3; k is odd, and (k-1)/2 zeros at each side keep the
    size. Raises ValueError for kernels that are not square and odd, and where `conv2d` does.
    Source: Cohen & Welling 2016, section 6.1, for the group p4.
    """
    if weight.ndim != 4 or weight.shape[2] != weight.shape[3] or weight.shape[2] % 2 == 0:
        raise ValueError(f"expected square kernels of odd size (K, C, k, k), not {tuple(weight.shape)}")
    turned = (torch.rot90(weight, turns, (2, 3)) for turns in range(4))
    return torch.stack([conv2d(x, kernel, padding=weight.shape[2] // 2) for kernel in turned], 2)


def _relative_difference(actual: Tensor, expected: Tensor) -> float:
    if actual.shape != expected.shape:
        raise ValueError(f"shapes {tuple(actual.shape)} and {tuple(expected.shape)} cannot be compared")
    difference, size = (t.double().norm().item() for t in (actual.double() - expected.double(), expected))
    if difference == 0:
        return 0.0
    return difference / size if size else float("inf")


def _tolerance(dtype: torch.dtype) -> float:
    """What rounding may do to an error: the root of the machine epsilon, and nothing to whole numbers."""
    return float(torch.finfo(dtype).eps) ** 0.5 if dtype.is_floating_point else 0.0


def _kind(answers: list[tuple[Tensor, Map]], y: Tensor, tolerance: float) -> str:
    """What f is, given its answer y for x, and its answers for g(x) each with its g."""
    if all(_close(moved, y, tolerance) for moved, _ in answers):
        return "invariant"
    if y.ndim == 4 and all(_close(moved, g(y), tolerance) for moved, g in answers):
        return "equivariant"
    return "neither"


def _close(actual: Tensor, expected: Tensor, tolerance: float) -> bool:
    """Answers of different shapes, such as a turned one that is not square, are never close."""
    return actual.shape == expected.shape and _relative_difference(actual, expected) <= tolerance
