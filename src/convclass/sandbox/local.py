"""A student's module in this very process, for `convclass check` on the student's own machine."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any

from convclass.sandbox.reply import DEFAULT_LIMITS, Limits, Loaded, Reply, Returned, Unsendable
from convclass.sandbox.runner import Deadline, Runner
from convclass.sandbox.values import kind_name
from convclass.sandbox.wire import WireError, copied

LOADING = Limits(cpu=10.0, wall=30.0)


class LocalStudent:
    """Fulfils the Student protocol without any protection; a call that runs too long is interrupted, not killed.

    Timers exist only in the main thread of a Unix process; elsewhere a loop runs until it is stopped by hand.
    """

    def __init__(self, path: Path):
        """Load the file at `path`. Raises OSError when it cannot be read."""
        self.runner = Runner(path.read_bytes(), path.name, _memory(), (KeyboardInterrupt, Deadline))
        self.loaded: Loaded = self.runner.inspect()
        try:
            with deadline(LOADING):
                self.loaded = self.runner.load()
        except Deadline as late:
            self.loaded = self.runner.loaded = replace(self.loaded, error=late.timed_out)

    def call(
        self,
        function: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        limits: Limits = DEFAULT_LIMITS,
        return_arguments: bool = False,
        observe: bool = False,
    ) -> Reply:
        """Call the student's `function` on copies of the arguments and say what happened."""
        given, named = copied(arguments), copied(keywords)
        try:
            with deadline(limits):
                reply = self.runner.call(function, given, named, return_arguments=return_arguments, observe=observe)
        except Deadline as late:
            return late.timed_out
        if isinstance(reply, Returned):
            return _sent(reply)
        return reply


class NamespaceStudent(LocalStudent):
    """A student whose functions stand in `names` already, such as those of a running notebook."""

    def __init__(self, names: dict[str, Any]):
        """Take the functions as they are; their sources, as far as they can be found, are scanned."""
        self.runner, self.loaded = _inspected(_source(names))
        if self.loaded.error is not None:
            self.runner, self.loaded = _inspected(_source({}))
        self.runner.names = names


def _inspected(source: str) -> tuple[Runner, Loaded]:
    runner = Runner(source.encode(), "notebook", _memory(), (KeyboardInterrupt, Deadline))
    return runner, runner.inspect()


def _source(names: dict[str, Any]) -> str:
    """The imports of a namespace and the sources of what was defined in it, as a module."""
    parts = ['"""The functions of a notebook."""']
    parts += [f"import {value.__name__} as {name}" for name, value in names.items() if isinstance(value, ModuleType)]
    own = [v for v in names.values() if isinstance(v, FunctionType | type) and v.__module__ == "__main__"]
    for value in own:
        with contextlib.suppress(OSError, TypeError):
            parts.append(inspect.getsource(value))
    return "\n".join(parts) + "\n"


def _sent(reply: Returned) -> Reply:
    """The reply as it would arrive from a sandbox."""
    try:
        return replace(reply, value=copied(reply.value))
    except WireError as error:
        return Unsendable(kind_name(reply.value), str(error))


@contextlib.contextmanager
def deadline(limits: Limits) -> Iterator[None]:
    """Raise Deadline inside the block when its time is up, where this process can."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expire(number: int, frame: FrameType | None) -> None:
        late = number == signal.SIGALRM
        raise Deadline(limits.wall if late else limits.cpu, "wall" if late else "cpu")

    clocks = [(signal.SIGPROF, signal.ITIMER_PROF, limits.cpu), (signal.SIGALRM, signal.ITIMER_REAL, limits.wall)]
    before = [signal.signal(number, expire) for number, _, _ in clocks]
    for _, timer, seconds in clocks:
        signal.setitimer(timer, seconds, 0.2)  # again and again, since `except:` may swallow the first
    try:
        yield
    finally:
        for _, timer, _ in clocks:
            signal.setitimer(timer, 0)
        for (number, _, _), handler in zip(clocks, before, strict=True):
            signal.signal(number, handler)


def _memory() -> int:
    """The machine's memory in bytes, or 0 where that is unknown."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0
