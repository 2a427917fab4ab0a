"""The trusted side of a sandbox on CUDA: which device nodes and libraries it lets in, and what else it allows.

As little as the driver is known to need: the nodes and libraries are those of libnvidia-container, the system calls
those of Docker's default profile that traces of the driver show. Not yet run on a GPU.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from convclass.sandbox.jail import SandboxUnavailable, jail_command
from convclass.sandbox.plan import Plan, TooWeak
from convclass.sandbox.reply import Limits
from convclass.sandbox.syscalls import compiled_filter
from convclass.sandbox.zygote import Policy

STARTING = Limits(cpu=60.0, wall=180.0)  # a driver without nvidia-persistenced takes many seconds
GROUP_MEMORY = 6 * 2**30  # bytes for the zygote and what the driver keeps on the host for two children

_NODE = re.compile(r"nvidia\d+|nvidiactl|nvidia-uvm|nvidia-uvm-tools|dxg")
# The compute libraries of libnvidia-container's nvc_info.c, without OpenCL and the debugger; dxcore is for WSL.
_LIBRARY = re.compile(
    r"lib(cuda|nvidia-(ml|gpucomp|ptxjitcompiler|fatbinaryloader|allocator|nvvm|pkcs11|pkcs11-openssl3|tileiras)|dxcore)"
    r"\.so(\.[\d.]+)?"
)
_FOLDERS = (
    "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib", "usr/lib/wsl/lib",
    "usr/local/nvidia/lib64", "usr/local/nvidia/lib", "run/opengl-driver/lib",
)  # fmt: skip
_SEEN_ANYWAY = ("/usr", "/lib", "/lib64")
_SYSTEM = ("cpu/online", "cpu/possible", "cpu/present", "memory/auto_online_blocks", "memory/block_size_bytes", "node")
# Not the whole folder of a PCI device: it holds the memory of the device itself.
_PCI = ("class", "device", "local_cpulist", "local_cpus", "numa_node", "vendor")

_PR_SET_NAME = 15
_SEALS = (1033, 1034)  # F_ADD_SEALS and F_GET_SEALS, for memory without a name
_CLONE_THREAD = 0x100 | 0x800 | 0x10000  # CLONE_VM, CLONE_SIGHAND, CLONE_THREAD
_CLONE_OTHER = 0x2000 | 0x4000 | 0x8000 | 0x7E020000  # ptrace, vfork, parent, and every kind of new namespace
_IOCTL_TYPE, _NVIDIA, _WSL = 0xFF00, ord("F") << 8, ord("G") << 8
_UVM_START, _UVM_NUMBERS = (0x30000001, 0x30000002), 0x7F


@dataclass(frozen=True, slots=True)
class Gpu:
    """What of this machine a sandbox on CUDA lets in: paths of device nodes, libraries and files of /sys.

    `unlisted` are folders of libraries that the loader does not know by itself. Without nodes CUDA is not started:
    then this is the same policy without the device.
    """

    nodes: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    system: tuple[str, ...] = ()

    @property
    def bound(self) -> tuple[str, ...]:
        """The libraries that the jail does not hold in any case."""
        return tuple(path for path in self.libraries if not path.startswith(tuple(f"{top}/" for top in _SEEN_ANYWAY)))


def find_gpu(root: Path = Path("/"), cache: str | None = None) -> Gpu:
    """What there is of a GPU and its driver below `root`. `cache` is what `ldconfig -p` prints, None to ask it."""
    nodes = tuple(str(path) for path in sorted((root / "dev").glob("*")) if _NODE.fullmatch(path.name))
    listed = list(_listed(_ldconfig() if cache is None else cache, root))
    names = {path.name for path in listed}
    others = [path for path in _in_folders(root) if path.name not in names]
    unlisted = dict.fromkeys(str(path.parent) for path in others if "libcuda.so.1" not in names)
    libraries = dict.fromkeys(map(str, (*listed, *others)))
    return Gpu(nodes, tuple(libraries), tuple(unlisted), tuple(map(str, _system_files(root))))


def required_gpu() -> Gpu:
    """What `find_gpu` finds. Raises SandboxUnavailable, naming what is missing, when CUDA cannot work with it."""
    gpu = find_gpu()
    if problem := problem_of(gpu):
        raise SandboxUnavailable(f"{problem}; use --device cpu")
    return gpu


def problem_of(gpu: Gpu) -> str:
    """Why CUDA cannot work with what was found, or ""."""
    names = {Path(node).name for node in gpu.nodes}
    if not names:
        return "there is no GPU here: no device node such as /dev/nvidia0"
    if "dxg" not in names and not {"nvidiactl", "nvidia-uvm"} <= names:
        return "the driver's device nodes are missing; type: nvidia-modprobe -u -c=0"
    if not any(Path(path).name == "libcuda.so.1" for path in gpu.libraries):
        return "the driver's library libcuda.so.1 is missing; type: apt install libcuda1"
    return ""


def changed(plan: Plan, gpu: Gpu, least: str | None = None) -> Plan:
    """The plan for work on the CPU, changed for work on CUDA, whose level is B at best.

    Raises SandboxUnavailable where children have no namespaces of their own, and TooWeak when `least` is A.
    """
    if plan.level not in "AB":
        raise SandboxUnavailable(f"CUDA needs isolation level B and there is {plan.level} only; use --device cpu")
    if least == "A":
        raise TooWeak("isolation level A is asked for and on CUDA there is B only, without RLIMIT_AS; use --device cpu")
    return replace(
        plan,
        level="B",
        record=recorded(plan.record),
        command=jail_command(more=jail_arguments(gpu)),
        policy=cuda_policy(plan.policy, gpu),
    )


def recorded(record: str) -> str:
    """What a result says of the level on CUDA, from what it would say on the CPU; 40 characters at most."""
    _, *missing = record.split(", ")
    names = (name.removeprefix("no ").replace("control group", "cgroups") for name in missing)
    return ", ".join(["B, CUDA: no RLIMIT_AS", *names])


def jail_arguments(gpu: Gpu) -> list[str]:
    """The additional arguments of bubblewrap."""
    found: list[str] = []
    for node in gpu.nodes:
        found += ["--dev-bind", node, node]
    for path in (*gpu.bound, *gpu.system):
        found += ["--ro-bind", path, path]
    for name, value in _environment(gpu).items():
        found += ["--setenv", name, value]
    return found


def _environment(gpu: Gpu) -> dict[str, str]:
    """One device, the grader's own; exact float32 whatever student code sets; the same sums at every run."""
    given = {name: os.environ[name] for name in ("CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES") if name in os.environ}
    visible = given.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    wanted = {
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "CUDA_CACHE_DISABLE": "1",
        "NVIDIA_TF32_OVERRIDE": "0",
        **given,
        "CUDA_VISIBLE_DEVICES": visible,
    }
    return wanted | ({"LD_LIBRARY_PATH": ":".join(gpu.unlisted)} if gpu.unlisted else {})


def cuda_policy(policy: Policy, gpu: Gpu) -> Policy:
    """The policy of children on CUDA, from that of children on the CPU."""
    return replace(
        policy,
        seccomp=compiled_filter(allow_more=allow_driver),
        readable=(*policy.readable, "/proc", "/sys", *gpu.bound),
        writable=(*policy.writable, "/proc/self/task", *gpu.nodes),
        device="cuda",
        device_memory=policy.memory if gpu.nodes else 0,
    )


def allow_driver(rules: Any) -> None:
    """Add to a filter of system calls what the driver needs: threads, its own ioctls, and memory without a name.

    Processes stay refused: a thread shares memory and signal handlers and makes no namespace.
    """
    import pyseccomp

    allow, masked = pyseccomp.ALLOW, pyseccomp.MASKED_EQ
    rules.add_rule(allow, "clone", pyseccomp.Arg(0, masked, _CLONE_THREAD | _CLONE_OTHER, _CLONE_THREAD))
    rules.add_rule(allow, "prctl", pyseccomp.Arg(0, pyseccomp.EQ, _PR_SET_NAME))
    # cuInit fails with error 304 without it (github.com/NVIDIA/OpenShell/issues/1696).
    rules.add_rule(allow, "memfd_create")
    for command in _SEALS:
        rules.add_rule(allow, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    for kind in (_NVIDIA, _WSL):
        rules.add_rule(allow, "ioctl", pyseccomp.Arg(1, masked, _IOCTL_TYPE, kind))
    # The commands of nvidia-uvm are bare numbers (gVisor's pkg/abi/nvgpu/uvm.go).
    rules.add_rule(allow, "ioctl", pyseccomp.Arg(1, masked, 0xFFFFFFFF & ~_UVM_NUMBERS, 0))
    for command in _UVM_START:
        rules.add_rule(allow, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    # cuInit asks by such a socket whether there is an MPS server (see github.com/NVIDIA/cuda-checkpoint/issues/10).
    # It may have the socket, with which nothing can be done, and hears what it hears on a machine without a server.
    rules.add_rule(allow, "socket", pyseccomp.Arg(0, pyseccomp.EQ, 1), pyseccomp.Arg(1, masked, 0xF, 5))
    rules.add_rule(pyseccomp.ERRNO(errno.ENOENT), "connect")


def broke_the_device(content: bytes | None) -> bool:
    """Whether a reply may tell that its process has no usable device any more, as after a device-side assertion.

    Who says so without need gets a new child, and loses nothing but time.
    """
    return content is not None and any(words in content for words in (b"CUDA error", b"AcceleratorError"))


def summary(gpu: Gpu) -> str:
    """What a sandbox on CUDA would let in, in one line."""
    names = ", ".join(Path(node).name for node in gpu.nodes)
    bound = f", {len(gpu.bound)} of them bound by name" if gpu.bound else ""
    return f"lets in {names}; {len(gpu.libraries)} libraries of the driver{bound}; {len(gpu.system)} files of /sys"


def _ldconfig() -> str:
    """What the loader knows, as text; "" where it cannot be asked."""
    command = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if command is None:
        return ""
    try:
        return subprocess.run([command, "-p"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _listed(cache: str, root: Path) -> Iterator[Path]:
    """The driver's 64-bit libraries in the loader's list that are there."""
    for line in cache.splitlines():
        name, _, rest = line.strip().partition(" ")
        kind, _, place = rest.partition(" => ")
        path = root / place.lstrip("/")
        if _LIBRARY.fullmatch(name) and re.search("x86-64|AArch64", kind) and path.is_file():
            yield path


def _in_folders(root: Path) -> Iterator[Path]:
    """The driver's libraries in the folders where installers put them; of each name the first."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for path in sorted((root / folder).glob("lib*.so*")):
            if _LIBRARY.fullmatch(path.name) and path.is_file():
                found.setdefault(path.name, path)
    yield from found.values()


def _system_files(root: Path) -> Iterator[Path]:
    """What of /sys tells about processors, memory and the place of the GPUs."""
    system = root / "sys/devices/system"
    yield from (system / name for name in _SYSTEM if (system / name).exists())
    for card in sorted((root / "proc/driver/nvidia/gpus").glob("*")):
        device = root / "sys/bus/pci/devices" / card.name
        yield from (device / name for name in _PCI if (device / name).is_file())
