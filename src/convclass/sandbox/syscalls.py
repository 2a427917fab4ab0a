"""The system calls that a child may make, compiled by libseccomp on the trusted side; everything else is refused."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from typing import Any

_ALLOWED = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range lseek
fstat newfstatat stat lstat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
open openat openat2 creat getdents getdents64 getcwd chdir fchdir umask
rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat ftruncate truncate fsync fdatasync fallocate
flock dup dup2 dup3 pipe pipe2 copy_file_range sendfile utimensat
mmap mprotect munmap mremap madvise msync brk mincore
select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2
sendto recvfrom sendmsg recvmsg shutdown getsockopt setsockopt getsockname getpeername
futex futex_waitv set_robust_list get_robust_list set_tid_address rseq membarrier
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall
tgkill pause alarm setitimer getitimer wait4 waitid
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getrusage sysinfo uname
getpid gettid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid getpriority
sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu
getrlimit getrandom exit exit_group capget
"""
ALLOWED = tuple(_ALLOWED.split())
# Where a child has no file system and no process numbers of its own: what Landlock does not hear of, or not on every
# kernel, and signals to others. Without them `abort` still ends the process.
_ONLY_AMONG_ITSELF = """
creat rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat truncate utimensat flock tgkill
"""
ONLY_AMONG_ITSELF = frozenset(_ONLY_AMONG_ITSELF.split())
# fcntl without F_SETOWN and F_SETSIG, by which the kernel sends any signal to any process of the same user.
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE = 1, 1, 0xF
_TERMINAL_SIZE_AND_MODE = (0x5401, 0x5413, 0x5421, 0x541B, 0x5451)  # TCGETS TIOCGWINSZ FIONBIO FIONREAD FIOCLEX


def compiled_filter(shared: bool = False, allow_more: Callable[[Any], None] | None = None) -> bytes:
    """The filter as BPF, the stricter one where file system and process numbers are `shared` with the grader.

    `allow_more` adds rules to it. Raises ImportError or OSError when libseccomp is not there.
    """
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED if not shared else (name for name in ALLOWED if name not in ONLY_AMONG_ITSELF):
        _add(rules, pyseccomp.ALLOW, name)
    _add(rules, pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # so that libc falls back to clone, which is refused
    for command in _TERMINAL_SIZE_AND_MODE:
        rules.add_rule(pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    for command in _FCNTL:
        rules.add_rule(pyseccomp.ALLOW, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    # A datagram socket, unlike a stream, could be sent from to any name in the file system.
    domain, kind = (0, pyseccomp.EQ, _AF_UNIX), (1, pyseccomp.MASKED_EQ, _SOCK_TYPE, _SOCK_STREAM)
    rules.add_rule(pyseccomp.ALLOW, "socketpair", pyseccomp.Arg(*domain), pyseccomp.Arg(*kind))
    rules.add_rule(pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(2, pyseccomp.EQ, 0))
    if allow_more:
        allow_more(rules)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _add(rules: object, action: int, name: str) -> None:
    """Add a rule unless this architecture has no such call."""
    import pyseccomp

    try:
        pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        rules.add_rule(action, name)  # type: ignore[attr-defined]
    except (RuntimeError, ValueError, OSError):
        return
