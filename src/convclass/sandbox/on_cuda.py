"""What a child does differently when its work is on CUDA. Nothing here runs for a child on the CPU.

The driver must be started by the child itself, since nothing of CUDA survives a fork; so the zygote stays clear of it.
`limit_resources` and `own_namespaces` stand for the functions of the same names in `lockdown`. What the driver needs is
known from documents and from others' traces, named where it matters; this has not yet been run on a GPU.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

from convclass.sandbox import lockdown, message
from convclass.sandbox.reply import OutOfMemory, Raised, Reply
from convclass.sandbox.runner import OUT_OF_MEMORY, Runner
from convclass.sandbox.wire import WireError, unpack_header

NODES = ("/dev/nvidia", "/dev/dxg")  # how the names of the device nodes begin
THREADS = 48
DESCRIPTORS = 256  # the driver opens its nodes dozens of times
DRIVER_DATA = 2 * 2**30  # bytes of private memory that the driver and its libraries take for themselves

_MS_BIND, _MS_REC, _MS_REMOUNT = 4096, 16384, 32
_READ_ONLY = 1 | 2 | 4 | 8  # with nosuid, nodev and noexec, which a mount that has them cannot lose
# Traces of cuInit read these, and the driver's own folders under /proc/driver.
_PROC = (
    "cpuinfo", "devices", "driver/nvidia", "driver/nvidia-caps", "driver/nvidia-uvm", "meminfo", "modules",
    "sys/vm/mmap_min_addr", "version",
)  # fmt: skip
_PROC_SELF = ("maps", "status")
_NAMED_THREADS = 256

_libc = ctypes.CDLL(None, use_errno=True)


def refuse_open_nodes() -> None:
    """End the zygote if it has opened a GPU: its children could not use CUDA, and nobody would know why."""
    links = (Path(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd"))  # noqa: PTH208 - no paths
    found = {str(link.readlink()) for link in links if link.is_symlink()}
    opened = sorted(path for path in found if path.startswith(NODES))
    if opened or torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        raise SystemExit(f"the zygote has started CUDA ({', '.join(opened)}); its children could not use it")


def data_space() -> int:
    """The bytes of private writable memory that this process has mapped, as RLIMIT_DATA counts them."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def limit_resources(data: int) -> None:
    """As `lockdown.limit_resources`, with `data` bytes of private memory (0 for no limit) in place of address space.

    CUDA reserves address space for all the memory of the machine and of its GPUs, so RLIMIT_AS cannot hold.
    """
    lockdown.lower_limits(
        lockdown.small_limits()
        | {
            resource.RLIMIT_DATA: data + DRIVER_DATA if data else resource.RLIM_INFINITY,
            resource.RLIMIT_MEMLOCK: 64 * 2**10,  # what containers give, in which CUDA is known to work
            resource.RLIMIT_NOFILE: DESCRIPTORS,
            resource.RLIMIT_NPROC: THREADS,
        }
    )


def own_namespaces() -> None:
    """As `lockdown.own_namespaces`, with the few files in /proc that the driver reads."""
    user, group = os.getuid(), os.getgid()
    kinds = lockdown.CLONE_NEWUSER | lockdown.CLONE_NEWNS | lockdown.CLONE_NEWIPC | lockdown.CLONE_NEWUTS
    lockdown.unshare(kinds, "namespaces")
    lockdown.map_own_ids(user, group)
    lockdown.mount_tmpfs("/tmp", 2 * 2**20, writable=True)
    _furnish(Path("/tmp"))
    _mount("/tmp", "/proc", _MS_BIND | _MS_REC)
    lockdown.mount_tmpfs("/tmp", 16 * 2**20, writable=True)
    lockdown.mount_tmpfs("/dev/shm", 16 * 2**20, writable=True)
    os.chdir("/tmp")


def _furnish(place: Path) -> None:
    """Make in `place` what /proc is to hold: this process alone, under the number that it has in its own namespace."""
    myself = place / str(os.getpid())
    (myself / "task").mkdir(parents=True)
    (place / "self").symlink_to(myself.name)
    (myself / "exe").symlink_to(sys.executable)
    for name in _PROC_SELF:
        _show(Path("/proc/self") / name, myself / name)
    for name in _PROC:
        _show(Path("/proc") / name, place / name)
    # Drivers since 570 fail with error 304 when they cannot name a thread, which libc does by writing to this file
    # (github.com/nolabs-ai/nono/pull/673). An ordinary file will do; the real ones have numbers of another namespace.
    for number in range(1, _NAMED_THREADS):
        thread = myself / "task" / str(number)
        thread.mkdir()
        (thread / "comm").touch()


def _show(source: Path, target: Path) -> None:
    """Let `source` be seen at `target`, read-only, if it is there."""
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir()
    else:
        target.touch()
    _mount(str(source), str(target), _MS_BIND)
    _mount(str(source), str(target), _MS_BIND | _MS_REMOUNT | _READ_ONLY)


def _mount(source: str, target: str, flags: int) -> None:
    if _libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mounting {target}: {os.strerror(number)}")


def started(device_memory: int) -> str:
    """Start CUDA here, before student code and outside of any case's time limit; what went wrong, in words, or "".

    `device_memory` is in bytes. The limit is torch's own: it stops honest code, and whoever goes past torch is past it.
    """
    make_exact()
    try:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, device_memory / total))
        _first_steps("cuda")
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    except Exception as error:  # whatever it is, it is to be told and not to be lost with the process
        return f"CUDA does not start in the sandbox: {type(error).__name__}: {error}"[:1500]
    return ""


def make_exact() -> None:
    """Full float32, and the same answer at every run. Student code may undo it, for itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of torch have a second name for these
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def _first_steps(device: str) -> None:
    """Load cuBLAS and cuDNN and start autograd's thread for the device; no random number is drawn."""
    image = torch.ones(1, 1, 4, 4, device=device)
    kernel = torch.ones(1, 1, 2, 2, device=device, requires_grad=True)
    answer = torch.nn.functional.conv2d(image, kernel)
    torch.autograd.backward((answer[0, 0] @ answer[0, 0]).sum())


class LostArguments:
    """In the place of arguments that could not be put on the device; `text` says why."""

    def __init__(self, text: str):
        self.text = text


def decode_question(header: bytes, payload: memoryview) -> message.Question:
    """As `message.decode_question`; a call whose tensors find no room on the device arrives with LostArguments."""
    try:
        return message.decode_question(header, payload)
    except WireError as error:
        serial, kind, _ = unpack_header(header)
        return message.Question(serial, kind, ("", LostArguments(str(error)), {}, False, False))


class CudaRunner(Runner):
    """A Runner whose calls last until the device is done: its errors and its time belong to the call that made them."""

    def call(
        self,
        function: str,
        arguments: Any,
        keywords: dict[str, Any],
        *,
        return_arguments: bool = False,
        observe: bool = False,
    ) -> Reply:
        """Call `function`, and wait for the device."""
        if isinstance(arguments, LostArguments):
            return self._no_room(arguments.text)
        reply = super().call(function, arguments, keywords, return_arguments=return_arguments, observe=observe)
        try:
            if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
                torch.cuda.synchronize()
        except RuntimeError as error:
            return self._no_room(f"{type(error).__name__}: {error}")
        return reply

    def _no_room(self, text: str) -> Reply:
        """The reply when the device failed: most often, and then said so, for want of memory."""
        if any(words in text for words in OUT_OF_MEMORY):
            return OutOfMemory(self.memory)
        return Raised("RuntimeError", text[:2000], ("RuntimeError", "Exception"))
