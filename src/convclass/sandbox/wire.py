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

from typing import Any

from convclass.sandbox.decode import Decoder, unpack_header
from convclass.sandbox.encode import MAX_FRAME, MAX_HEADER, NUMPY_DTYPES, PREFIX, TORCH_DTYPES, Encoder, WireError

__all__ = [
    "MAX_FRAME", "MAX_HEADER", "NUMPY_DTYPES", "PREFIX", "TORCH_DTYPES", "Decoder", "Encoder", "WireError", "copied",
    "unpack_header",
]  # fmt: skip


def copied(value: Any) -> Any:
    """A copy of `value` that shares nothing with it, as the other side of the wire would see it."""
    encoder = Encoder()
    form = encoder.value(value)
    payload = bytearray().join(encoder.buffers)
    return Decoder(memoryview(payload)).value(form)
