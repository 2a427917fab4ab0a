"""The platform from a test's side: start it, set it up, stop it, look into it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

TESTS = Path(__file__).parents[2]


@dataclass
class OpenEdx:
    """A server in a process of its own, which keeps what it has in `folder`, also when it is stopped and started.

    pages: where browsers reach it, when that is not where it listens (behind TLS, say).
    """

    folder: Path
    port: int = field(default_factory=lambda: free_port())
    pages: str = ""
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> OpenEdx:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")]),
            "OPENEDX_DATABASE": str(self.folder / "openedx.db"),
            "OPENEDX_API": self.url,
            "OPENEDX_PAGES": self.pages or self.url,
        }
        command = [sys.executable, "-m", "web.openedx.server", str(self.port)]
        with (self.folder / "openedx.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        wait_until(self.answers, 60, f"Open edX did not start; see {self.folder}/openedx.log")
        return self

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"Open edX has ended:\n{(self.folder / 'openedx.log').read_text()[-3000:]}")
        try:
            return requests.get(f"{self.url}/control/state", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def stop(self) -> None:
        """Kill it, as a platform goes down."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def add_block(
        self,
        name: str,
        tool: dict[str, str],
        *,
        grades: str = "declarative",
        title: str = "",
        points: float = 10,
        like: str = "",
        custom: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """A place in the course that opens the tool; answered with what the tool has to be told.

        grades: `declarative` or `programmatic`. like: an earlier block, whose registration this one shares.
        """
        said = {"title": title or name, "points": points, "grades": grades, "like": like, "custom": custom or {}}
        return self._post("block", name=name, tool=tool, **said)

    def add_person(self, username: str, name: str, role: str = "student") -> str:
        """Somebody in the course; returns the id that tools know them by."""
        email = f"{username}@example.edu"
        return self._post("person", username=username, name=name, role=role, email=email)["external_id"]

    def new_key(self, block: str) -> None:
        """Sign with another key from now on; tokens that were given before hold no longer."""
        self._post("key", name=block)

    def fail(self, path: str, status: int, times: int, *, method: str = "", retry_after: str = "") -> None:
        """Answer the next `times` requests whose path holds `path` with `status`."""
        self._post("failure", path=path, method=method, status=status, left=times, retry_after=retry_after)

    def state(self) -> dict[str, Any]:
        """Line items with their scores, the LMS's gradebook, Deep Linking content, and the calls of tools."""
        return requests.get(f"{self.url}/control/state", timeout=10).json()

    def _post(self, what: str, **values: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/control/{what}", json=values, timeout=30)
        assert answer.ok, f"{what}: {answer.status_code} {answer.text[:500]}\n{self._log()}"
        return answer.json()

    def _log(self) -> str:
        return (self.folder / "openedx.log").read_text()[-3000:]


def wait_until(holds: Any, seconds: float, otherwise: str) -> Any:
    """Ask `holds` until it answers something true, which is returned."""
    end = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)
    return answer


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
