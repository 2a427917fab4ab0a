"""Seconds and CPU seconds of a command with everything it started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(frozen=True)
class Usage:
    """Wall-clock seconds and CPU seconds (user and system)."""

    seconds: float
    cpu_seconds: float

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.seconds - other.seconds, self.cpu_seconds - other.cpu_seconds)

    def __mul__(self, number: float) -> Usage:
        return Usage(self.seconds * number, self.cpu_seconds * number)

    def __truediv__(self, number: float) -> Usage:
        return Usage(self.seconds / number, self.cpu_seconds / number)


class CommandError(Exception):
    """A command of the bench ended otherwise than expected; the message has its output."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    good: tuple[int, ...] = (0,),
    timeout: float = 300,
    watching: Callable[[int], AbstractContextManager[object]] = lambda _: nullcontext(),
) -> tuple[Usage, subprocess.CompletedProcess[str]]:
    """Run `command` in `folder` and measure it; `watching` gets its process number and lasts as long as it runs.

    CPU seconds are those of the command and of everything it started, Jupyter kernels and sandboxed children too:
    what outlives the command becomes a child of this process and is waited for. Raises CommandError when the exit
    status is not in `good`, or after `timeout` seconds.
    """
    adopt_orphans()
    words = [str(word) for word in command]
    cpu, start = children_cpu(), time.perf_counter()
    done = _ended(words, folder, dict(environment), timeout, watching)
    seconds = time.perf_counter() - start
    wait_for_orphans()
    usage = Usage(seconds, children_cpu() - cpu)
    if done.returncode not in good:
        ending = f"ended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        raise CommandError(f"{' '.join(words)}\n{ending}")
    return usage, done


def _ended(
    words: list[str],
    folder: Path,
    environment: dict[str, str],
    timeout: float,
    watching: Callable[[int], AbstractContextManager[object]],
) -> subprocess.CompletedProcess[str]:
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        subprocess.Popen(words, cwd=folder, env=environment, text=True, **pipes) as process,
        watching(process.pid),
    ):
        try:
            out, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise CommandError(f"{' '.join(words)}\ntook longer than {timeout:g} s") from None
    return subprocess.CompletedProcess(words, process.returncode, out, errors)


def say(text: str) -> None:
    """Tell the person who waits how far it is."""
    print(text, file=sys.stderr, flush=True)


def children_cpu() -> float:
    """CPU seconds of all children that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def adopt_orphans() -> None:
    """Make this process the parent of all descendants whose own parent ends, so that none is lost to the count."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


def wait_for_orphans(patience: float = 20.0) -> None:
    """Wait until nothing is left of the command; raises CommandError when something stays."""
    end = time.monotonic() + patience
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        raise CommandError(f"a process that the command started still runs after {patience:g} seconds")
