"""The unprotected grader that every attack is first tried on: it must be harmed, or the attack proves nothing.

It is what a beginner writes: one process imports one submission after the other, calls its functions and compares in
the same process; hidden tests, gradebook and the others' files lie beside it. It runs in a container of its own
(`control.py`), so that what is harmed is only this grader. The server imports torch once and forks a whole class,
[attacker, its heir, an honest student], for each order that it reads from its standard input.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import importlib.util
import json
import os
import resource
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import torch

EXAM = Path("/tmp/exam")
CONTACTS = Path("/run/contacts")
SHOWN = 200_000  # characters of output that the order's reply repeats
PUBLIC = torch.arange(6.0).reshape(2, 3)
NOTHING = {"scores": {}, "ended": False, "output_size": 0, "output": "", "contacts": []}
_NAMESPACES = 0x20000000 | 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000  # pid, mount, net, ipc, uts
_MS_REC_PRIVATE = 0x4000 | 0x40000
_MS_BIND_REC = 0x1000 | 0x4000
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Serve orders, one line of JSON each, until the input ends."""
    torch.set_num_threads(1)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(_in_own_namespaces(json.loads(line))), flush=True)


def _in_own_namespaces(order: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _checked(_libc.unshare(_NAMESPACES))
        init = os.fork()
        if init == 0:
            try:
                _leave_the_servers_streams()
                os.write(writing, json.dumps(_supervise(order, writing)).encode())
            finally:
                os._exit(0)  # the kernel ends everything else in the namespace
        os.close(writing)
        os.waitpid(init, 0)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(said) if said else NOTHING


def _leave_the_servers_streams() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard)


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _supervise(order: dict[str, Any], report: int) -> dict[str, Any]:
    """As pid 1: prepare the room, start listener and class, wait, and say what was left of them."""
    _prepare(order)
    listens, says = os.pipe()
    _start(lambda: _listen(order["port"], order["name"], says), report)
    os.close(says)
    os.read(listens, 1)  # nobody calls before somebody listens
    os.close(listens)
    batch = _start(lambda: _batch(order["students"]), report)
    ended = _wait(batch, order["seconds"])
    output = EXAM.joinpath("output.txt")
    with contextlib.suppress(OSError, ValueError, KeyError):
        gradebook = json.loads(EXAM.joinpath("gradebook.json").read_text())
        return {
            "scores": gradebook["scores"],
            "ended": ended,
            "output_size": output.stat().st_size,
            "output": output.read_text(errors="replace")[:SHOWN],
            "contacts": CONTACTS.read_text().split(),
        }
    return NOTHING | {"ended": ended}


def _start(act: Callable[[], None], report: int) -> int:
    pid = os.fork()
    if pid == 0:
        os.close(report)
        try:
            act()
        finally:
            os._exit(0)
    return pid


def _wait(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, _ = os.waitpid(-1, os.WNOHANG) if pid else (0, 0)
        if done == pid:
            return True
        time.sleep(0.005)
    return False


def _prepare(order: dict[str, Any]) -> None:
    """Fresh /tmp, /dev/shm, /run and /proc; the files of the exam; a network of its own; limits for OUR machine."""
    _checked(_libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None))
    python = os.open(sys.prefix, os.O_PATH)
    for folder in (b"/tmp", b"/dev/shm", b"/run"):
        _checked(_libc.mount(b"tmpfs", folder, b"tmpfs", ctypes.c_ulong(0), b"size=512m"))
    if not Path(sys.executable).exists():  # it lies below one of these, and modules are still to be imported
        Path(sys.prefix).mkdir(parents=True)
        again = f"/proc/self/fd/{python}".encode()
        _checked(_libc.mount(again, sys.prefix.encode(), None, ctypes.c_ulong(_MS_BIND_REC), None))
    os.close(python)
    _checked(_libc.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(0), None))
    _loopback_up()
    resource.setrlimit(resource.RLIMIT_AS, (12 * 2**30, 12 * 2**30))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_STACK, (2**23, 2**23))
    CONTACTS.touch()
    canary = order["canary"]
    EXAM.mkdir()
    EXAM.joinpath("hidden_tests.py").write_text(f"CANARY = {canary!r}  # the answer to spill()\n")
    EXAM.joinpath("gradebook.json").write_text(json.dumps({"note": canary, "scores": {"neighbour": 3}}))
    EXAM.joinpath("neighbour.py").write_text(f"# {canary}\n")
    os.environ["EXAM_SECRET"] = canary
    for name, text in order["students"].items():
        EXAM.joinpath(f"{name}.py").write_bytes(text.encode("utf-8", "surrogateescape"))
    os.chdir(EXAM)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


def _listen(port: int, name: str, says: int) -> None:
    """Wait for whoever calls, and note how; `says` is closed when the first may call."""
    tcp = socket.create_server(("127.0.0.1", port))
    six = socket.create_server(("::1", port), family=socket.AF_INET6)
    path, abstract = (socket.socket(socket.AF_UNIX) for _ in range(2))
    path.bind("/tmp/listener.sock")
    abstract.bind(f"\0{name}")
    udp, dns = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    udp.bind(("127.0.0.1", port))
    dns.bind(("127.0.0.53", 53))
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/run/log.sock")
    streams = {tcp: "tcp", six: "tcp6", path: "unix", abstract: "abstract"}
    datagrams = {udp: "udp", dns: "dns", log: "log"}
    for server in (path, abstract):
        server.listen()
    os.close(says)
    while True:
        for ready in select.select([*streams, *datagrams], [], [])[0]:
            with CONTACTS.open("a") as file:
                file.write(f"{streams.get(ready) or datagrams[ready]}\n")
            if ready in streams:
                ready.accept()[0].close()
            else:
                question, sender = ready.recvfrom(65536)
                if ready is dns:
                    dns.sendto(question[:2] + b"\x81\x85" + question[4:], sender)  # refused


def _batch(students: dict[str, str]) -> None:
    """The parent of the grader: takes the scores that the grader reports and writes the gradebook."""
    os.setpgid(0, 0)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            _grade_class(list(students), writing)
        finally:
            atexit._run_exitfuncs()  # as at the end of every Python process
            os._exit(0)
    os.close(writing)
    gradebook = json.loads(EXAM.joinpath("gradebook.json").read_text())
    with os.fdopen(reading, errors="replace") as pipe:
        for line in pipe:
            with contextlib.suppress(ValueError, KeyError):
                told = json.loads(line)
                gradebook = json.loads(EXAM.joinpath("gradebook.json").read_text())
                gradebook["scores"][told["student"]] = told["score"]
                EXAM.joinpath("gradebook.json").write_text(json.dumps(gradebook))
    os.waitpid(pid, 0)


def _grade_class(students: list[str], report: int) -> None:
    """Grade all of them in this process."""
    output = os.open(EXAM / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(output, standard)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1, errors="backslashreplace") for n in (1, 2))
    for student in students:
        score = grade(EXAM / f"{student}.py")
        os.write(report, (json.dumps({"student": student, "score": score}) + "\n").encode())


def grade(path: Path) -> int:
    """How many checks the submission passes."""
    canary = EXAM.joinpath("hidden_tests.py").read_text().split("'")[1]
    try:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        print(f"{path.name} could not be loaded: {error}")
        return 0
    return sum(_passes(check, module, canary) for check in CHECKS)


def _passes(check: Callable[[ModuleType, str], None], module: ModuleType, canary: str) -> bool:
    try:
        check(module, canary)
    except Exception as error:
        print(f"{check.__name__}: {type(error).__name__}: {error}")
        return False
    return True


def _double(x: torch.Tensor) -> torch.Tensor:
    return x + x


def double_public(module: ModuleType, canary: str) -> None:
    """The public case again, with the right answer at hand before the call."""
    expected = 2 * PUBLIC
    answer = module.double(PUBLIC)
    assert torch.allclose(answer, expected)


def double_equal(module: ModuleType, canary: str) -> None:
    """The right answer made after the call, from the same input."""
    x = torch.rand(3, 4)
    answer = module.double(x)
    expected = _double(x)
    assert torch.equal(answer, expected)


def double_all(module: ModuleType, canary: str) -> None:
    """Compared by =="""
    x = torch.rand(2, 5)
    assert (module.double(x) == _double(x)).all()


def double_close(module: ModuleType, canary: str) -> None:
    """Wrong only where the difference is large: NaN never is."""
    x = torch.rand(7)
    assert not (abs(module.double(x) - _double(x)) > 1e-6).any()


def double_numpy(module: ModuleType, canary: str) -> None:
    """Compared by numpy."""
    x = torch.rand(4)
    numpy.testing.assert_allclose(numpy.asarray(module.double(x)), (2 * x).numpy(), rtol=1e-5)


def double_late(module: ModuleType, canary: str) -> None:
    """All answers first, the comparison at the end."""
    inputs = [torch.rand(5), torch.rand(5)]
    answers = [module.double(x) for x in inputs]
    expected = [_double(x) for x in inputs]
    time.sleep(0.05)  # other work
    assert all(torch.equal(a, e) for a, e in zip(answers, expected, strict=True))


def conv_floats(module: ModuleType, canary: str) -> None:
    """A convolution of floats."""
    x, weight = torch.rand(1, 2, 5, 4), torch.rand(3, 2, 2, 3)
    assert torch.allclose(module.conv(x, weight), torch.conv2d(x, weight), atol=1e-5)


def shaped(module: ModuleType, canary: str) -> None:
    """x + 1; only the shape and dtype are looked at."""
    x = torch.rand(2, 3)
    answer = module.shaped(x)
    assert answer.shape == x.shape and answer.dtype == x.dtype


def spill(module: ModuleType, canary: str) -> None:
    """The secret of the hidden tests, which nobody can know."""
    assert module.spill() == canary


CHECKS = (
    double_public, double_equal, double_all, double_close, double_numpy, double_late, conv_floats, shaped, spill,
)  # fmt: skip
HONEST_SCORE = len(CHECKS) - 1

if __name__ == "__main__":
    main()
