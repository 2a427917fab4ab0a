"""Describing a wrong answer that no misconception explains, by what can be measured: where it differs, and by what.

Nothing here tells a value of the key: the words may be shown for hidden cases.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from convclass.exam.compare import Mismatch, tolerance

AXES = {
    4: ("batch entry", "channel", "row", "column"),
    3: ("batch entry", "row", "column"),
    2: ("row", "column"),
}


def describe(mismatch: Mismatch) -> str:
    """The mismatch in words, with what stands out: a place, a pattern, a ratio, an offset."""
    actual, expected, wrong = mismatch.actual, mismatch.expected, mismatch.wrong
    if mismatch.kind != "values" or actual is None or expected is None or wrong is None:
        return mismatch.words
    finding = _relation(actual, expected, wrong) or _place(actual, expected, wrong)
    return f"{mismatch.words}; {finding}" if finding else mismatch.words


def _relation(actual: Tensor, expected: Tensor, wrong: Tensor) -> str | None:
    """What turns the whole answer into the right one, if one simple thing does."""
    if not expected.dtype.is_floating_point or expected.numel() < 2 or not bool(actual.isfinite().all()):
        return None
    if not bool(actual.any()):
        return "it is all zeros"
    if bool(((actual - expected).abs() <= 1e-4 * expected.abs().mean()).all()):
        return "it is right to about 4 digits: somewhere it is computed in a lower precision"
    allowed = 8 * tolerance(expected, None)
    tried = [(words, other) for words, other in _transformations(actual, expected) if other.shape == expected.shape]
    close = (torch.stack([other for _, other in tried]) - expected).abs() <= allowed  # all at once: each step is dear
    return next((words for (words, _), fits in zip(tried, close.flatten(1).all(1).tolist(), strict=True) if fits), None)


def _transformations(actual: Tensor, expected: Tensor) -> Iterator[tuple[str, Tensor]]:
    yield "the sign is flipped", -actual
    if expected.ndim >= 2:
        yield "it is upside down (rows reversed)", actual.flip(-2)
        yield "it is mirrored (columns reversed)", actual.flip(-1)
        yield "it is turned by 180 degrees", actual.flip(-1, -2)
        yield "rows and columns are swapped", actual.transpose(-1, -2)
    ratio = float((actual * expected).sum() / (actual * actual).sum())
    if ratio:  # 0 when the two have nothing in common, or the answer is too large to be squared
        yield f"it is {1 / ratio:.4g} times the right answer", actual * ratio
    yield "it is off by the same amount everywhere", actual + (expected - actual).mean()
    if expected.ndim == 4:
        shift = (expected - actual).mean(dim=(0, 2, 3), keepdim=True)
        yield "it is off by one amount for each channel", actual + shift


def _place(actual: Tensor, expected: Tensor, wrong: Tensor) -> str | None:
    """Where the wrong elements are, if they are not everywhere."""
    if bool(wrong.all()) or wrong.ndim not in AXES:
        return None
    border = _border(wrong)
    if not bool((wrong & ~border).any()):
        return "only at the border"
    if bool(border.any()) and not bool((wrong & border).any()):
        return "only in the interior, the border is right"
    for axis, name in enumerate(AXES[wrong.ndim]):
        if found := _along(wrong, axis, name):
            return found
    return None


def _border(wrong: Tensor) -> Tensor:
    border = torch.zeros_like(wrong)
    if wrong.shape[-1] > 2 and wrong.shape[-2] > 2:
        border[..., 0, :] = border[..., -1, :] = border[..., :, 0] = border[..., :, -1] = True
    return border


def _along(wrong: Tensor, axis: int, name: str) -> str | None:
    """Say so when only some of the slices along `axis` hold anything wrong."""
    others = [a for a in range(wrong.ndim) if a != axis]
    hit = wrong.any(dim=others).tolist() if others else wrong.tolist()
    indices = [i for i, h in enumerate(hit) if h]
    if len(indices) == len(hit):
        return None
    if len(indices) == 1:
        return f"only {name} {indices[0]} is wrong"
    if indices == list(range(1, len(hit))):
        return f"{name} 0 is right, every other is wrong"
    if len(hit) > 3 and indices in (list(range(0, len(hit), 2)), list(range(1, len(hit), 2))):
        return f"every second {name} is wrong"
    return f"only {name}s {', '.join(map(str, indices))} are wrong" if len(indices) <= 4 else None
