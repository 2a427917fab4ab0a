"""Values as plain bytes: a msgpack header that says what there is, and raw buffers. Never pickle, never objects.

A frame is 12 bytes of sizes, the header and the payload. In the header every value is None, a bool, a float, a text,
an int of 64 bits, or a list whose first entry says what it is:

    ["l", items]  list     ["t", items]  tuple     ["d", keys, values]  dict     ["i", text]  big int   ["c", re, im]
    ["T", dtype, shape, strides, device, offset, size]           tensor; strides counted in elements
    ["A", dtype, shape, strides, start, offset, size]            numpy array; strides and start counted in bytes
    ["N", dtype, offset, size]  numpy scalar       ["b", offset, size]  bytes
    ["D", text]  torch.dtype    ["V", text]  torch.device
    ["B", kind, parts]  Described        ["S", number, function, arguments, keywords]  Later

Decoding trusts nothing: WireError is all that wrong bytes can raise.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import msgpack
import numpy
import torch

from convclass.sandbox.described import Described, Later, is_kind

MAX_FRAME = 64 * 1024 * 1024
MAX_HEADER = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_TEXT = 1_000_000
MAX_DIMENSIONS = 16
ALIGNMENT = 64
PREFIX = struct.Struct("<IQ")

TORCH_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    )
}  # fmt: skip
NUMPY_DTYPES = {
    name: numpy.dtype(name)
    for name in (
        "float16", "float32", "float64", "complex64", "complex128",
        "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64",
    )
}  # fmt: skip


class WireError(Exception):
    """The value cannot be sent, or the bytes received are not a value; the text says why."""


class Encoder:
    """Collects values into one frame."""

    def __init__(self) -> None:
        self.buffers: list[memoryview] = []
        self.size = 0
        self.nodes = 0

    def value(self, value: Any, depth: int = 0) -> Any:
        """The header's form of `value`; its data joins the payload. Raises WireError."""
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("it is nested too deeply" if depth > MAX_DEPTH else "it has too many parts")
        encode = _ENCODERS.get(type(value))
        if encode is None:
            if isinstance(value, numpy.generic):
                return self._scalar(value)
            raise WireError(f"it holds a {type(value).__name__[:100]}, which is not data")
        return encode(self, value, depth)

    def frame(self, header: Any) -> list[bytes | memoryview]:
        """The pieces of the frame, in order. Raises WireError when it is larger than a frame may be."""
        packed = msgpack.packb(header, unicode_errors="backslashreplace")
        if len(packed) > MAX_HEADER or self.size > MAX_FRAME:
            raise WireError(f"it is larger than {MAX_FRAME // 2**20} MiB")
        return [PREFIX.pack(len(packed), self.size), packed, *self.buffers]

    def _items(self, values: Any, depth: int) -> list[Any]:
        if len(values) > MAX_NODES:
            raise WireError("it has too many parts")
        return [self.value(value, depth + 1) for value in values]

    def _text(self, text: str, depth: int) -> str:
        if len(text) > MAX_TEXT:
            raise WireError(f"it holds a text of {len(text)} characters")
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-8", "backslashreplace").decode()
        return text

    def _int(self, number: int, depth: int) -> Any:
        if -(2**63) <= number < 2**63:
            return number
        if number.bit_length() > 12_000:
            raise WireError("it holds an int of more than 3600 digits")
        return ["i", str(number)]

    def _tensor(self, tensor: torch.Tensor, depth: int) -> Any:
        name = str(tensor.dtype).removeprefix("torch.")
        device = str(tensor.device)
        if name not in TORCH_DTYPES or tensor.layout is not torch.strided or tensor.device.type not in ("cpu", "cuda"):
            raise WireError(f"it holds a tensor of kind {name}, {tensor.layout}, on {device}")
        tensor = tensor.detach().resolve_conj().resolve_neg()
        shape, strides = list(tensor.shape), list(tensor.stride())
        span = _span(shape, strides)
        self._fits(span * tensor.element_size())
        flat = tensor.as_strided((span,), (1,)).cpu().contiguous()
        return ["T", name, shape, strides, device, *self._data(flat.view(torch.uint8).numpy())]

    def _array(self, array: numpy.ndarray[Any, Any], depth: int) -> Any:
        dtype = array.dtype.newbyteorder("=")
        if dtype.name not in NUMPY_DTYPES:
            raise WireError(f"it holds a numpy array of dtype {dtype.name[:100]}")
        array = array.astype(dtype, copy=False)
        if any(stride % dtype.itemsize for stride in array.strides):
            array = numpy.ascontiguousarray(array)
        lowest = array[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)]
        span = _span(array.shape, [stride // dtype.itemsize for stride in lowest.strides])
        self._fits(span * dtype.itemsize)
        flat = numpy.lib.stride_tricks.as_strided(lowest, (span,), (dtype.itemsize,)) if span else array.reshape(0)
        down = [(size - 1) * -step for size, step in zip(array.shape, array.strides, strict=True) if step < 0]
        start = sum(down) if span else 0
        raw = numpy.ascontiguousarray(flat).view(numpy.uint8)
        return ["A", dtype.name, list(array.shape), list(array.strides), start, *self._data(raw)]

    def _bytes(self, value: bytes, depth: int) -> Any:
        self._fits(len(value))
        return ["b", *self._data(numpy.frombuffer(value, numpy.uint8))]

    def _scalar(self, value: numpy.generic) -> Any:
        if value.dtype.name not in NUMPY_DTYPES:
            raise WireError(f"it holds a numpy {value.dtype.name[:100]}")
        return ["N", value.dtype.name, *self._data(numpy.frombuffer(value.tobytes(), numpy.uint8))]

    def _fits(self, size: int) -> None:
        if self.size + size > MAX_FRAME:
            raise WireError(f"it is larger than {MAX_FRAME // 2**20} MiB")

    def _data(self, raw: Any) -> tuple[int, int]:
        """Put the bytes into the payload; where they start there, and how many they are."""
        offset = self.size
        self.buffers.append(memoryview(raw).cast("B") if raw.size else memoryview(b""))
        padding = -raw.size % ALIGNMENT
        if padding:
            self.buffers.append(memoryview(bytes(padding)))
        self.size += raw.size + padding
        return offset, int(raw.size)


_ENCODERS: dict[type, Callable[[Encoder, Any, int], Any]] = {
    type(None): lambda encoder, value, depth: None,
    bool: lambda encoder, value, depth: value,
    float: lambda encoder, value, depth: value,
    complex: lambda encoder, value, depth: ["c", value.real, value.imag],
    int: Encoder._int,
    str: Encoder._text,
    bytes: Encoder._bytes,
    list: lambda encoder, value, depth: ["l", encoder._items(value, depth)],
    tuple: lambda encoder, value, depth: ["t", encoder._items(value, depth)],
    torch.Size: lambda encoder, value, depth: ["t", encoder._items(value, depth)],
    dict: lambda encoder, value, depth: [
        "d", encoder._items(list(value), depth), encoder._items(list(value.values()), depth)
    ],
    torch.Tensor: Encoder._tensor,
    torch.nn.Parameter: Encoder._tensor,
    numpy.ndarray: Encoder._array,
    Described: lambda encoder, value, depth: ["B", value.kind, encoder.value(value.parts, depth + 1)],
    Later: lambda encoder, value, depth: [
        "S", value.number, value.function,
        encoder.value(value.arguments, depth + 1), encoder.value(value.keywords, depth + 1),
    ],
    torch.dtype: lambda encoder, value, depth: ["D", str(value).removeprefix("torch.")],
    torch.device: lambda encoder, value, depth: ["V", str(value)],
}  # fmt: skip


def _span(shape: Any, strides: Any) -> int:
    """How many elements lie between the first and the last of a strided view, both counted."""
    if 0 in shape:
        return 0
    return 1 + sum((int(size) - 1) * int(step) for size, step in zip(shape, strides, strict=True))


class Decoder:
    """Makes values of a frame's header and payload, checking everything that is said about them.

    Unless `strided`, tensors and arrays have to be contiguous, so that none is larger than the data that came with it.
    """

    def __init__(self, payload: memoryview, *, strided: bool = True) -> None:
        self.payload, self.strided = payload, strided
        self.nodes = 0

    def value(self, form: Any, depth: int = 0) -> Any:
        """The value whose header form is `form`. Raises WireError."""
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("nested too deeply, or too many parts")
        if form is None or type(form) in (bool, float, int):
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
        if type(form[1]) is not list:
            raise WireError("a list without items")
        return [self.value(item, depth + 1) for item in form[1]]

    def _tuple(self, form: list[Any], depth: int) -> tuple[Any, ...]:
        return tuple(self._list(form, depth))

    def _dict(self, form: list[Any], depth: int) -> dict[Any, Any]:
        keys, values = self._list(["l", form[1]], depth), self._list(["l", form[2]], depth)
        if len(keys) != len(values):
            raise WireError("a dict with more keys than values, or fewer")
        if not all(_hashable(key) for key in keys):
            raise WireError("a dict with a key that is not a number or a text")
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
        if device != "cpu" and not _is_cuda(device):
            raise WireError("a tensor on an unknown device")
        span = _span(shape, strides)
        raw = self._raw(offset, size, span * dtype.itemsize)
        flat = torch.frombuffer(raw, dtype=dtype) if span else torch.empty(0, dtype=dtype)
        tensor = flat.as_strided(shape, strides)
        if not (self.strided or tensor.is_contiguous()):
            raise WireError("a tensor that is not contiguous")
        return tensor if device == "cpu" else _on_device(flat, device, shape, strides)

    def _array(self, form: list[Any], depth: int) -> numpy.ndarray[Any, Any]:
        _, name, shape, strides, start, offset, size = form
        dtype = _named(NUMPY_DTYPES, name)
        _check_layout(shape, strides, -MAX_FRAME)
        if type(start) is not int or not 0 <= start <= MAX_FRAME:
            raise WireError("an array that starts nowhere")
        steps = [abs(step) for step in strides]
        span = 0 if 0 in shape else _span(shape, steps) - 1 + dtype.itemsize
        raw = self._raw(offset, size, span)
        try:
            array = numpy.ndarray(tuple(shape), dtype, raw, start, tuple(strides))
        except (ValueError, TypeError) as error:
            raise WireError(f"an array that does not fit its data ({error})") from None
        if not (self.strided or array.flags.c_contiguous):
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
        kind, parts = form[1], self.value(form[2], depth + 1)
        if type(kind) is not str or not is_kind(kind) or not _is_named(parts):
            raise WireError("a description of nothing")
        return Described(kind, parts)

    def _later(self, form: list[Any], depth: int) -> Later:
        _, number, function, *rest = form
        arguments, keywords = (self.value(part, depth + 1) for part in rest)
        if type(number) is not int or type(function) is not str or type(arguments) is not tuple:
            raise WireError("a call that is none")
        if not _is_named(keywords):
            raise WireError("a call with strange keywords")
        return Later(number, function, arguments, keywords)

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


def _is_named(parts: Any) -> bool:
    return type(parts) is dict and all(type(name) is str for name in parts)


def _hashable(key: Any) -> bool:
    if type(key) is tuple:
        return all(_hashable(part) for part in key)
    return key is None or type(key) in (bool, int, float, str)


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
    if not all(type(size) is int and 0 <= size <= MAX_FRAME for size in shape):
        raise WireError("a shape out of bounds")
    if not all(type(step) is int and lowest <= step <= MAX_FRAME for step in strides):
        raise WireError("strides out of bounds")
    if math.prod(shape) > MAX_FRAME:
        raise WireError("a shape out of bounds")


def _is_cuda(device: Any) -> bool:
    return type(device) is str and device.startswith("cuda:") and device[5:] in ("0", "1", "2", "3", "4", "5", "6", "7")


def _on_device(flat: torch.Tensor, device: str, shape: list[int], strides: list[int]) -> torch.Tensor:
    try:
        return flat.to(device).as_strided(shape, strides)
    except RuntimeError as error:
        raise WireError(f"a tensor that cannot be moved to {device}: {str(error)[:200]}") from None


def unpack_header(packed: bytes) -> Any:
    """The header of a frame as lists, numbers and texts. Raises WireError."""
    try:
        return msgpack.unpackb(packed, use_list=True, strict_map_key=True, max_ext_len=0, max_bin_len=0)
    except Exception as error:  # msgpack raises ValueError and half a dozen of its own kinds
        raise WireError(f"a header that cannot be read ({type(error).__name__})") from None


def copied(value: Any) -> Any:
    """A copy of `value` that shares nothing with it, as the other side of the wire would see it."""
    encoder = Encoder()
    form = encoder.value(value)
    payload = bytearray().join(encoder.buffers)
    return Decoder(memoryview(payload)).value(form)
