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
flock fcntl dup dup2 dup3 pipe pipe2 copy_file_range sendfile utimensat
mmap mprotect munmap mremap madvise msync brk mincore
select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2
socketpair sendto recvfrom sendmsg recvmsg shutdown getsockopt setsockopt getsockname getpeername
futex futex_waitv set_robust_list get_robust_list set_tid_address rseq membarrier
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall
tgkill pause alarm setitimer getitimer wait4 waitid
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times getrusage sysinfo uname
getpid gettid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid getpriority
sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu
getrlimit getrandom exit exit_group capget
"""
ALLOWED = tuple(_ALLOWED.split())
_TERMINAL_SIZE_AND_MODE = (0x5401, 0x5413, 0x5421, 0x541B, 0x5451)  # TCGETS TIOCGWINSZ FIONBIO FIONREAD FIOCLEX


def compiled_filter(allow_more: Callable[[Any], None] | None = None) -> bytes:
    """The filter as BPF; `allow_more` adds rules to it. Raises ImportError or OSError when libseccomp is not there."""
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        _add(rules, pyseccomp.ALLOW, name)
    _add(rules, pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # so that libc falls back to clone, which is refused
    for command in _TERMINAL_SIZE_AND_MODE:
        rules.add_rule(pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, command))
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
