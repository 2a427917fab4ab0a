"""What no child may be able to do, attempted by a real child before any student's code comes into one."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from convclass.sandbox import lockdown

_FOLDERS = ("/", "/tmp", "/var/tmp", "/dev/shm", "/run")


def succeeded(secret: str, writable: tuple[str, ...], grader: int, memory: int, user: int, device: int = 0) -> str:
    """The forbidden acts that this process could do, in words, or "".

    `secret` is a file of the grader that everybody may read, `writable` the folders that are the child's own,
    `grader` a process to signal, `memory` the bytes that are too many (0 for no limit), `user` 1 when it must not be
    the grader's, `device` 1 on CUDA, whose driver keeps files open and where only private memory is limited.
    """
    folders = (*_FOLDERS, str(Path(secret).parent))
    acts: dict[str, Callable[[], object]] = {
        "fork": _fork,
        "run a program": lambda: _execute("/nonexistent/program"),
        "open a socket": socket.socket,
        "make a socket for datagrams": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
        "read a file of the grader": lambda: os.open(secret, os.O_RDONLY),
        "empty a file of the grader": lambda: os.truncate(secret, 0),
        "signal the grader": lambda: os.kill(grader, 0),
        "signal a thread of the grader": lambda: _thread_signal(grader),
        "trace the grader": lambda: _traced(grader),
        "be sent signals for others": lambda: _own_signals(grader),
        "see the processes": lambda: os.listdir(f"/proc/{grader}"),  # noqa: PTH208 - one attempt, no paths
        "keep a file open": lambda: _open_descriptor(),
        "keep a capability": lambda: _must(lockdown.capabilities()),
    }
    acts |= {f"write in {folder}": _writer(folder) for folder in folders if folder not in writable}
    if device:
        acts.pop("keep a file open")
        if memory:
            acts["take too much memory"] = lambda: mmap.mmap(-1, memory, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    elif memory:
        acts["take too much memory"] = lambda: mmap.mmap(-1, memory)
    if user:
        acts["stay root"] = lambda: _must(0 in os.getresuid() + os.getresgid() or os.getgroups())
    return ", ".join(_possible(acts))


def _possible(acts: dict[str, Callable[[], object]]) -> Iterator[str]:
    for name, act in acts.items():
        try:
            act()
        except (OSError, MemoryError):
            continue
        yield name


def _must(possible: object) -> None:
    """Raise the error of a refused act unless it is possible."""
    if not possible:
        raise PermissionError


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _execute(program: str) -> None:
    """Ask for a program that is not there: a kernel that looks for it would also have run one that is."""
    try:
        os.execv(program, [program])
    except FileNotFoundError:
        return


def _writer(folder: str) -> Callable[[], None]:
    def write() -> None:
        path = f"{folder}/convclass-attempt"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC))
        Path(path).unlink()

    return write


def _thread_signal(grader: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _must(libc.tgkill(grader, grader, 0) == 0)


def _traced(grader: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    attach, detach = 0x4206, 17  # PTRACE_SEIZE does not stop it
    _must(libc.ptrace(attach, grader, None, None) == 0)
    libc.ptrace(detach, grader, None, None)


def _own_signals(grader: int) -> None:
    import fcntl

    left, right = socket.socketpair()
    with left, right:
        fcntl.fcntl(left, fcntl.F_SETOWN, grader)


def _open_descriptor() -> None:
    _must(any(_is_open(number) for number in range(4, 64)))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
