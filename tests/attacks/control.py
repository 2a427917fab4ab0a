"""A container for the unprotected grader of `victim.py`, so that attacks may succeed there and harm nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Harm:
    """What an attack did to the unprotected grader: points by student, whether it came to its end, what was seen."""

    scores: dict[str, Any]
    ended: bool
    output: str
    output_size: int
    contacts: list[str] = field(default_factory=list)


class Victim:
    """One container with its server; killed with all that is in it when it is left."""

    def __init__(self) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(container(), text=True, **pipes)
        if self._answer() != "ready":
            raise RuntimeError("the control did not start")

    def suffer(self, order: dict[str, Any]) -> Harm:
        """Grade the order's class without protection."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return Harm(**self._answer())

    def close(self) -> None:
        """End the container."""
        self.process.kill()
        self.process.wait()

    def _answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline() or '"nothing"')


class Victims:
    """Two containers that share the orders; use as a context manager."""

    def __init__(self, count: int = 2) -> None:
        self.pool = ThreadPoolExecutor(count)
        self.victims = list(self.pool.map(lambda _: Victim(), range(count)))
        self.idle: SimpleQueue[Victim] = SimpleQueue()
        for victim in self.victims:
            self.idle.put(victim)

    def suffer(self, orders: list[dict[str, Any]]) -> dict[str, Harm]:
        """What each order, by its name, did."""
        return dict(zip([order["name"] for order in orders], self.pool.map(self._one, orders), strict=True))

    def _one(self, order: dict[str, Any]) -> Harm:
        victim = self.idle.get()
        try:
            return victim.suffer(order)
        finally:
            self.idle.put(victim)

    def __enter__(self) -> Victims:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for victim in self.victims:
            victim.close()
        self.pool.shutdown()


def container() -> list[str]:
    """The command of a container without network and with nothing of this machine to write to.

    Inside it the grader has every right, so that what stops an attack is never the control.
    """
    resolver = HERE / "resolv.conf"
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--uid", "0", "--gid", "0", "--cap-add", "ALL",
        "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run",
        "--ro-bind", str(HERE / "victim.py"), "/tmp/victim.py", *_resolver(resolver),
        "--ro-bind", sys.prefix, sys.prefix,
        "--setenv", "OMP_NUM_THREADS", "1", "--setenv", "TOKEN", str(os.getpid()), "--chdir", "/tmp",
        sys.executable, "-B", "/tmp/victim.py",
    ]  # fmt: skip


def _resolver(file: Path) -> tuple[str, ...]:
    """Name servers are asked at an address where the control listens."""
    return (
        ("--ro-bind", str(file), str(Path("/etc/resolv.conf").resolve())) if Path("/etc/resolv.conf").exists() else ()
    )
