"""What is fuzzed: for each reader of bytes that others wrote, samples to start from, one try, and a refusal.

A try returns whether the bytes were accepted; any exception but the reader's own refusal is a finding.
"""

from __future__ import annotations

import io
import json
import random
import socket
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import msgpack
import numpy
import torch

from convclass.exam.results import CaseResult, NamedMistake, Picture, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.gradebook.codec import from_json, to_json
from convclass.grading.archive import ZipTree
from convclass.grading.tree import Kind, UnreadableError
from convclass.sandbox.channel import Channel, Closed
from convclass.sandbox.message import decode_reply, encode_reply
from convclass.sandbox.notebook import read_source
from convclass.sandbox.reply import ForbiddenUse, Frame, Loaded, Missing, OutOfMemory, Raised, Returned, Unsendable
from convclass.sandbox.source import SourceError
from convclass.sandbox.wire import PREFIX, WireError

SERIAL = 7


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: `samples` of what it accepts, `attempt` on some bytes, and what it may raise to refuse them."""

    name: str
    samples: list[bytes]
    attempt: Callable[[bytes], object]
    refusals: tuple[type[BaseException], ...]
    mutate: Callable[[random.Random, bytes], bytes]

    def accepts(self, data: bytes) -> bool:
        """Whether the bytes are accepted. Raises what is neither an answer nor a refusal."""
        try:
            self.attempt(data)
        except self.refusals:
            return False
        return True


def replies() -> list[object]:
    """One reply of every kind, with values of every kind."""
    values = [
        None, True, 3, -(2**70), 1.5, "text", (1, [2.0, None]), {"a": 1, 2: "b"}, 1j, b"bytes",
        torch.arange(6.0).reshape(2, 3), torch.zeros(0, 3), torch.tensor(True), torch.ones(3, dtype=torch.bfloat16),
        torch.ones(2, dtype=torch.complex64), numpy.arange(4).reshape(2, 2), numpy.float32(2), torch.float16,
        [torch.ones(2), numpy.zeros((1, 2), "int8")],
    ]  # fmt: skip
    raised = Raised("ValueError", "no", ("Exception",), (Frame("a.py", 3, "f", "raise"),), ("aten::add",), "printed")
    loaded = Loaded(
        ("f", "g"), (ForbiddenUse("torch.conv2d", 3, "f", "x", "line 3"),), {"f": ("g",)}, ("cell 1",), raised, "told"
    )
    others = [Unsendable("module", "it is no data"), Missing("f", ("g",)), OutOfMemory(2**30), raised, loaded, "ready"]
    return [Returned(value, (1, 2), ("aten::add",), "printed") for value in values] + others


def reply_bytes() -> list[bytes]:
    """The replies as a child sends them."""
    return [b"".join(bytes(piece) for piece in encode_reply(SERIAL, reply)) for reply in replies()]


def decode(data: bytes) -> object:
    """What the grader makes of one frame, when all of it has arrived."""
    if len(data) < PREFIX.size:
        raise WireError("no frame")
    size = PREFIX.unpack_from(data)[0]
    header, payload = data[PREFIX.size : PREFIX.size + size], data[PREFIX.size + size :]
    return decode_reply(header, memoryview(bytearray(payload)), SERIAL)


def through_a_socket(data: bytes) -> object:
    """The same through a real channel, which has to find the end of the frame as well."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        header, payload = Channel(ours, blocking=True).receive(lambda: 1.0)
        return decode_reply(header, payload, SERIAL)


def archives() -> list[bytes]:
    """Small zips: stored and packed, with folders, a link, a comment, odd names."""
    made = []
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", packing) as archive:
            archive.writestr("ann/conv.py", "def f(x):\n    return x\n" * 20)
            archive.writestr("ben/", "")
            archive.writestr("ben/ä ünïcode.ipynb", "{}")
            link = zipfile.ZipInfo("cid/link.py")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "../ann/conv.py")
            archive.comment = b"made for tests"
        made.append(file.getvalue())
    return made


def read_archive(data: bytes) -> None:
    """List and read all that the archive says it holds."""
    tree = ZipTree(data, "fuzz")
    refused: UnreadableError | None = None
    for entry in tree.entries():
        if entry.kind is Kind.FILE:
            try:
                tree.read(entry)
            except UnreadableError as error:
                refused = error
    if refused:
        raise refused


def notebooks() -> list[bytes]:
    """Notebooks of formats 3 and 4, with magics, markdown and code that is left out."""
    code = ["import torch\n", "%matplotlib inline\n", "SIZE = 3\n", "def f(x):\n", "    return x * SIZE\n", "f(1)\n"]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": code, "execution_count": None},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": "%%time\nclass A:\n    pass\n"},
    ]
    four = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    three = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": code}]}]}
    return [json.dumps(notebook).encode() for notebook in (four, three)]


def modules() -> list[bytes]:
    """Python files, with each kind of line ending and a mark of their encoding."""
    text = (
        '"""Text."""\nfrom __future__ import annotations\nimport torch as t\n\n\ndef f(x: int) -> int:\n    return x\n'
    )
    return [text.encode(), text.replace("\n", "\r\n").encode(), "\ufeff".encode() + text.encode()]


def results() -> list[bytes]:
    """Results as they lie in the gradebook."""
    picture = Picture("yours", ((1.0, None), (2.5, float("nan"))), "caption")
    case = CaseResult("stride", Verdict.FAILED, "wrong", ("note",), (picture,), 0.5)
    mistake = NamedMistake("kernel flipped", "Do not flip it.")
    test = TestResult("test_a", "a", "conv2d", 3.0, 1.5, Verdict.PARTIAL, "m", False, mistake, "", ("hint",), (case,))
    whole = SubmissionResult("01", "ann", "ab", "v1", "A", "cpu", (test, test), ("notice",), ("warning",), 1.5, 0.5)
    return [to_json(whole).encode(), to_json(SubmissionResult("01", "ben", "", "", "B", "cpu", ())).encode()]


def read_result(data: bytes) -> None:
    """Read a result; one that is accepted can be summed up and written again."""
    result = from_json(data.decode("utf-8", "surrogateescape"))
    _ = result.score, result.max_score, result.complete
    to_json(result)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The bytes with a few changes: bits, values at the edge, pieces left out, doubled or moved."""
    made = bytearray(data)
    for _ in range(1 + (rng.getrandbits(2) if rng.getrandbits(1) else 0)):
        size = len(made)
        if not size:
            break
        place, how = int(rng.random() * size), rng.getrandbits(3)
        if how < 2:
            made[place] ^= 1 << rng.getrandbits(3)
        elif how == 2:
            made[place] = _EDGES[rng.getrandbits(4)]
        elif how == 3:
            del made[place : place + 1 + rng.getrandbits(4)]
        elif how == 4:
            made[place:place] = made[place : place + 1 + rng.getrandbits(5)]
        elif how == 5:
            number = _NUMBERS[rng.getrandbits(3)]
            made[place : place + len(number)] = number
        elif how == 6:
            other = int(rng.random() * size)
            made[place : place + 4] = made[other : other + 4]
        else:
            del made[place:]
    return bytes(made)


_EDGES = bytes([0, 1, 0x7F, 0x80, 0xFF, 0xC0, 0xC1, 0xC4, 0xC7, 0xCB, 0xCF, 0xD3, 0xD9, 0xDC, 0xDF, 0x90])
_NUMBERS = [
    struct.pack(form, value)
    for form, value in (
        ("<I", 0), ("<I", 2**32 - 1), ("<Q", 2**63), (">Q", 2**64 - 1), (">q", -1), ("<H", 65535), (">I", 2**31),
        ("<d", 1e308),
    )
]  # fmt: skip
_STRANGE = [
    None, True, False, 0, -1, 2**31, 2**63 - 1, -(2**63), 2**64 - 1, float("nan"), float("inf"), "", "cpu", "cuda:0",
    "float32", "T", "\ud800", "9" * 5000, [], [[]], ["l", []], ["T"], ["A", "float32", [2], [8], 0, 0, 8], [1, 2, 3],
    "x" * 3000, [2**40, 2**40], [0, 3], [-1],
]  # fmt: skip


def mutated_frame(rng: random.Random, data: bytes) -> bytes:
    """A frame whose bytes or whose structure is changed; its sizes mostly stay true, or little else is reached."""
    size = PREFIX.unpack_from(data)[0]
    header, payload = data[PREFIX.size : PREFIX.size + size], data[PREFIX.size + size :]
    how = rng.getrandbits(3)
    if how == 0:
        return mutated(rng, data)
    header = mutated(rng, header) if how < 5 else _repacked(rng, header)
    if how == 4:
        payload = mutated(rng, payload)
    return PREFIX.pack(len(header), len(payload)) + header + payload


def _repacked(rng: random.Random, header: bytes) -> bytes:
    form = _restructured(rng, msgpack.unpackb(header, use_list=True))
    return bytes(msgpack.packb(form, unicode_errors="surrogatepass"))


def _restructured(rng: random.Random, form: object) -> object:
    """The form with one part, at any depth, replaced, left out, doubled or wrapped."""
    parent, index, here = None, 0, form
    while isinstance(here, list) and here and (parent is None or rng.random() < 0.75):
        parent, index = here, int(rng.random() * len(here))
        here = here[index]
    if parent is None:
        return form
    how = rng.getrandbits(2)
    if how < 2:
        parent[index] = _STRANGE[int(rng.random() * len(_STRANGE))]
    elif how == 2:
        parent[index] = [here] if rng.getrandbits(1) else [here, here]
    else:
        del parent[index]
    return form


def mutated_json(rng: random.Random, data: bytes) -> bytes:
    """JSON with changed bytes, or with one part replaced."""
    if rng.getrandbits(1):
        return mutated(rng, data)
    form = json.loads(data)
    _replace_in_json(rng, form)
    return json.dumps(form).encode("utf-8", "surrogatepass")


def _replace_in_json(rng: random.Random, form: object) -> None:
    while isinstance(form, list | dict) and form:
        keys = list(range(len(form))) if isinstance(form, list) else list(form)
        key = rng.choice(keys)
        if not isinstance(form[key], list | dict) or not form[key] or rng.random() < 0.3:  # type: ignore[index]
            form[key] = rng.choice([*_STRANGE, {}, {"source": 3}, 1e999, "%%", "def f(:", "import a\0b"])  # type: ignore[index]
            return
        form = form[key]  # type: ignore[index]


def targets() -> dict[str, Target]:
    """All readers by name."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = [
        Target("wire", reply_bytes(), decode, (WireError,), mutated_frame),
        Target("channel", reply_bytes(), through_a_socket, (WireError, Closed), mutated_frame),
        Target("archive", archives(), read_archive, (UnreadableError,), mutated),
        Target("notebook", notebooks(), lambda data: read_source(data, "a.ipynb"), (SourceError,), mutated_json),
        Target("module", modules(), lambda data: read_source(data, "a.py"), (SourceError,), mutated),
        Target("result", results(), read_result, (ValueError,), mutated_json),
    ]
    return {target.name: target for target in found}
