"""Processor time of this process and everything below it, also of children that still run (Linux)."""

from __future__ import annotations

import os

_TICKS = os.sysconf("SC_CLK_TCK")
_USER_TIME = 11  # the 14th field of /proc/PID/stat, counted after the name; then system time and both of dead children


def cpu_seconds() -> float:
    """Processor seconds used so far by this process and its descendants, living and dead."""
    return _of_tree(os.getpid())


def _of_tree(process: int) -> float:
    try:
        fields = _read(f"/proc/{process}/stat").rpartition(b")")[2].split()
    except OSError:
        return 0.0  # it ended meanwhile, or this is no Linux
    own = sum(int(ticks) for ticks in fields[_USER_TIME : _USER_TIME + 4]) / _TICKS
    return own + sum(_of_tree(child) for child in _children(process))


def _children(process: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208 - asked twice for every submission
            found += [int(child) for child in _read(f"/proc/{process}/task/{thread}/children").split()]
    except OSError:
        pass  # it ended meanwhile
    return found


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()
