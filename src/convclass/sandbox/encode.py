"""Values to a frame: the sending half of the wire."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import msgpack
import numpy
import torch

from convclass.sandbox.described import Described, Later

MAX_FRAME = 64 * 1024 * 1024
MAX_HEADER = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_TEXT = 1_000_000
MAX_DIMENSIONS = 16
ALIGNMENT = 64
_PADDING = memoryview(bytes(ALIGNMENT))
PREFIX = struct.Struct("<IQ")
LIST_OF_THREE = b"\x93"  # how msgpack begins a list of three; its items follow

TORCH_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    )
}  # fmt: skip
_TORCH_NAMES = {dtype: name for name, dtype in TORCH_DTYPES.items()}
_AS_IN_NUMPY = frozenset(dtype for dtype in _TORCH_NAMES if dtype != torch.bfloat16 and not dtype.is_complex)
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
        return self.framed(packed(header))

    def framed(self, header: bytes) -> list[bytes | memoryview]:
        """The pieces of the frame with a header that is packed already."""
        if len(header) > MAX_HEADER or self.size > MAX_FRAME:
            raise WireError(f"it is larger than {MAX_FRAME // 2**20} MiB")
        return [PREFIX.pack(len(header), self.size), header, *self.buffers]

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
        if _is_simple(tensor):
            return self._contiguous(tensor)
        name = str(tensor.dtype).removeprefix("torch.")
        device = str(tensor.device)
        if name not in TORCH_DTYPES or tensor.layout is not torch.strided or tensor.device.type not in ("cpu", "cuda"):
            raise WireError(f"it holds a tensor of kind {name}, {tensor.layout}, on {device}")
        tensor = tensor.detach().resolve_conj().resolve_neg()
        shape, strides = list(tensor.shape), list(tensor.stride())
        span = span_of(shape, strides)
        self._fits(span * tensor.element_size())
        flat = tensor.as_strided((span,), (1,)).cpu().contiguous()
        return ["T", name, shape, strides, device, *self._data(flat.view(torch.uint8).numpy())]

    def _contiguous(self, tensor: torch.Tensor) -> Any:
        """The form of most tensors, which need no preparation."""
        raw = tensor.detach().numpy()
        self._fits(raw.nbytes)
        strides = list(tensor.stride())
        return ["T", _TORCH_NAMES[tensor.dtype], list(raw.shape), strides, "cpu", *self._data(raw)]

    def _array(self, array: numpy.ndarray[Any, Any], depth: int) -> Any:
        dtype = array.dtype.newbyteorder("=")
        if dtype.name not in NUMPY_DTYPES:
            raise WireError(f"it holds a numpy array of dtype {dtype.name[:100]}")
        array = array.astype(dtype, copy=False)
        if any(stride % dtype.itemsize for stride in array.strides):
            array = numpy.ascontiguousarray(array)
        lowest = array[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)]
        span = span_of(array.shape, [stride // dtype.itemsize for stride in lowest.strides])
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
        offset, size = self.size, int(raw.nbytes)
        if size:
            self.buffers.append(memoryview(raw).cast("B"))
        padding = -size % ALIGNMENT
        if padding:
            self.buffers.append(_PADDING[:padding])
        self.size += size + padding
        return offset, size


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


def _is_simple(tensor: torch.Tensor) -> bool:
    """Whether the tensor's numbers lie in memory as its shape has them, and numpy knows their kind."""
    in_memory = tensor.is_cpu and tensor.dtype in _AS_IN_NUMPY and tensor.layout is torch.strided
    return in_memory and tensor.is_contiguous() and not tensor.is_neg()


def packed(header: Any) -> bytes:
    """The header of a frame, or a part of one, in msgpack."""
    data: bytes = msgpack.packb(header, unicode_errors="backslashreplace")
    return data


def span_of(shape: Any, strides: Any) -> int:
    """How many elements lie between the first and the last of a strided view, both counted."""
    if 0 in shape:
        return 0
    return 1 + sum((int(size) - 1) * int(step) for size, step in zip(shape, strides, strict=True))
