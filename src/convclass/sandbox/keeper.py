"""The trusted side's hold on one zygote and its children: starting, forking, waiting with deadlines, killing."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Container
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from convclass.sandbox.channel import Channel, receive_with_descriptor, send_with_descriptor
from convclass.sandbox.jail import ENVIRONMENT
from convclass.sandbox.message import Pieces, content_of, decode_reply
from convclass.sandbox.reply import Heard, Limits, Loaded, Reply, SandboxFault
from convclass.sandbox.wire import Encoder, WireError
from convclass.sandbox.zygote import NUMBER, STILL_RUNNING, Policy

START_SECONDS = 120.0
ANSWER_SECONDS = 20.0
FIRST_WAIT = 0.05


class Expired(Exception):  # noqa: N818 - an outcome
    """The child's time is up; `clock` says by which clock."""

    def __init__(self, limit: float, clock: str):
        super().__init__(limit, clock)
        self.limit, self.clock = limit, clock


@dataclass(slots=True)
class Patience:
    """How long to wait for a child: until its CPU clock or the wall clock has gone on by the limits.

    Time that the child was ready to run but had no processor does not count, up to nine times the wall limit: a
    machine that is busy with others costs nobody a grade.
    """

    pid: int
    limits: Limits
    cpu_start: float = field(init=False)
    wall_end: float = field(init=False)
    queued_start: float | None = field(default=None, init=False)  # not read for calls that are over at once

    _waited_before: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.cpu_start = cpu_seconds(self.pid)
        self.wall_end = time.monotonic() + self.limits.wall

    def __call__(self) -> float:
        """Seconds to wait before asking again: the child cannot run out of CPU time before. Raises Expired."""
        wall = self.wall_end - time.monotonic()
        cpu = self.limits.cpu - (cpu_seconds(self.pid) - self.cpu_start)
        if cpu <= 0:
            raise Expired(self.limits.cpu, "cpu")
        if wall <= 0 and self.queued_start is not None:
            wall += min(queued_seconds(self.pid) - self.queued_start, 9 * self.limits.wall)
        if wall <= 0:
            raise Expired(self.limits.wall, "wall")
        if self.queued_start is None:
            self.queued_start = queued_seconds(self.pid) if self._waited_before else None
            self._waited_before = True
            return min(wall, max(cpu, 0.001), FIRST_WAIT)
        return min(wall, max(cpu, 0.001))


def cpu_seconds(pid: int) -> float:
    """CPU seconds that the process has used, read from outside; 0 when it is gone."""
    clock = ~pid << 3 | 2  # the kernel's name for the CPU clock of another process
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0


def queued_seconds(pid: int) -> float:
    """Seconds that the process has waited for a processor; 0 where the kernel does not tell, or when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


@dataclass(slots=True)
class Child:
    """One forked child: its connection, its pidfd, its number in the zygote's eyes and in ours, and its device."""

    channel: Channel
    handle: int
    number: int
    pid: int
    device: str = "cpu"

    def ask(self, pieces: Pieces, limits: Limits) -> Patience:
        """Send a question; the patience covers it and its reply."""
        patience = Patience(self.pid, limits)
        self.channel.send(pieces, patience)
        return patience

    def reply(self, serial: int, patience: Patience) -> Reply | Loaded | str:
        """The reply to question `serial`. Raises Closed, Expired, WireError."""
        return decode_reply(*self.channel.receive(patience), serial, self.device)

    def heard(self, serial: int, patience: Patience, known: Container[bytes]) -> Heard:
        """The reply to call `serial`, decoded now unless its content is known. Raises Closed, Expired, WireError."""
        header, payload = self.channel.receive(patience)
        content = content_of(header, payload, serial)
        decode = partial(_decoded_answer, header, payload, serial, self.device)
        return Heard(content, decode, None if content in known else decode(), len(header) + len(payload))

    @property
    def ended(self) -> bool:
        """Whether the process is no more, for whatever reason."""
        handle = select.poll()
        handle.register(self.handle, select.POLLIN)
        return bool(handle.poll(0))

    def kill(self) -> None:
        """End the child; twice does no harm."""
        if self.handle < 0:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        os.close(self.handle)
        self.handle = -1
        self.channel.close()


def _decoded_answer(header: bytes, payload: memoryview, serial: int, device: str) -> Reply:
    reply = decode_reply(header, payload, serial, device)
    if isinstance(reply, Loaded | str):
        raise WireError("a report where a reply is due")
    return reply


class Keeper:
    """One running zygote. Raises SandboxFault when it does not start or does not answer."""

    def __init__(self, command: list[str], policy: Policy):
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the zygote
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self.process = _start(command, theirs, self.errors)
        self.control = ours
        self._ordered: Channel | None = None
        self._spare: Child | None = None
        self._device = "cpu" if policy.device == "cpu" else "cuda:0"
        try:
            self._send_policy(policy)
            self._expect(b"R", START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def alive(self) -> bool:
        """Whether the zygote is still running."""
        return self.process.poll() is None

    def order(self) -> None:
        """Ask for a child without waiting for it, unless one is waiting already."""
        if self._ordered or self._spare:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        with theirs:
            try:
                send_with_descriptor(self.control, b"F" + bytes(NUMBER.size), theirs.fileno())
            except OSError as error:
                ours.close()
                raise SandboxFault(f"the sandbox's parent process is gone: {self.last_words()}") from error
        self._ordered = Channel(ours)

    def take(self) -> Child:
        """The child that was ordered, or one ordered now."""
        self.order()
        self._collect()
        child, self._spare = self._spare, None
        assert child is not None
        return child

    def _collect(self) -> None:
        """Read the zygote's answer to an order, if one is under way."""
        channel, self._ordered = self._ordered, None
        if channel is None:
            return
        try:
            self._await(ANSWER_SECONDS)
            data, handle = receive_with_descriptor(self.control, NUMBER.size)
        except OSError:
            data, handle = b"", None
        if len(data) < NUMBER.size or handle is None:
            channel.close()
            raise SandboxFault(f"the sandbox's parent process made no child: {self.last_words()}")
        self._spare = Child(channel, handle, NUMBER.unpack(data)[0], _pid_of(handle), self._device)

    def how_ended(self, child: Child) -> int | None:
        """The wait status of a child that has ended; None when it has not. Raises SandboxFault without a zygote."""
        self._collect()
        try:
            self.control.sendall(b"W" + NUMBER.pack(child.number))
            self._await(ANSWER_SECONDS)
            data = self.control.recv(NUMBER.size)
        except OSError as error:
            raise SandboxFault("the sandbox's parent process is gone") from error
        if len(data) < NUMBER.size:
            raise SandboxFault(f"the sandbox's parent process is gone: {self.last_words()}")
        status: int = NUMBER.unpack(data)[0]
        return None if status == STILL_RUNNING else status

    def stop(self) -> None:
        """End the zygote with all its children."""
        self._drop_spare()
        self.control.close()
        try:
            self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def _drop_spare(self) -> None:
        with contextlib.suppress(SandboxFault):
            self._collect()
        if self._spare:
            self._spare.kill()
            self._spare = None

    def last_words(self) -> str:
        """The end of what the zygote wrote to its standard error."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.5)
        self.errors.seek(0)
        text = self.errors.read()[-2000:].decode("utf-8", "replace").strip()
        return text.splitlines()[-1][:300] if text else f"it ended with status {self.process.poll()} and said nothing"

    def _send_policy(self, policy: Policy) -> None:
        form = [
            policy.namespaces, policy.landlock, policy.seccomp.hex(), policy.memory, policy.seed,
            list(policy.readable), list(policy.writable), list(policy.users), policy.device, policy.device_memory,
        ]  # fmt: skip
        try:
            for piece in Encoder().frame(form):
                self.control.sendall(piece)
        except OSError as error:
            raise SandboxFault(f"the sandbox did not start: {self.last_words()}") from error

    def _expect(self, word: bytes, seconds: float) -> None:
        self._await(seconds)
        try:
            answer = self.control.recv(1)
        except OSError:
            answer = b""
        if answer != word:
            raise SandboxFault(f"the sandbox did not start: {self.last_words()}")

    def _await(self, seconds: float) -> None:
        waiting = select.poll()
        waiting.register(self.control, select.POLLIN)
        if not waiting.poll(seconds * 1000):
            raise SandboxFault(f"the sandbox's parent process has not answered for {seconds:g} seconds")


def _start(command: list[str], control: socket.socket, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Run the command with no environment of ours; its last argument is the number of its end of the connection."""
    return subprocess.Popen(
        [*command, str(control.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=(control.fileno(),),
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,  # Ctrl-C is the grader's business
    )


def _pid_of(handle: int) -> int:
    """The process behind a pidfd, by its number in our own pid namespace; 0 when it is gone."""
    text = Path(f"/proc/self/fdinfo/{handle}").read_text()
    pid = next((int(line[4:]) for line in text.splitlines() if line.startswith("Pid:")), 0)
    return max(pid, 0)
