"""A control group for one zygote and its children, where this process may make one: bounds on memory and processes."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PROCESSES = 64


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The folders of a group: one in version 2, one per controller in version 1."""

    folders: tuple[Path, ...]

    def wrapped(self, command: list[str]) -> list[str]:
        """The command, started inside the group."""
        joins = " && ".join(f"echo $$ > {shlex.quote(str(folder / 'cgroup.procs'))}" for folder in self.folders)
        return ["/bin/sh", "-c", f'{joins} && exec "$@"', "sh", *command]

    def remove(self) -> None:
        """Remove the group once its last process is gone; a group that stays is only an empty folder."""
        for folder in self.folders:
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)


def make_cgroup(memory: int) -> Cgroup | None:
    """A new group that holds at most `memory` bytes, or None where this process may not make one."""
    name = f"convclass-{os.getpid()}-{time.monotonic_ns()}"
    wanted = _version_2(name, memory) if (ROOT / "cgroup.controllers").exists() else _version_1(name, memory)
    made: list[Path] = []
    _sweep({folder.parent for folder in wanted})
    try:
        for folder, settings in wanted.items():
            folder.mkdir()
            made.append(folder)
            for setting, value in settings.items():
                (folder / setting).write_text(str(value))
            (folder / "cgroup.procs").read_text()
            _check_writable(folder)
    except OSError:
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()
        return None
    return Cgroup(tuple(made)) if made else None


def _sweep(parents: set[Path]) -> None:
    """Remove the empty groups of processes that are gone, such as a grader that was killed."""
    for folder in (folder for parent in parents for folder in parent.glob("convclass-*-*")):
        if not Path("/proc", folder.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


def _check_writable(folder: Path) -> None:
    if not os.access(folder / "cgroup.procs", os.W_OK):
        raise PermissionError(folder)


def _version_2(name: str, memory: int) -> dict[Path, dict[str, int]]:
    """Below the group that this process is in, which a service manager may have delegated to it."""
    own = Path("/proc/self/cgroup").read_text().strip().split("::")[-1].lstrip("/")
    settings = {"memory.max": memory, "memory.swap.max": 0, "pids.max": PROCESSES}
    return {ROOT / own / name: settings}


def _version_1(name: str, memory: int) -> dict[Path, dict[str, int]]:
    return {
        ROOT / "memory" / name: {"memory.limit_in_bytes": memory},
        ROOT / "pids" / name: {"pids.max": PROCESSES},
    }
