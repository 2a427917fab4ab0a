"""Keeps the processes of the tool running: starts again what ends, ends all of them in order, leaves none behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any

from convclass.sandbox.lockdown import die_with

_spawning = get_context("spawn")

_LOOK_SECONDS = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_WELL_AFTER = 60.0
"""Seconds after which a process that ends is taken to have been well, and is started again at once."""


@dataclass(frozen=True, slots=True)
class Role:
    """A process of the tool: `run(*given)`, in a process of its own; `grace`: seconds to end in when told to."""

    name: str
    run: Callable[..., None]
    given: tuple[Any, ...] = ()
    grace: float = 20.0


@dataclass(slots=True)
class _Child:
    role: Role
    process: SpawnProcess | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    falls: int = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = _spawning.Process(
            target=_in_child, args=(os.getpid(), self.role), name=f"convclass {self.role.name}"
        )
        self.process.start()

    def fell(self, at: float) -> int | None:
        """Note that the process has ended; its exit code."""
        assert self.process is not None
        code = self.process.exitcode
        self.falls = 0 if at - self.started_at > _WELL_AFTER else self.falls + 1
        self.start_at = at + (min(_FIRST_PAUSE * 2.0 ** min(self.falls, 10), _LONGEST_PAUSE) if self.falls else 0.0)
        self.process = None
        return code


@dataclass(slots=True)
class Supervisor:
    """The parent of all processes. They are ended in the order in which they are given."""

    roles: Sequence[Role]
    say: Callable[[str], None]
    _stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        """Run until SIGTERM or SIGINT. Has to be called in the main thread."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        children = [_Child(role) for role in self.roles]
        try:
            while not self._stopping:
                self._look_after(children)
                running = [child.process.sentinel for child in children if child.process]
                connection.wait(running, timeout=_LOOK_SECONDS)
        finally:
            for child in children:
                _end(child)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _look_after(self, children: list[_Child]) -> None:
        at = time.monotonic()
        for child in children:
            if child.process is not None and not child.process.is_alive():
                code = child.fell(at)
                self.say(f"{child.role.name} ended ({_how(code)}) and is started again")
            if child.process is None and at >= child.start_at and not self._stopping:
                child.start()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def _in_child(parent: int, role: Role) -> None:
    die_with(parent)
    os.setsid()  # Ctrl-C is the supervisor's business
    role.run(*role.given)


def _end(child: _Child) -> None:
    process = child.process
    if process is None:
        return
    process.terminate()
    process.join(child.role.grace)
    if process.is_alive():
        process.kill()
        process.join()


def _how(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
