"""A frame to values: the receiving half of the wire, which trusts nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgpack
import numpy
import torch

from convclass.sandbox.described import Described, Later, is_kind
from convclass.sandbox.encode import (
    ALIGNMENT,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_FRAME,
    MAX_NODES,
    MAX_TEXT,
    NUMPY_DTYPES,
    TORCH_DTYPES,
    WireError,
    span_of,
)

MAX_SLOW_KEYS = 2_000


class Decoder:
    """Makes values of a frame's header and payload, checking everything that is said about them.

    What comes from a child (not `trusted`) has to be plain: no descriptions, and tensors and arrays contiguous, so that
    none is larger than the data that came with it, and in main memory or on the `device` that the child works on.
    """

    def __init__(self, payload: memoryview, *, trusted: bool = True, device: str = "cpu") -> None:
        self.payload, self.trusted, self.device = payload, trusted, device
        self.nodes = 0
        self.slow_keys = 0

    def value(self, form: Any, depth: int = 0) -> Any:
        """The value whose header form is `form`. Raises WireError."""
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("nested too deeply, or too many parts")
        if type(form) in _NUMBERS:
            return form
        if type(form) is str:
            return self._text(form)
        if type(form) is not list or not form or type(form[0]) is not str:
            raise WireError(f"a {type(form).__name__} where a value is due")
        decode = _DECODERS.get((form[0], len(form)))
        if decode is None:
            raise WireError("an unknown kind of value")
        return decode(self, form, depth)

    def _text(self, text: str) -> str:
        if len(text) > MAX_TEXT:
            raise WireError("a text that is too long")
        return text

    def _list(self, form: list[Any], depth: int) -> list[Any]:
        items = form[1]
        if type(items) is not list:
            raise WireError("a list without items")
        if depth < MAX_DEPTH and self.nodes + len(items) <= MAX_NODES and _NUMBERS.issuperset(map(type, items)):
            self.nodes += len(items)
            return items
        return [self.value(item, depth + 1) for item in items]

    def _tuple(self, form: list[Any], depth: int) -> tuple[Any, ...]:
        return tuple(self._list(form, depth))

    def _dict(self, form: list[Any], depth: int) -> dict[Any, Any]:
        if form[1] == form[2] == []:
            return {}  # the keywords of nearly every call
        keys, values = self._list(["l", form[1]], depth), self._list(["l", form[2]], depth)
        if len(keys) != len(values):
            raise WireError("a dict with more keys than values, or fewer")
        if not all(_hashable(key) for key in keys):
            raise WireError("a dict with a key that is not a number or a text")
        self.slow_keys += sum(_may_collide(key) for key in keys)
        if self.slow_keys > MAX_SLOW_KEYS:
            raise WireError("dicts with too many tuples or big ints for keys")
        return dict(zip(keys, values, strict=True))

    def _int(self, form: list[Any], depth: int) -> int:
        text = form[1]
        if type(text) is not str or len(text) > 4000 or not text.removeprefix("-").isascii():
            raise WireError("a big int that is no number")
        if not text.removeprefix("-").isdigit():
            raise WireError("a big int that is no number")
        return int(text)

    def _complex(self, form: list[Any], depth: int) -> complex:
        if type(form[1]) is not float or type(form[2]) is not float:
            raise WireError("a complex number that is none")
        return complex(form[1], form[2])

    def _tensor(self, form: list[Any], depth: int) -> torch.Tensor:
        _, name, shape, strides, device, offset, size = form
        dtype = _named(TORCH_DTYPES, name)
        _check_layout(shape, strides, 0)
        if device == "cpu" and name in NUMPY_DTYPES and strides == _dense_strides(shape) and 0 not in shape:
            self._raw(offset, size, math.prod(shape) * dtype.itemsize)
            return torch.from_numpy(numpy.ndarray(shape, NUMPY_DTYPES[name], self.payload, offset))
        if device not in ("cpu", self.device) and not (self.trusted and _is_cuda(device)):
            raise WireError("a tensor on an unknown device")
        span = span_of(shape, strides)
        raw = self._raw(offset, size, span * dtype.itemsize)
        flat = torch.frombuffer(raw, dtype=dtype) if span else torch.empty(0, dtype=dtype)
        tensor = flat.as_strided(shape, strides)
        if not (self.trusted or tensor.is_contiguous()):
            raise WireError("a tensor that is not contiguous")
        return tensor if device == "cpu" else _on_device(flat, device, shape, strides)

    def _array(self, form: list[Any], depth: int) -> numpy.ndarray[Any, Any]:
        _, name, shape, strides, start, offset, size = form
        dtype = _named(NUMPY_DTYPES, name)
        _check_layout(shape, strides, -MAX_FRAME)
        if type(start) is not int or not 0 <= start <= MAX_FRAME:
            raise WireError("an array that starts nowhere")
        steps = [abs(step) for step in strides]
        span = 0 if 0 in shape else span_of(shape, steps) - 1 + dtype.itemsize
        raw = self._raw(offset, size, span)
        try:
            array = numpy.ndarray(tuple(shape), dtype, raw, start, tuple(strides))
        except (ValueError, TypeError) as error:
            raise WireError(f"an array that does not fit its data ({error})") from None
        if not (self.trusted or array.flags.c_contiguous):
            raise WireError("an array that is not contiguous")
        return array

    def _scalar(self, form: list[Any], depth: int) -> Any:
        _, name, offset, size = form
        dtype = _named(NUMPY_DTYPES, name)
        return numpy.frombuffer(bytes(self._raw(offset, size, dtype.itemsize)), dtype)[0]

    def _bytes(self, form: list[Any], depth: int) -> bytes:
        return bytes(self._raw(form[1], form[2], form[2]))

    def _dtype(self, form: list[Any], depth: int) -> torch.dtype:
        dtype: torch.dtype = _named(TORCH_DTYPES, form[1])
        return dtype

    def _device(self, form: list[Any], depth: int) -> torch.device:
        if form[1] != "cpu" and not _is_cuda(form[1]):
            raise WireError("an unknown device")
        return torch.device(form[1])

    def _described(self, form: list[Any], depth: int) -> Described:
        self._only_from_us()
        kind, parts = form[1], self.value(form[2], depth + 1)
        if type(kind) is not str or not is_kind(kind) or not _is_named(parts):
            raise WireError("a description of nothing")
        return Described(kind, parts)

    def _later(self, form: list[Any], depth: int) -> Later:
        self._only_from_us()
        _, number, function, *rest = form
        arguments, keywords = (self.value(part, depth + 1) for part in rest)
        if type(number) is not int or type(function) is not str or type(arguments) is not tuple:
            raise WireError("a call that is none")
        if not _is_named(keywords):
            raise WireError("a call with strange keywords")
        return Later(number, function, arguments, keywords)

    def _only_from_us(self) -> None:
        if not self.trusted:
            raise WireError("a description, which is no answer")

    def _raw(self, offset: Any, size: Any, needed: int) -> memoryview:
        """The part of the payload that a value names; it must hold exactly `needed` bytes."""
        if type(offset) is not int or type(size) is not int or size != needed:
            raise WireError("a shape that does not match its data")
        if offset < 0 or offset % ALIGNMENT or offset + size > len(self.payload):
            raise WireError("data outside the message")
        return self.payload[offset : offset + size]


_DECODERS: dict[tuple[str, int], Callable[[Decoder, list[Any], int], Any]] = {
    ("l", 2): Decoder._list,
    ("t", 2): Decoder._tuple,
    ("d", 3): Decoder._dict,
    ("i", 2): Decoder._int,
    ("c", 3): Decoder._complex,
    ("T", 7): Decoder._tensor,
    ("A", 7): Decoder._array,
    ("N", 4): Decoder._scalar,
    ("b", 3): Decoder._bytes,
    ("D", 2): Decoder._dtype,
    ("V", 2): Decoder._device,
    ("B", 3): Decoder._described,
    ("S", 5): Decoder._later,
}


_NUMBERS = frozenset({type(None), bool, float, int})


def _is_named(parts: Any) -> bool:
    return type(parts) is dict and all(type(name) is str for name in parts)


def _hashable(key: Any) -> bool:
    if type(key) is tuple:
        return all(_hashable(part) for part in key)
    return key is None or type(key) in (bool, int, float, str)


def _may_collide(key: Any) -> bool:
    """Whether many keys of this kind with one hash can be found, among which a dict takes quadratic time."""
    return type(key) is tuple or (type(key) is int and not -(2**63) <= key < 2**64)


def _named(kinds: dict[str, Any], name: Any) -> Any:
    if type(name) is not str or name not in kinds:
        raise WireError("an unknown dtype")
    return kinds[name]


def _check_layout(shape: Any, strides: Any, lowest: int) -> None:
    """Refuse anything but two equally long lists of ints in bounds."""
    if type(shape) is not list or type(strides) is not list or len(shape) != len(strides):
        raise WireError("a shape that is none")
    if len(shape) > MAX_DIMENSIONS:
        raise WireError("a shape with too many dimensions")
    for size in shape:
        if type(size) is not int or not 0 <= size <= MAX_FRAME:
            raise WireError("a shape out of bounds")
    for step in strides:
        if type(step) is not int or not lowest <= step <= MAX_FRAME:
            raise WireError("strides out of bounds")
    if math.prod(size for size in shape if size) > MAX_FRAME:  # torch counts on past a 0, until it fails
        raise WireError("a shape out of bounds")


def _dense_strides(shape: list[int]) -> list[int]:
    """How many elements it is from one index of each axis to the next when none are left out."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 1, 0, -1):
        strides[axis - 1] = strides[axis] * shape[axis]
    return strides


def _is_cuda(device: Any) -> bool:
    return type(device) is str and device.startswith("cuda:") and device[5:] in ("0", "1", "2", "3", "4", "5", "6", "7")


def _on_device(flat: torch.Tensor, device: str, shape: list[int], strides: list[int]) -> torch.Tensor:
    try:
        return flat.to(device).as_strided(shape, strides)
    except (RuntimeError, AssertionError) as error:  # AssertionError: a torch without CUDA
        raise WireError(f"a tensor that cannot be moved to {device}: {str(error)[:200]}") from None


def unpack_header(packed: bytes) -> Any:
    """The header of a frame as lists, numbers and texts. Raises WireError."""
    try:
        return msgpack.unpackb(packed, use_list=True, strict_map_key=True, max_ext_len=0, max_bin_len=0)
    except Exception as error:  # msgpack raises ValueError and half a dozen of its own kinds
        raise WireError(f"a header that cannot be read ({type(error).__name__})") from None
