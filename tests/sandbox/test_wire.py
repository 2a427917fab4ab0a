"""Values over the wire: what goes in comes out, and wrong bytes raise WireError and nothing else."""

import contextlib
import math

import hypothesis.extra.numpy as arrays
import msgpack
import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convclass.sandbox.message import (
    PackedCalls,
    Question,
    decode_question,
    decode_reply,
    encode_question,
    encode_reply,
)
from convclass.sandbox.reply import Crashed, Loaded, Missing, OutOfMemory, Raised, Returned, Unsendable
from convclass.sandbox.wire import NUMPY_DTYPES, PREFIX, TORCH_DTYPES, Decoder, Encoder, WireError, copied


def same(a, b):
    """Equal in type and content, NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a.nan_to_num(7), b.nan_to_num(7))
    if isinstance(a, numpy.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and numpy.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and same(list(a.values()), list(b.values()))
    return a == b or (a != a and b != b)


BASE = torch.arange(120, dtype=torch.float32).reshape(2, 3, 4, 5)
STRIDED = {
    "contiguous": BASE,
    "transposed": BASE.transpose(1, 3),
    "sliced": BASE[:, 1:, ::2, 1:4],
    "expanded": torch.arange(3.0)[:, None].expand(3, 4),
    "windows": torch.arange(10.0).unfold(0, 3, 1),
    "channels last": BASE.to(memory_format=torch.channels_last),
    "scalar": torch.tensor(3.0),
    "empty": torch.zeros(2, 0, 3),
    "empty and transposed": torch.zeros(2, 0, 3).transpose(0, 2),
}


@pytest.mark.parametrize("tensor", STRIDED.values(), ids=STRIDED)
def test_tensors_keep_their_strides(tensor):
    copy = copied(tensor)
    assert same(copy, tensor)
    assert copy.stride() == tensor.stride()
    assert copy.storage_offset() == 0
    assert copy.numel() == 0 or copy.data_ptr() != tensor.data_ptr()


ARRAY = numpy.arange(24, dtype=numpy.float64).reshape(2, 3, 4)
ARRAYS = {
    "contiguous": ARRAY,
    "transposed": ARRAY.T,
    "reversed": ARRAY[::-1, :, ::-2],
    "sliced": ARRAY[:, 1:, ::3],
    "broadcast": numpy.broadcast_to(numpy.arange(3), (4, 3)),
    "scalar": numpy.array(3.0),
    "empty": numpy.zeros((3, 0)),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_keep_their_strides(array):
    copy = copied(array)
    assert same(copy, array)
    assert copy.strides == array.strides


@pytest.mark.parametrize("dtype", TORCH_DTYPES.values(), ids=TORCH_DTYPES)
def test_every_torch_dtype(dtype):
    tensor = torch.tensor([[0, 1, 2], [3, 4, 5]]).to(dtype)
    assert same(copied(tensor), tensor)


@pytest.mark.parametrize("dtype", NUMPY_DTYPES.values(), ids=NUMPY_DTYPES)
def test_every_numpy_dtype(dtype):
    array = numpy.array([[0, 1, 2], [3, 4, 5]]).astype(dtype)
    assert same(copied(array), array)
    assert same(copied(array[1, 2]), array[1, 2])


@pytest.mark.parametrize(
    ("value", "arrived"),
    [
        (torch.Size([1, 2]), (1, 2)),
        (torch.nn.Parameter(torch.ones(2)), torch.ones(2)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (torch.ones(2, dtype=torch.complex64).conj(), torch.ones(2, dtype=torch.complex64)),
        (numpy.arange(3, dtype=">i4"), numpy.arange(3, dtype="int32")),
        (torch.float64, torch.float64),
        (torch.device("cpu"), torch.device("cpu")),
        (b"\x00\xff", b"\x00\xff"),
        (2j, 2j),
        ("\ud800", "\\ud800"),
        (10**3000, 10**3000),
        (-(2**63), -(2**63)),
        (2**64, 2**64),
        (-0.0, -0.0),
    ],
)
def test_other_values(value, arrived):
    assert same(copied(value), arrived)


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, range(3), numpy.array([object()]), numpy.array(["a"]), torch.zeros(2, device="meta"), 10**5000,
     "x" * 2_000_000, torch.zeros(2).to_sparse(), torch.zeros(2**25), True.__class__, numpy.datetime64("2020")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_not_data_cannot_be_sent(value):
    with pytest.raises(WireError):
        copied(value)
    with pytest.raises(WireError):
        copied([1, (value,)])


def test_nesting_is_bounded():
    deep = []
    for _ in range(40):
        deep = [deep]
    with pytest.raises(WireError, match="deeply"):
        copied(deep)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers(allow_nan=False)
    | arrays.arrays(st.sampled_from(list(NUMPY_DTYPES.values())), arrays.array_shapes(min_dims=0, min_side=0)),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=10,
)  # fmt: skip


@given(PLAIN)
def test_round_trip(value):
    assert same(copied(value), value)


@given(st.binary(max_size=400), st.binary(max_size=200))
def test_random_bytes_raise_only_wire_errors(header, payload):
    for decode in (decode_question, lambda h, p: decode_reply(h, p, 1)):
        try:
            decode(header, memoryview(payload))
        except WireError:
            continue
        except (TypeError, ValueError):  # questions come from the trusted side only
            assert decode is decode_question


FORM = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=5)
    | st.sampled_from(["T", "A", "N", "B", "S", "relu", "t", "l", "d", "i", "c", "b",
                       "D", "V", "float32", "cpu", "cuda:0", "bool"]),
    lambda inner: st.lists(inner, max_size=8),
    max_leaves=30,
)  # fmt: skip
SMALL = st.integers(-2, 5) | st.integers(-(2**63), 2**63 - 1)
TENSOR_FORM = st.tuples(
    st.sampled_from(["T", "A"]), st.sampled_from(["float32", "int64", "bool", "object"]),
    st.lists(SMALL, max_size=4), st.lists(SMALL | st.just(8), max_size=4),
    st.sampled_from(["cpu", "cuda:0", "meta", 0, 1, 16]), SMALL, SMALL | st.just(64),
).map(list)  # fmt: skip
KINDS = st.sampled_from(["returned", "raised", "memory", "missing", "unsendable", "loaded", "fault", "?"])


@given(st.one_of(FORM, TENSOR_FORM), st.binary(max_size=128))
def test_random_forms_raise_only_wire_errors(form, payload):
    with contextlib.suppress(WireError):
        Decoder(memoryview(bytearray(payload))).value(form)


@given(KINDS, st.lists(FORM | TENSOR_FORM, max_size=7), st.integers(0, 2))
def test_random_replies_raise_only_wire_errors(kind, fields, serial):
    with contextlib.suppress(WireError):
        decode_reply(msgpack.packb([serial, kind, *fields]), memoryview(b""), 1)


REPLIES = [
    Returned((torch.ones(2), 3), (torch.zeros(1), None), ("aten::add",), "printed"),
    Unsendable("set", "it is a set"),
    Raised("ValueError", "no", ("ValueError",), (), ("aten::mul",), "text"),
    Missing("conv2d", ("conv_2d",)),
    OutOfMemory(2**31),
    Loaded(("f",), (), {"f": ("g",)}, ("line 3",), Raised("NameError", "x"), "hello"),
]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(reply).__name__)
def test_replies_arrive_as_they_were(reply):
    prefix, header, *payload = encode_reply(5, reply)
    arrived = decode_reply(header, memoryview(bytearray().join(payload)), 5)
    assert repr(arrived) == repr(reply)
    with pytest.raises(WireError, match="not asked"):
        decode_reply(header, memoryview(bytearray().join(payload)), 6)


def test_a_reply_of_our_own_kind_cannot_be_sent_by_a_child():
    with pytest.raises(WireError):
        encode_reply(1, Crashed("no"))


def test_questions_arrive_as_they_were():
    question = Question(3, "call", ("f", (torch.ones(2),), {"stride": (1, 2)}, True, False))
    prefix, header, *payload = encode_question(question)
    assert PREFIX.unpack(prefix) == (len(header), sum(map(len, payload)))
    assert repr(decode_question(header, memoryview(bytearray().join(payload)))) == repr(question)


def test_a_frame_that_is_too_large_is_refused():
    encoder = Encoder()
    half = torch.zeros(9 * 2**20)
    encoder.value(half)
    with pytest.raises(WireError, match="larger than 64 MiB"):
        encoder.value(half)


@pytest.mark.parametrize("form", [["B", "relu", ["d", [], []]], ["S", 1, "f", ["t", []], ["d", [], []]]])
def test_a_child_may_not_send_a_description(form):
    Decoder(memoryview(b"")).value(form)
    with pytest.raises(WireError, match="description"):
        Decoder(memoryview(b""), trusted=False).value(form)


def test_nan_and_infinity_stay_themselves():
    assert math.isnan(copied(float("nan")))
    assert copied((math.inf, -math.inf)) == (math.inf, -math.inf)


@pytest.mark.parametrize(
    "form",
    [
        ["T", "float32", [2**20], [0], "cpu", 0, 4],
        ["T", "float32", [2, 2], [1, 2], "cpu", 0, 16],
        ["A", "float64", [1000, 1000], [0, 0], 0, 0, 8],
        ["A", "float64", [2], [-8], 8, 0, 16],
    ],
)
def test_an_answer_may_not_be_larger_than_its_data(form):
    payload = memoryview(bytearray(64))
    Decoder(payload).value(form)
    with pytest.raises(WireError, match="not contiguous"):
        Decoder(payload, trusted=False).value(form)


def test_packed_calls_are_what_encoding_anew_gives():
    packed = PackedCalls(most=2)
    for serial, shape in enumerate([(2, 3), (4,), (2, 3), (1, 5), (6,)], 2):
        arguments, keywords = (torch.ones(shape), 3), {"stride": 2}
        fields = ("f", arguments, keywords, False, False)
        for again in (serial, serial + 100):
            anew = encode_question(Question(again, "call", fields))
            assert b"".join(packed.call(fields).frame(again)) == b"".join(anew)


def test_packed_calls_tell_flags_and_functions_apart():
    packed = PackedCalls()
    arguments, keywords = (torch.ones(2),), {}
    frames = {
        b"".join(packed.call((function, arguments, keywords, flag, False)).frame(1))
        for function in ("f", "g")
        for flag in (False, True)
    }
    assert len(frames) == 4


def forged(form):
    """The answer of a child that writes its frames itself."""
    return msgpack.packb([7, "returned", form, None, [], ""]), memoryview(b"")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_sizes_that_torch_refuses_to_multiply_are_a_wire_error(dtype):
    with pytest.raises(RuntimeError, match="overflow"):
        torch.empty(0).as_strided([2**26] * 3 + [0], [1] * 4)  # what it would come to
    with pytest.raises(WireError):
        decode_reply(*forged(["T", dtype, [2**26] * 3 + [0], [1] * 4, "cpu", 0, 0]), 7)


def test_whatever_a_reply_makes_fail_is_a_wire_error(monkeypatch):
    def fail(*anything):
        raise RuntimeError

    monkeypatch.setattr(Decoder, "value", fail)
    with pytest.raises(WireError, match="RuntimeError"):
        decode_reply(*forged(1), 7)


COLLIDING = [["i", str((2**61 - 1) * (2**70 + number))] for number in range(2_001)]


def test_many_keys_of_one_hash_are_refused_before_a_dict_is_made_of_them():
    assert len({hash(int(text)) for _, text in COLLIDING}) == 1
    few = decode_reply(*forged(["d", COLLIDING[:100], [0] * 100]), 7)
    assert len(few.value) == 100
    for keys in (COLLIDING, [["t", [number, 0]] for number in range(2_001)]):
        with pytest.raises(WireError, match="keys"):
            decode_reply(*forged(["d", keys, [0] * len(keys)]), 7)
    halves = [["d", COLLIDING[:1_001], [0] * 1_001], ["d", COLLIDING[:1_001], [0] * 1_001]]
    with pytest.raises(WireError, match="keys"):
        decode_reply(*forged(["l", halves]), 7)
