"""Questions to a child and its replies, as frames. What a child sends is checked field by field.

A question is `[serial, kind, *fields]` and so is its reply, with the same serial. Whatever does not fit raises
WireError, which makes it a bad reply and nothing worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convclass.sandbox.encode import LIST_OF_THREE, packed
from convclass.sandbox.reply import (
    Crashed,
    ForbiddenUse,
    Frame,
    Loaded,
    Missing,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
    Unsendable,
)
from convclass.sandbox.wire import Decoder, Encoder, WireError, unpack_header

LONGEST_CONTENT = 32 * 1024
LONG_TEXT, SHORT_TEXT = 12_000, 2_000
Pieces = list[bytes | memoryview]


@dataclass(frozen=True, slots=True)
class Question:
    """One request to a child: `load` with the file's bytes and name, `call` with a function and its arguments.

    `attempt` asks a child that has loaded nothing to try what is forbidden (see attempts.py).
    """

    serial: int
    kind: str
    fields: tuple[Any, ...]


def encode_question(question: Question) -> Pieces:
    """The question as a frame. Raises WireError when an argument is not data."""
    encoder = Encoder()
    form = encoder.value(question.fields)
    return encoder.frame([question.serial, question.kind, form])


@dataclass(slots=True, eq=False)
class PackedCall:
    """A call that is packed but for its serial, and the call that came after it the last times."""

    fields: tuple[Any, ...]
    encoder: Encoder
    rest: bytes
    next: PackedCall | None = None
    next_seen: int = 0

    @property
    def size(self) -> int:
        """How many bytes the question has, but for a few."""
        return self.encoder.size + len(self.rest)

    def frame(self, serial: int) -> Pieces:
        """The call as a question. Raises WireError when it is too large."""
        return self.encoder.framed(LIST_OF_THREE + packed(serial) + self.rest)

    def followed_by(self, call: PackedCall) -> None:
        """Learn that `call` was asked after this one."""
        if self.next is call:
            self.next_seen = min(self.next_seen + 1, 3)
        elif self.next_seen > 1:
            self.next_seen -= 1
        else:
            self.next, self.next_seen = call, 1

    @property
    def expected_next(self) -> PackedCall | None:
        """The call that will be asked next, if it was so more than once."""
        return self.next if self.next_seen > 1 else None


class PackedCalls:
    """Calls packed once for a class: the same objects asked again are not encoded again."""

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._packed: dict[tuple[Any, ...], PackedCall] = {}

    def call(self, fields: tuple[Any, ...]) -> PackedCall:
        """The call with these fields. Raises WireError when an argument is not data."""
        function, arguments, keywords, *flags = fields
        key = (function, id(arguments), id(keywords), *flags)
        found = self._packed.get(key)
        if found is None:
            if len(self._packed) >= self._most:
                self._packed.clear()
            encoder = Encoder()
            rest = packed("call") + packed(encoder.value(fields))
            found = self._packed[key] = PackedCall(fields, encoder, rest)  # the fields keep their ids taken
        return found


def decode_question(header: bytes, payload: memoryview) -> Question:
    """The question in a frame."""
    serial, kind, form = unpack_header(header)
    return Question(serial, kind, Decoder(payload).value(form))


def encode_reply(serial: int, reply: Reply | Loaded | str) -> Pieces:
    """The reply as a frame; a text says why the child is not fit for use. Raises WireError."""
    encoder = Encoder()
    return encoder.frame([serial, *_form(reply, encoder)])


def _form(reply: Any, encoder: Encoder) -> list[Any]:
    match reply:
        case str():
            return ["fault", reply]
        case Returned():
            after = encoder.value(reply.arguments)
            return ["returned", encoder.value(reply.value), after, list(reply.observed), reply.printed]
        case Unsendable():
            return ["unsendable", reply.kind, reply.reason]
        case Raised():
            frames = [[f.file, f.line, f.function, f.source] for f in reply.frames]
            return [
                "raised", reply.kind, reply.message, list(reply.ancestors), frames, list(reply.observed), reply.printed
            ]  # fmt: skip
        case Missing():
            return ["missing", reply.function, list(reply.near)]
        case OutOfMemory():
            return ["memory", reply.limit]
        case Loaded():
            uses = [[u.name, u.line, u.function, u.source, u.place] for u in reply.uses]
            calls = [[name, list(called)] for name, called in reply.calls.items()]
            error = None if reply.error is None else _form(reply.error, encoder)
            return ["loaded", list(reply.functions), uses, calls, list(reply.skipped), error, reply.printed]
    raise WireError(f"a {type(reply).__name__} is no reply")


def decode_reply(header: bytes, payload: memoryview, serial: int, device: str = "cpu") -> Reply | Loaded | str:
    """The reply to question `serial` in a frame from a child that works on `device`.

    Raises WireError for anything else.
    """
    form = unpack_header(header)
    if type(form) is not list or len(form) < 2 or type(form[0]) is not int:
        raise WireError("no reply")
    if form[0] != serial:
        raise WireError("a reply to a question that was not asked")
    try:
        return _reply(form[1:], Decoder(payload, trusted=False, device=device))
    except WireError:
        raise
    except Exception as error:  # whatever torch and numpy refuse that was not thought of
        raise WireError(f"a reply that cannot be read ({type(error).__name__})") from None


def content_of(header: bytes, payload: memoryview, serial: int) -> bytes | None:
    """The bytes of the reply to question `serial` without the serial, None when they are many.

    Raises WireError when they have another serial.
    """
    mark = packed(serial)
    rest = 1 + len(mark)  # the byte before it says how long the list is
    if header[1:rest] != mark:
        raise WireError("a reply to a question that was not asked")
    if len(header) + len(payload) > LONGEST_CONTENT:
        return None
    return b"".join((header[:1], header[rest:], payload))


def _reply(form: Any, decoder: Decoder) -> Reply | Loaded | str:
    kind = form[0] if type(form) is list and form else None
    match form:
        case ["fault", text]:
            return _text(text)
        case ["returned", value, after, observed, printed]:
            arguments = decoder.value(after)
            if arguments is not None and type(arguments) is not tuple:
                raise WireError("arguments that are no arguments")
            return Returned(decoder.value(value), arguments, _texts(observed), _text(printed, LONG_TEXT))
        case ["unsendable", name, reason]:
            return Unsendable(_text(name), _text(reason))
        case ["missing", function, near]:
            return Missing(_text(function), _texts(near))
        case _ if kind == "loaded":
            return _loaded(form, decoder)
    return _failure(form)


def _failure(form: Any) -> Raised | OutOfMemory:
    match form:
        case ["raised", kind, message, ancestors, frames, observed, printed]:
            lines = tuple(_frame(frame) for frame in _items(frames, 100))
            texts = _text(kind), _text(message, LONG_TEXT), _texts(ancestors)
            return Raised(*texts, lines, _texts(observed), _text(printed, LONG_TEXT))
        case ["memory", limit]:
            return OutOfMemory(_number(limit))
    raise WireError("an unknown kind of reply")


def _loaded(form: list[Any], decoder: Decoder) -> Loaded:
    if len(form) != 7:
        raise WireError("a report on the module that is none")
    _, functions, uses, calls, skipped, error, printed = form
    return Loaded(
        _texts(functions, 10_000),
        tuple(_use(use) for use in _items(uses, 10_000)),
        dict(_calls(entry) for entry in _items(calls, 10_000)),
        _texts(skipped),
        None if error is None else _failure(error),
        _text(printed, LONG_TEXT),
    )


def _frame(form: Any) -> Frame:
    if type(form) is not list or len(form) != 4:
        raise WireError("a traceback that is none")
    return Frame(_text(form[0]), _number(form[1]), _text(form[2]), _text(form[3]))


def _use(form: Any) -> ForbiddenUse:
    if type(form) is not list or len(form) != 5:
        raise WireError("a place in the source that is none")
    return ForbiddenUse(_text(form[0]), _number(form[1]), _text(form[2]), _text(form[3]), _text(form[4]))


def _calls(form: Any) -> tuple[str, tuple[str, ...]]:
    if type(form) is not list or len(form) != 2:
        raise WireError("a list of calls that is none")
    return _text(form[0]), _texts(form[1], 10_000)


def _items(form: Any, most: int) -> list[Any]:
    if type(form) is not list or len(form) > most:
        raise WireError("a list that is none, or too long")
    return form


def _texts(form: Any, most: int = 1_000) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(form, most))


def _text(form: Any, most: int = SHORT_TEXT) -> str:
    if type(form) is not str or len(form) > most:
        raise WireError("a text that is none, or too long")
    return form


def _number(form: Any) -> int:
    if type(form) is not int or not 0 <= form < 2**63:
        raise WireError("a number that is none, or out of bounds")
    return form


Failure = Raised | TimedOut | OutOfMemory | Crashed
