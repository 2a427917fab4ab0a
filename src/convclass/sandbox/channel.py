"""Frames over a socket, with a patience that covers the whole message and not each read."""

from __future__ import annotations

import array
import select
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy

from convclass.sandbox.wire import MAX_FRAME, MAX_HEADER, PREFIX, WireError

Patience = Callable[[], float]
_MOST_PIECES = 512
_AHEAD = 32 * 1024
_Read = TypeVar("_Read", bytes, int)


class Closed(Exception):  # noqa: N818 - an end, not always an error
    """The other side has closed the connection."""


class Channel:
    """Sends and receives frames. `patience` says how many seconds to wait at most now, or raises when time is up.

    A small frame is read at once. What is read beyond the end of a frame is the start of the next.
    """

    def __init__(self, connection: socket.socket, *, blocking: bool = False):
        """`blocking` is for a side whose patience is `forever`, and which is never asked."""
        self.socket, self._blocking = connection, blocking
        self._ahead = memoryview(b"")
        connection.setblocking(blocking)
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(connection, select.POLLIN | select.POLLOUT)

    def close(self) -> None:
        """Close this end."""
        self.socket.close()

    def send(self, pieces: Sequence[bytes | memoryview], patience: Patience) -> None:
        """Send the pieces one after the other. Raises Closed, and what `patience` raises."""
        size = sum(map(len, pieces))
        waiting = [memoryview(b"".join(pieces))] if size <= _AHEAD else [memoryview(piece) for piece in pieces if piece]
        while waiting:
            try:
                sent = self.socket.sendmsg(waiting[:_MOST_PIECES])
            except BlockingIOError:
                self._wait(self._writable, patience)
                continue
            except OSError:
                raise Closed from None
            waiting = _after(waiting, sent)

    def receive(self, patience: Patience) -> tuple[bytes, memoryview]:
        """One frame: its packed header and its payload. Raises Closed, WireError, and what `patience` raises."""
        header_size, payload_size = PREFIX.unpack(self._next(PREFIX.size, patience))
        if header_size > MAX_HEADER or payload_size > MAX_FRAME + 2**20:
            raise WireError("a message that is too large")
        header = self._next(header_size, patience)
        if not payload_size:
            return header, memoryview(b"")
        room: Any = numpy.empty(payload_size, numpy.uint8)  # aligned, and not cleared first
        payload = memoryview(room)
        self._fill(payload, patience)
        return header, payload

    def _next(self, size: int, patience: Patience) -> bytes:
        """The next `size` bytes; more than these are read when they are there."""
        ahead = self._ahead or memoryview(self._read(partial(self.socket.recv, _AHEAD), patience))
        if len(ahead) < size:
            self._ahead, room = ahead, bytearray(size)
            self._fill(memoryview(room), patience)
            return bytes(room)
        self._ahead = ahead[size:]
        return bytes(ahead[:size])

    def _fill(self, room: memoryview, patience: Patience) -> None:
        """Fill the room, with what was read ahead first."""
        count = min(len(room), len(self._ahead))
        room[:count], self._ahead = self._ahead[:count], self._ahead[count:]
        while count < len(room):
            count += self._read(partial(self.socket.recv_into, room[count:]), patience)

    def _read(self, receive: Callable[[], _Read], patience: Patience) -> _Read:
        """What `receive` takes from the socket, once there is something: the answer to a question is still to come."""
        while True:
            if not self._blocking:
                self._wait(self._readable, patience)
            try:
                found = receive()
            except BlockingIOError:
                continue
            except OSError:
                raise Closed from None
            if not found:
                raise Closed
            return found

    @staticmethod
    def _wait(poll: select.poll, patience: Patience) -> None:
        seconds = patience()
        poll.poll(None if seconds == float("inf") else max(1, round(seconds * 1000)))


def forever() -> float:
    """The patience of the untrusted side: it waits for its next question until it is killed."""
    return float("inf")


def send_with_descriptor(connection: socket.socket, data: bytes, descriptor: int) -> None:
    """Send a short message with one open file."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))
    connection.sendmsg([data], [rights])


def receive_with_descriptor(connection: socket.socket, size: int) -> tuple[bytes, int | None]:
    """A short message and the open file that came with it, if one did."""
    data, ancillary, _, _ = connection.recvmsg(size, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS and len(content) >= 4:
            return data, array.array("i", content[:4])[0]
    return data, None


def _after(pieces: list[memoryview], sent: int) -> list[memoryview]:
    """What is left of the pieces when the first `sent` bytes are gone."""
    for index, piece in enumerate(pieces):
        if sent < len(piece):
            return [piece[sent:], *pieces[index + 1 :]]
        sent -= len(piece)
    return []
