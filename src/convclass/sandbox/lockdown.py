"""What a child does to itself before it reads a byte of student code: thin calls into the kernel, each by its own name.

Only the standard library; every function raises OSError, naming the layer, when the kernel refuses.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_RDONLY = 2, 4, 8, 1
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_FILTER = 24, 38, 22, 2
_PR_SET_PDEATHSIG = 1
_HUGE, _MADV_COLLAPSE = 2 * 2**20, 25
_CAPABILITY_VERSION = 0x20080522

# Numbers of system calls that have no function in libc; the same on every architecture.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_DIR, _EXECUTE = 1 << 2, 1 << 3, 1 << 0
# How many kinds of access to files each version of Landlock's interface knows.
_ACCESSES = {1: 13, 2: 14, 3: 15, 4: 15}
_TCP_VERSION, _SCOPE_VERSION = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, layer: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{layer}: {os.strerror(number)}")
    return result


def unshare(flags: int, layer: str) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)), layer)


def join_namespace(descriptor: int, flag: int) -> None:
    """Enter the namespace of kind `flag` of the process behind the pidfd."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(flag)), "setns")


def map_own_ids(user: int, group: int) -> None:
    """Give the new user namespace one user and one group: the ones this process had before."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        file = os.open(f"/proc/self/{name}", os.O_WRONLY | os.O_CLOEXEC)
        os.write(file, text.encode())
        os.close(file)


def mount_tmpfs(folder: str, size: int, *, writable: bool) -> None:
    """Cover `folder` with an empty file system in memory that holds at most `size` bytes."""
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC | (0 if writable else _MS_RDONLY)
    options = f"size={max(size, 4096)},nr_inodes=1024,mode=700".encode()
    result = _libc.mount(b"tmpfs", folder.encode(), b"tmpfs", ctypes.c_ulong(flags), options)
    _checked(result, f"tmpfs on {folder}")


def own_namespaces() -> None:
    """Own user, mount, ipc and uts namespaces with an empty /tmp and /dev/shm and nothing in /proc."""
    user, group = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS, "namespaces")
    map_own_ids(user, group)
    mount_tmpfs("/tmp", 16 * 2**20, writable=True)
    mount_tmpfs("/dev/shm", 16 * 2**20, writable=True)
    mount_tmpfs("/proc", 0, writable=False)
    os.chdir("/tmp")


def become(user: int) -> None:
    """Be another user for good, in a group of the same number and no other. For root only."""
    _empty_bounding_set()
    try:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except OSError as error:
        raise OSError(error.errno, f"user {user}: {error.strerror}") from None


def die_with(parent: int) -> None:
    """Be killed by the kernel when `parent`, which has forked this process, ends. A change of user undoes it."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0), "parent death signal")
    if os.getppid() != parent:
        raise ProcessLookupError("the parent has ended already")


def drop_capabilities() -> None:
    """Give up every capability for good. The bounding set can only be emptied by who may; no_new_privs covers it."""
    _empty_bounding_set()
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _checked(_libc.capset(header, bytes(24)), "capabilities")


def capabilities() -> bool:
    """Whether this process has any capability, effective, permitted or inheritable."""
    header, found = struct.pack("=Ii", _CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    _checked(_libc.capget(header, found), "capabilities")
    return any(found.raw)


def _empty_bounding_set() -> None:
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break


def no_new_privileges() -> None:
    """No exec gains rights from here on. Needed by Landlock and seccomp."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def address_space() -> int:
    """The bytes of address space that this process has mapped."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def use_huge_pages() -> None:
    """Gather this process's memory into pages of 2 MB where the kernel can: forking then takes a third of the time."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _, _, _, *name = line.split()
        start, end = (int(address, 16) for address in place.split("-"))
        start, end = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if rights.startswith("rw") and name in ([], ["[heap]"]) and end > start:
            _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_COLLAPSE)


def limit_resources(space: int) -> None:
    """Resource limits: `space` bytes of address space (0 for no limit), and small ones for the rest.

    The soft CPU limit's signal is ignored by pid 1 of a namespace, so the hard limit is the one that counts.
    """
    lower_limits({resource.RLIMIT_AS: space or resource.RLIM_INFINITY} | small_limits())


def small_limits() -> dict[int, int]:
    """The limits that hold for every child, whatever its memory is limited by."""
    return {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: 900,
        resource.RLIMIT_FSIZE: 16 * 2**20,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_NPROC: 1,
    }


def lower_limits(wanted: dict[int, int]) -> None:
    """Set each resource limit, soft and hard, to the wanted value, or to the hard one where that is lower."""
    for kind, limit in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = limit if hard == resource.RLIM_INFINITY else min(limit, hard) if limit >= 0 else hard
        resource.setrlimit(kind, (value, value))


def keep_descriptors(kept: int) -> None:
    """Put /dev/null on 0, 1 and 2, the descriptor `kept` on 3, and close everything else."""
    nothing = os.open("/dev/null", os.O_RDWR)
    connection = os.dup(kept) if kept <= 3 else kept
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.dup2(connection, 3, inheritable=False)
    os.closerange(4, 1 << 20)


def landlock_version() -> int:
    """The version of Landlock's interface that the kernel offers, or 0."""
    found: int = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    return max(found, 0)


def landlock(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Allow reading below `readable` and everything below `writable`; no other file, no TCP, no one else's socket."""
    version = landlock_version()
    if version == 0:
        raise OSError("Landlock: the kernel does not offer it")
    every = (1 << _ACCESSES.get(version, 16)) - 1
    tcp = 3 if version >= _TCP_VERSION else 0
    scope = 3 if version >= _SCOPE_VERSION else 0
    attributes = struct.pack("=QQQ", every, tcp, scope)
    size = 24 if scope else 16 if tcp else 8
    rules = _checked(
        _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)), "Landlock"
    )
    reading = _READ_FILE | _READ_DIR | _EXECUTE
    for path in readable:
        _allow_beneath(rules, path, reading)
    for path in writable:
        _allow_beneath(rules, path, every)
    _checked(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)), "Landlock")
    os.close(rules)


def _allow_beneath(rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        access &= _READ_FILE | _EXECUTE | 1 << 1 | 1 << 14 | 1 << 15
    rule = struct.pack("=Qi", access, place)
    result = _libc.syscall(_LANDLOCK_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0))
    _checked(result, f"Landlock on {path}")
    os.close(place)


def seccomp(program: bytes) -> None:
    """Install a filter of system calls: BPF instructions of 8 bytes, compiled by libseccomp on the trusted side."""
    instructions = ctypes.create_string_buffer(program, len(program))
    count = len(program) // 8
    filter_program = struct.pack("=HxxxxxxQ", count, ctypes.addressof(instructions))
    _checked(_libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_FILTER), filter_program, 0, 0), "seccomp")
