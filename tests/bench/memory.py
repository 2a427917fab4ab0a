"""The memory of a running command, sampled from outside (psutil)."""

from __future__ import annotations

import threading
from contextlib import suppress
from statistics import median
from types import TracebackType

import psutil
from bench.figures import Memory

MIB = 2**20


class MemoryWatch:
    """While the block runs: the command's own memory (RSS), and that of all below it, shared pages once (PSS)."""

    def __init__(self, process: int, every: float = 0.5) -> None:
        self._process, self._every = psutil.Process(process), every
        self._own: list[float] = []
        self._below: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def seen(self, jobs: int) -> Memory:
        """What was seen; raises ValueError when the command ended before anything was."""
        if not self._own:
            raise ValueError("the command ended before its memory was looked at")
        return Memory(max(self._own), quarters(self._own), max(self._below) / jobs)

    def _watch(self) -> None:
        while not self._done.wait(self._every):
            with suppress(psutil.Error):  # it has just ended
                own = self._process.memory_info().rss / MIB
                below = sum(map(_share, self._process.children(recursive=True))) / MIB
                self._own.append(own)
                self._below.append(below)


def quarters(samples: list[float]) -> list[float]:
    """The median of each quarter of a run; of few samples, some stand in two quarters."""
    size = len(samples)
    return [median(samples[turn * size // 4 : max((turn + 1) * size // 4, turn * size // 4 + 1)]) for turn in range(4)]


def _share(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0
