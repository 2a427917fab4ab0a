"""The warm process inside the jail: it has imported torch and nothing of the course, and forks a child per submission.

Requests come over the descriptor that the command line names, 9 bytes each: `F` with a socket forks a child that serves
the socket, answered by the child's number here and its pidfd; `W` with a number waits for that child and answers how
it ended.
"""

from __future__ import annotations

import gc
import os
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, replace

from convclass.sandbox import child, finder, lockdown, on_cuda, optimizers, rehearsal, runner
from convclass.sandbox.channel import Channel, forever, receive_with_descriptor, send_with_descriptor
from convclass.sandbox.wire import unpack_header

NUMBER = struct.Struct("<q")
STILL_RUNNING = -1
LOST = 70  # how a child exits that has nobody to talk to any more


@dataclass(frozen=True, slots=True)
class Policy:
    """What each child has to do to itself, decided on the trusted side.

    `memory` is in bytes, 0 for no limit; `space` is the same with what the zygote has mapped, which it adds itself.
    `users` are the first of the numbers from which each child takes one as its user, and how many there are.
    `device` is cpu or cuda; `device_memory` the bytes of it that torch may take, 0 to leave the device alone.
    """

    namespaces: bool
    landlock: bool
    seccomp: bytes
    memory: int
    seed: int
    readable: tuple[str, ...]
    writable: tuple[str, ...]
    users: tuple[int, int] = (0, 0)
    space: int = 0
    device: str = "cpu"
    device_memory: int = 0

    def user(self, pid: int) -> int:
        """The user that the child of that number becomes; 0 for none of its own."""
        first, count = self.users
        return first + pid % count if count else 0


def main() -> None:
    """Serve requests until the keeper closes its end."""
    control = socket.socket(fileno=int(sys.argv[-1]))
    policy = _receive_policy(control)
    on_cpu = policy.device == "cpu"
    _warm_up(learn=on_cpu)
    _only_one_thread()
    if not on_cpu:
        on_cuda.refuse_open_nodes()
    used = lockdown.address_space() if on_cpu else on_cuda.data_space()
    policy = replace(policy, space=policy.memory and used + policy.memory)
    _forget_ourselves()
    gc.collect()
    gc.freeze()
    lockdown.use_huge_pages()
    runner.seed(policy.seed)  # children inherit the state; nothing is drawn here
    control.sendall(b"R")
    _serve(control, policy, os.pidfd_open(os.getpid()))


def _forget_ourselves() -> None:
    """Take our own modules out of what `import` finds. They hold no secret; they are just not the student's.

    Done here once, since it would cost each child 5 ms of copied pages.
    """
    for name in [name for name in sys.modules if name.split(".")[0] in ("convclass", "msgpack")]:
        del sys.modules[name]
    sys.path[:] = [entry for entry in sys.path if entry != "/runtime"]
    finder.forget("convclass")


def _receive_policy(control: socket.socket) -> Policy:
    header, _ = Channel(control).receive(forever)
    control.setblocking(True)
    namespaces, landlock, seccomp, memory, seed, readable, writable, (first, count), *device = unpack_header(header)
    program, paths = bytes.fromhex(seccomp), (tuple(readable), tuple(writable))
    return Policy(namespaces, landlock, program, memory, seed, *paths, (first, count), 0, *device)


def _warm_up(*, learn: bool) -> None:
    """Import and run once what children need, so that each inherits it instead of paying for it.

    `learn` is to go through autograd too, which counts the CUDA devices and so starts CUDA where there are any.
    """
    import asyncio  # noqa: F401
    import collections.abc  # noqa: F401
    import dataclasses  # noqa: F401
    import functools  # noqa: F401
    import itertools  # noqa: F401
    import math  # noqa: F401
    import typing  # noqa: F401

    import numpy
    import numpy.lib.stride_tricks  # noqa: F401
    import numpy.random  # noqa: F401
    import torch
    import torch.fft
    import torch.nn.functional
    from torch.utils import _python_dispatch  # noqa: F401

    torch.set_num_threads(1)
    optimizers.leave_compiler_out()
    numpy.random.seed(0)
    rehearsal.rehearse(learn=learn)


def _only_one_thread() -> None:
    """Refuse to go on with more than one thread: a forked child would wait for the others' locks for ever."""
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - one list, no paths
    if threads != 1 or threading.active_count() != 1:
        raise SystemExit(
            f"the zygote has {threads} threads; it needs OMP_NUM_THREADS=1 and no libraries that start any"
        )


def _serve(control: socket.socket, policy: Policy, myself: int) -> None:
    ended: dict[int, int] = {}
    while True:
        request, connection = receive_with_descriptor(control, 1 + NUMBER.size)
        if not request:
            return
        if request[:1] == b"F" and connection is not None:
            _fork(control, connection, policy, myself)
        elif request[:1] == b"W":
            number = NUMBER.unpack(request[1:])[0]
            control.sendall(NUMBER.pack(_wait_for(number, ended)))
        _reap(ended)


def _fork(control: socket.socket, connection: int, policy: Policy, myself: int) -> None:
    """Fork a child into a new pid namespace; this process has to come back to its own to be able to do it again."""
    parent = 0 if policy.namespaces else os.getpid()
    if policy.namespaces:
        lockdown.unshare(lockdown.CLONE_NEWPID, "pid namespace")
    pid = os.fork()
    if pid == 0:
        try:
            child.serve(connection, policy, parent)
        finally:
            os._exit(LOST)
    if policy.namespaces:
        lockdown.join_namespace(myself, lockdown.CLONE_NEWPID)
    os.close(connection)
    handle = os.pidfd_open(pid)
    send_with_descriptor(control, NUMBER.pack(pid), handle)
    os.close(handle)


def _reap(ended: dict[int, int]) -> None:
    """Collect the children that have ended, and remember how for a while."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended[pid] = status
        while len(ended) > 256:
            ended.pop(next(iter(ended)))


def _wait_for(pid: int, ended: dict[int, int]) -> int:
    """How the child ended, as a wait status; STILL_RUNNING when it has not within a quarter of a second."""
    patience = time.monotonic() + 0.25
    while pid not in ended:
        _reap(ended)
        if pid not in ended and time.monotonic() > patience:
            return STILL_RUNNING
        if pid not in ended:
            time.sleep(0.001)
    return ended.pop(pid)
