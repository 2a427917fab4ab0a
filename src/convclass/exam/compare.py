"""Comparing a student's answer with the right one: missing, type, shape, dtype, values, in this order.

Tolerances follow "What the course teaches": the error of a sum of products is judged against the sum of the absolute
products (its magnitude), since under cancellation the error relative to the result itself can be arbitrarily large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

# A sum of a few hundred products in any order stays within some 20 rounding errors of its magnitude; an FFT within
# about as many of the largest magnitude. Every misconception is wrong by more than a thousand times as much.
ROUNDING_ERRORS = 128
NUMBER_TOLERANCE = 1e-5
WRONG_VALUES = ("values", "nan")
"""The kinds of mismatches in which an answer has the type, shape and dtype of the right one."""
LARGEST_SHOWN, MOST_AXES_SHOWN = 999, 8  # of a wrong shape, which could else spell what a student has seen
_ARRAYS = (Tensor, np.ndarray)
_PLAIN = (bool, str, dict, list, type(None))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why an answer is not the right one.

    `kind` is the first stage that failed: missing, type, shape, dtype, nan or values. `words` hold no values of the
    answer or the key, so that they may be shown for hidden cases. `actual`, `expected` and `wrong` (a mask) are there
    for answers that could be compared element by element; `right_share` is how much of a tuple is right.
    """

    kind: str
    words: str
    actual: Tensor | None = None
    expected: Tensor | None = None
    wrong: Tensor | None = None
    right_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` found: the answer in the key's type, what was converted on the way, and the mismatch if any."""

    answer: Any
    notes: tuple[str, ...] = ()
    mismatch: Mismatch | None = None


def compare(actual: Any, expected: Any, allowed: Any = None) -> Comparison:
    """Compare a student's answer with the key.

    `allowed` is what `allowed_error` gives for the key (None: by the key's own absolute values).
    Answers of another type are converted when that is unambiguous, with a note; a wrong shape never is.
    """
    if actual is None and expected is not None:
        return Comparison(None, (), Mismatch("missing", "returned None: is a `return` missing?"))
    if isinstance(expected, tuple):
        return _compare_tuple(actual, expected, allowed)
    if isinstance(expected, _ARRAYS):
        return _compare_tensor(actual, expected, allowed)
    if isinstance(expected, _PLAIN):
        return _compare_plain(actual, expected)
    return _compare_number(actual, expected)


def agrees(actual: Any, expected: Any, allowed: Any = None) -> bool:
    """Whether `compare` finds nothing wrong. The common kinds of answers are compared without making words."""
    if isinstance(expected, tuple) and isinstance(actual, tuple | list):
        each = _allowed_of_parts(expected, allowed)
        return len(actual) == len(expected) and all(map(agrees, actual, expected, each))
    if not _same_kind(actual, expected):
        return compare(actual, expected, allowed).mismatch is None
    if actual.shape != expected.shape:
        return False
    most = allowed if isinstance(allowed, Tensor) else None
    return _wrong_elements(_tensor(actual), _tensor(expected), most) is None


def _compare_tuple(actual: Any, expected: tuple[Any, ...], allowed: Any) -> Comparison:
    if not isinstance(actual, tuple | list):
        words = f"returned {kind_of(actual)} where a tuple of {len(expected)} is due"
        return Comparison(actual, (), Mismatch("type", words))
    if len(actual) != len(expected):
        words = f"returned {len(actual)} values where {len(expected)} are due"
        return Comparison(actual, (), Mismatch("type", words))
    each = _allowed_of_parts(expected, allowed)
    parts = [compare(a, e, most) for a, e, most in zip(actual, expected, each, strict=True)]
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    answer = tuple(part.answer for part in parts)
    wrong = [(place, part.mismatch) for place, part in enumerate(parts, 1) if part.mismatch is not None]
    if not wrong:
        return Comparison(answer, notes)
    place, found = min(wrong, key=lambda one: one[1].kind in WRONG_VALUES)  # the first of another kind, if there is one
    words = f"value {place} of {len(expected)}: {found.words}"
    right = (len(parts) - len(wrong)) / len(parts)
    return Comparison(answer, notes, Mismatch(found.kind, words, found.actual, found.expected, found.wrong, right))


def _allowed_of_parts(expected: tuple[Any, ...], allowed: Any) -> tuple[Any, ...]:
    fits = isinstance(allowed, tuple) and len(allowed) == len(expected)  # a misconception may answer with more or fewer
    return allowed if fits else (None,) * len(expected)


def _same_kind(actual: Any, expected: Any) -> bool:
    """Whether both are tensors, or both arrays, of one dtype and device."""
    if isinstance(expected, Tensor):
        return isinstance(actual, Tensor) and actual.dtype == expected.dtype and actual.device == expected.device
    return isinstance(expected, np.ndarray) and isinstance(actual, np.ndarray) and actual.dtype == expected.dtype


def _same(actual: Any, expected: Any) -> bool:
    """Whether both are tensors, or both arrays, with the very same values; most right answers are."""
    if not _same_kind(actual, expected) or actual.shape != expected.shape:
        return False
    return torch.equal(actual, expected) if isinstance(expected, Tensor) else bool((actual == expected).all())


def _compare_tensor(actual: Any, expected: Tensor | np.ndarray, allowed: Any) -> Comparison:
    if _same(actual, expected):
        return Comparison(actual)
    notes: list[str] = []
    if isinstance(actual, tuple | list) and actual and isinstance(actual[0], Tensor | np.ndarray):
        notes.append("returned a tuple; its first value was taken as the answer")
        actual = actual[0]
    wanted = "a numpy array" if isinstance(expected, np.ndarray) else "a tensor"
    key = _tensor(expected)
    answer = _as_tensor(actual, key)
    if answer is None:
        words = f"returned {kind_of(actual)} where {wanted} is due"
        return Comparison(actual, tuple(notes), Mismatch("type", words))
    if kind_of(actual) != wanted:
        notes.append(f"returned {kind_of(actual)}; converted to {wanted}")
    if answer.device != key.device:
        notes.append(f"returned a tensor on {answer.device.type}; moved to {key.device.type}")
        answer = answer.to(key.device)
    if answer.shape != key.shape:
        words = shape_words(tuple(answer.shape), tuple(key.shape))
        return Comparison(actual, tuple(notes), Mismatch("shape", words))
    converted = _as_dtype(answer, key.dtype)
    if converted is None:
        words = f"returned dtype {_short(answer.dtype)} where {_short(key.dtype)} is due"
        return Comparison(actual, tuple(notes), Mismatch("dtype", words))
    if answer.dtype != key.dtype:
        notes.append(f"returned {_short(answer.dtype)}; converted to {_short(key.dtype)}, the dtype of the input")
    mismatch = _compare_values(converted, key, allowed if isinstance(allowed, Tensor) else None)
    result = converted.numpy() if isinstance(expected, np.ndarray) else converted
    return Comparison(result, tuple(notes), mismatch)


def _compare_values(actual: Tensor, expected: Tensor, allowed: Tensor | None) -> Mismatch | None:
    wrong = _wrong_elements(actual, expected, allowed)
    if wrong is None:
        return None
    if bool((actual.isnan() & ~expected.isnan()).any()):
        return Mismatch("nan", "the answer holds NaN", actual, expected, wrong)
    share = int(wrong.sum()), wrong.numel()
    return Mismatch("values", f"{share[0]} of {share[1]} values are wrong", actual, expected, wrong)


def _wrong_elements(actual: Tensor, expected: Tensor, allowed: Tensor | None) -> Tensor | None:
    """Which elements are wrong, None when none is; both tensors have one shape, dtype and device."""
    if torch.equal(actual, expected):
        return None
    if not expected.dtype.is_floating_point:
        return actual != expected
    if allowed is None or allowed.shape != expected.shape:  # a misconception may answer in another shape
        allowed = tolerance(expected, allowed)
    right = (actual - expected).abs() <= allowed
    right |= actual == expected  # infinities are equal to themselves; NaN is neither close nor equal to anything
    return None if bool(right.all()) else ~right


def allowed_error(expected: Any, magnitude: Any = None) -> Any:
    """The largest error that rounding explains, in the structure of `expected`; None for what is compared exactly.

    `magnitude`, where known, has the same structure and holds Σ|x·w| for each element.
    """
    if isinstance(expected, tuple):
        each = magnitude if isinstance(magnitude, tuple) else (None,) * len(expected)
        return tuple(allowed_error(e, m) for e, m in zip(expected, each, strict=True))
    if not isinstance(expected, Tensor | np.ndarray) or not _tensor(expected).dtype.is_floating_point:
        return None
    key = _tensor(expected)
    scale = key.abs() if magnitude is None else torch.maximum(key.abs(), _tensor(magnitude).abs())
    return _rounding(scale, key.dtype)


def tolerance(expected: Tensor, allowed: Tensor | None) -> Tensor:
    """The allowed error of an answer that is not the key's own: by its values, and the largest that the key allows."""
    own = _rounding(expected.abs(), expected.dtype)
    return own if allowed is None or not allowed.numel() else torch.maximum(own, allowed.max())


def _rounding(scale: Tensor, dtype: torch.dtype) -> Tensor:
    scale = scale.nan_to_num(0.0, 0.0, 0.0)
    floor = scale.mean() if scale.numel() else scale.sum()
    return ROUNDING_ERRORS * torch.finfo(dtype).eps * torch.maximum(scale, floor)


def _compare_plain(actual: Any, expected: Any) -> Comparison:
    notes: tuple[str, ...] = ()
    if isinstance(expected, bool) and _is_single_bool(actual):
        notes = (f"returned {kind_of(actual)}; converted to a bool",)
        actual = bool(actual)
    if type(actual) is not type(expected):
        words = f"returned {kind_of(actual)} where {kind_of(expected)} is due"
        return Comparison(actual, (), Mismatch("type", words))
    mismatch = None if _equal(actual, expected) else Mismatch("values", "the value is wrong")
    return Comparison(actual, notes, mismatch)


def _equal(actual: Any, expected: Any) -> bool:
    """`actual == expected`, also where containers hold tensors, whose == is not a truth value."""
    if isinstance(expected, dict):
        same = isinstance(actual, dict) and actual.keys() == expected.keys()
        return same and all(_equal(actual[name], value) for name, value in expected.items())
    if isinstance(expected, tuple | list):
        same = type(actual) is type(expected) and len(actual) == len(expected)
        return same and all(map(_equal, actual, expected))
    if isinstance(expected, Tensor | np.ndarray):
        return agrees(actual, expected)
    if isinstance(actual, Tensor | np.ndarray) and actual.ndim > 0:
        return False
    return bool(actual == expected)


def _is_single_bool(value: Any) -> bool:
    """Whether it is a truth value of torch or numpy, as a comparison of their numbers makes it."""
    if isinstance(value, Tensor):
        return value.ndim == 0 and value.dtype is torch.bool
    return isinstance(value, np.ndarray | np.generic) and value.ndim == 0 and value.dtype == np.bool_


def _compare_number(actual: Any, expected: float) -> Comparison:
    """`expected` is an int or a float; a 0-d tensor or array, numpy's scalars and integral floats are numbers too."""
    notes: tuple[str, ...] = ()
    number = actual
    if isinstance(actual, Tensor | np.ndarray | np.generic) and actual.ndim == 0:
        number = actual.item()
        notes = (f"returned {kind_of(actual)}; converted to a number",)
    if isinstance(number, bool) or not isinstance(number, int | float):
        words = f"returned {kind_of(actual)} where {kind_of(expected)} is due"
        return Comparison(actual, (), Mismatch("type", words))
    if isinstance(expected, int) and isinstance(number, float):
        if not number.is_integer():
            return Comparison(actual, notes, Mismatch("type", "returned a fraction where a whole number is due"))
        notes = (*notes, "returned a float; converted to int")
        number = int(number)
    close = number == expected if isinstance(expected, int) else _close(_as_float(number), expected)
    return Comparison(number, notes, None if close else Mismatch("values", "the number is wrong"))


def _as_float(number: float) -> float:
    """The number as a float; an int that is too large for one is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number > 0 or -1)


def _close(number: float, expected: float) -> bool:
    """Whether two numbers agree: a relative error of float32 tensors is itself only known to their rounding."""
    near = math.isfinite(expected) and abs(number - expected) <= NUMBER_TOLERANCE * max(abs(expected), 1.0)
    return number == expected or near


def _tensor(value: Tensor | np.ndarray) -> Tensor:
    return value if isinstance(value, Tensor) else torch.from_numpy(np.array(value))


def _as_tensor(value: Any, key: Tensor) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return _tensor(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and key.ndim == 0:
        fits = isinstance(value, float) or -(2**63) <= value < 2**63
        return torch.tensor(value if fits else _as_float(value))
    return None


def _as_dtype(value: Tensor, dtype: torch.dtype) -> Tensor | None:
    """`value` in `dtype` when nothing is lost by it, else None."""
    if value.dtype == dtype:
        return value
    if value.dtype.is_floating_point and dtype.is_floating_point:
        wider = torch.finfo(value.dtype).bits > torch.finfo(dtype).bits
        return value.to(dtype) if wider else None
    if value.dtype.is_floating_point and dtype != torch.bool:
        whole = bool((value.isfinite() & (value == value.round())).all())
        return value.to(dtype) if whole else None
    if torch.bool in (value.dtype, dtype) or dtype.is_floating_point or value.is_complex():
        return None
    return value.to(dtype)


def kind_of(value: Any) -> str:
    """What a value is, in a student's words."""
    if isinstance(value, Tensor):
        return "a tensor"
    if isinstance(value, np.ndarray):
        return "a numpy array"
    names = {int: "an int", float: "a float", bool: "a bool", str: "a str", type(None): "None"}
    return names.get(type(value), f"a {type(value).__name__}")


def shape_words(actual: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Name both shapes, and what they have to do with each other when that is plain to see."""
    words = f"shape {_shown(actual)} where {expected} is due"
    if len(actual) != len(expected):
        return f"{words}: {len(actual)} axes instead of {len(expected)}"
    if sorted(actual) == sorted(expected):
        swapped = [axis for axis, (a, e) in enumerate(zip(actual, expected, strict=True)) if a != e]
        return f"{words}: axes {' and '.join(map(str, swapped))} are swapped"
    differences = {a - e for a, e in zip(actual, expected, strict=True)} - {0}
    if len(differences) == 1 and abs(by := differences.pop()) == 1:
        return f"{words}: one too {'many' if by > 0 else 'few'}"
    return words


def _shown(shape: tuple[int, ...]) -> str:
    sizes = [str(size) if size <= LARGEST_SHOWN else "many" for size in shape[:MOST_AXES_SHOWN]]
    more = ", ..." if len(shape) > MOST_AXES_SHOWN else "," if len(shape) == 1 else ""
    return f"({', '.join(sizes)}{more})"


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
