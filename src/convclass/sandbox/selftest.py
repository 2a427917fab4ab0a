"""Attempts what each layer must forbid, in a process of its own; prints one JSON object: layer to problem, or to ""."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from convclass.sandbox import lockdown

_EMPTYING_FORBIDDEN = 3


def main() -> None:
    """Test the layers named on the command line; before them the seccomp filter as hexadecimal digits, and a user."""
    filter_text, user, *layers = sys.argv[1:]
    tests: dict[str, Callable[[], str]] = {
        "namespaces": _namespaces,
        "landlock": _landlock,
        "seccomp": lambda: _seccomp(bytes.fromhex(filter_text)),
        "rlimits": _rlimits,
        "truncation": _truncation,
        "users": lambda: _users(int(user)),
    }
    print(json.dumps({layer: _in_child(tests[layer], layer == "namespaces") for layer in layers}))


def _in_child(test: Callable[[], str], new_pids: bool) -> str:
    """Run the test in a forked child, since none of what it does can be undone."""
    reading, writing = os.pipe()
    myself = os.pidfd_open(os.getpid())
    try:
        if new_pids:
            lockdown.unshare(lockdown.CLONE_NEWPID, "pid namespace")
        pid = os.fork()
    except OSError as error:
        return str(error)
    if pid == 0:
        try:
            problem = test()
        except BaseException as error:
            problem = f"{type(error).__name__}: {error}"
        os.write(writing, problem.encode()[:1000])
        os._exit(0)
    if new_pids:
        lockdown.join_namespace(myself, lockdown.CLONE_NEWPID)
    os.close(writing)
    _, status = os.waitpid(pid, 0)
    text = os.read(reading, 1000).decode()
    return text if status == 0 else f"the test ended with status {status}"


def _namespaces() -> str:
    lockdown.own_namespaces()
    if os.getpid() != 1:
        return "other processes can be seen"
    if any(Path("/proc").iterdir()):
        return "/proc can be seen"
    return ""


def _landlock() -> str:
    lockdown.no_new_privileges()
    lockdown.landlock(("/usr",), ())
    try:
        os.listdir("/")  # noqa: PTH208 - one attempt, no paths
    except PermissionError:
        return ""
    return "a forbidden folder can be read"


def _truncation() -> str:
    version = lockdown.landlock_version()
    if version < _EMPTYING_FORBIDDEN:
        return f"Landlock of version {version} lets a forbidden file be emptied; {_EMPTYING_FORBIDDEN} is needed"
    return ""


def _users(user: int) -> str:
    if not user:
        return "no users are free here"
    if os.getuid() != 0:
        return "only root can give every child a user of its own"
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            lockdown.become(user)
        finally:
            os.write(writing, str(os.getuid()).encode())
            signal.pause()
    became = os.read(reading, 20).decode()
    try:
        os.kill(pid, signal.SIGKILL)
    except PermissionError:
        return "other users' processes cannot be ended"
    return "" if became == str(user) else f"a child stays user {became}"


def _seccomp(program: bytes) -> str:
    if not program:
        return "there is no filter: libseccomp or pyseccomp is missing"
    lockdown.no_new_privileges()
    lockdown.seccomp(program)
    for name, attempt in (("fork", os.fork), ("open a socket", socket.socket)):
        try:
            attempt()
        except PermissionError:
            continue
        return f"a child can {name}"
    return ""


def _rlimits() -> str:
    lockdown.limit_resources(lockdown.address_space() + 64 * 2**20)
    if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
        return "core files are not forbidden"
    try:
        bytearray(256 * 2**20)
    except MemoryError:
        return ""
    return "memory is not limited"


if __name__ == "__main__":
    main()
