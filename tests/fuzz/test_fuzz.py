"""A short fuzzing run of every reader; `tests/fuzz/run.py --cases N` is the long one."""

import io
import json
import random
import zipfile

import msgpack
import pytest
import torch
from fuzz.run import SHARES, run
from fuzz.targets import (
    SERIAL,
    Target,
    decode,
    mutated,
    mutated_frame,
    mutated_json,
    read_archive,
    read_result,
    reply_bytes,
    targets,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convclass.grading.tree import UnreadableError
from convclass.sandbox.message import decode_reply, encode_reply
from convclass.sandbox.notebook import read_source
from convclass.sandbox.reply import Returned
from convclass.sandbox.source import SourceError
from convclass.sandbox.wire import WireError, unpack_header

CASES = {"wire": 20_000, "channel": 1_000, "archive": 500, "notebook": 1_000, "module": 1_000, "result": 2_000}
KNOWN = targets()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
unhurried = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", SHARES)
def test_samples_are_accepted_and_changes_refused_or_accepted(name):
    target = KNOWN[name]
    assert all(target.accepts(sample) for sample in target.samples)
    accepted, findings = run(target, CASES[name], seed=random.SystemRandom().getrandbits(20))
    assert findings == []
    assert 0 < accepted < CASES[name]


def test_a_reader_that_breaks_is_found():
    def careless(data):
        return data.decode("ascii")

    target = Target("careless", [b"text" * 10], careless, (), mutated)
    accepted, findings = run(target, 500, seed=1)
    assert accepted and findings


def test_a_finding_can_be_made_again():
    made = []
    target = Target("kept", KNOWN["wire"].samples, made.append, (), mutated_frame)
    run(target, 50, seed=5)
    first, made[:] = made[37], []
    run(target, 1, seed=5, first=37)
    assert made[-1] == first


@pytest.mark.parametrize("mutate", [mutated, mutated_json])
def test_changes_change(mutate):
    rng, sample = random.Random(3), KNOWN["result"].samples[0]
    assert len({mutate(rng, sample) for _ in range(100)}) > 80


@unhurried
@given(st.binary(max_size=300))
def test_any_bytes_are_no_reply(data):
    try:
        decode(data)
    except WireError:
        return


@unhurried
@given(json_values)
def test_any_data_is_a_refusal_in_every_place_of_a_reply(value):
    try:
        packed = msgpack.packb([SERIAL, "returned", value, value, value, value], unicode_errors="surrogatepass")
    except OverflowError:
        return
    try:
        decode_reply(packed, memoryview(b""), SERIAL)
    except WireError:
        return


@unhurried
@given(json_values)
def test_any_json_is_no_notebook_or_one(value):
    try:
        read_source(json.dumps({"cells": [{"cell_type": "code", "source": value}, value]}).encode(), "a.ipynb")
    except SourceError:
        return


@unhurried
@given(json_values)
def test_any_json_is_no_result(value):
    with pytest.raises(ValueError):
        read_result(json.dumps(value).encode())


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 100_000, '{"tests":' * 50_000, "NaN", "1" * 5000])
def test_deep_and_long_results_are_refused(text):
    with pytest.raises(ValueError):
        read_result(text.encode())


def test_a_tensor_elsewhere_than_in_main_memory_is_no_answer():
    """Found by fuzzing: where torch knows no CUDA, it raised AssertionError, and the grade was a mistake of ours."""
    header, payload = b"".join(map(bytes, encode_reply(SERIAL, Returned(torch.ones(3))))), memoryview(bytearray(64))
    form = unpack_header(header[12 : 12 + int.from_bytes(header[:4], "little")])
    form[2][4] = "cuda:0"
    with pytest.raises(WireError, match="unknown device"):
        decode_reply(msgpack.packb(form), payload, SERIAL)


def test_damaged_data_in_a_zip_of_lzma_is_one_students_problem():
    """Found by fuzzing: it raised LZMAError, which ended the class."""
    sample = next(s for s in KNOWN["archive"].samples if b"\x0e\x00" in s[8:10])
    place = sample.index(b"ann/conv.py") + len(b"ann/conv.py") + 12
    damaged = sample[:place] + bytes([sample[place] ^ 0xFF]) + sample[place + 1 :]
    assert zipfile.is_zipfile(io.BytesIO(damaged))
    with pytest.raises(UnreadableError, match="damaged"):
        read_archive(damaged)


def test_every_sample_is_a_frame_of_its_own():
    assert len(set(reply_bytes())) == len(reply_bytes()) > 20
