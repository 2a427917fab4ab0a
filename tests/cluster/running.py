"""A real Dask scheduler and real workers on loopback, as processes that can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DASK = [sys.executable, "-m", "dask"]
MOST_SECONDS = 60.0


@dataclass
class RunningCluster:
    """A scheduler at `address` and its workers by name; each worker has a folder for temporary files of its own."""

    folder: Path
    port: int = 0
    scheduler: subprocess.Popen[bytes] | None = None
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    protocol: str = "tcp"
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()

    @property
    def address(self) -> str:
        return f"{self.protocol}://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        places = [
            "--host",
            f"{self.protocol}://127.0.0.1",
            "--port",
            str(self.port),
            "--dashboard-address",
            "127.0.0.1:0",
        ]
        self.scheduler = self._start("scheduler", "scheduler", *places, "--no-dashboard")
        wait_for(lambda: listens(self.port), "the scheduler listens")

    def start_worker(self, name: str, *options: str, **settings: str) -> None:
        """A worker process without a nanny, so that whoever kills it kills it for good."""
        temporary = self.folder / f"tmp-{name}"
        temporary.mkdir(exist_ok=True)
        fixed = ["--nthreads", "1", "--memory-limit", "0", "--no-dashboard", "--name", name]
        places = ["--local-directory", str(temporary), "--host", "127.0.0.1"]
        options = options or ("--no-nanny",)
        settings = {"TMPDIR": str(temporary)} | settings
        self.workers[name] = self._start(name, "worker", self.address, *fixed, *places, *options, **settings)

    def kill(self, name: str) -> None:
        """kill -9, as the machine's crash would be."""
        process = self.scheduler if name == "scheduler" else self.workers.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        for process in (*self.workers.values(), self.scheduler):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, name: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
        environment |= self.settings | settings
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [*DASK, *arguments]
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until the condition holds; fail after a minute."""
    limit = time.monotonic() + MOST_SECONDS
    while not condition():
        assert time.monotonic() < limit, f"not within {MOST_SECONDS:g} s: {what}"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
