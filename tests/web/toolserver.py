"""The tool as a process of its own, for a test that looks at it from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import requests
from web.openedx.platform import free_port, wait_until

from convclass.web.database import Database
from convclass.web.models import Deployment, Platform

TESTS = Path(__file__).parents[1]


@dataclass
class ToolServer:
    """An installation that keeps its data in `folder`. url: where browsers reach it; default: where it listens."""

    folder: Path
    course: Path
    url: str = ""
    jobs: int = 1
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        self.url = self.url or self.inside

    @property
    def inside(self) -> str:
        """Where it listens, without TLS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        return str(self.folder / "tool.db")

    @property
    def addresses(self) -> dict[str, str]:
        """What a platform has to be told; it fetches the keys from inside, where no certificate is in the way."""
        login, launch = f"{self.url}/lti/login", f"{self.url}/lti/launch"
        return {"login_url": login, "launch_url": launch, "jwks_url": f"{self.inside}/lti/jwks"}

    def register(self, name: str, said: dict[str, str]) -> None:
        """Tell the tool what a platform's administrator is shown."""
        fields = ("issuer", "client_id", "authorization_url", "token_url", "jwks_url")
        database = Database(self.database)
        with database.writing() as session:
            platform = Platform(name=name, **{field: said[field] for field in fields})
            session.add(Deployment(deployment_id=said.get("deployment_id", "1"), platform=platform))
        database.close()

    def start(self) -> ToolServer:
        paths = [str(TESTS), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        with (self.folder / "tool.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command(), cwd=self.course, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self._answers, 120, f"the tool did not start:\n{self.log()}")
        return self

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def kill(self) -> None:
        """End it and all that it started, at once."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            # Its processes have sessions of their own, and end because it did: a moment later.
            wait_until(lambda: not self._listens(), 30, "a process of the tool outlives it")

    def log(self) -> str:
        return (self.folder / "tool.log").read_text(errors="replace")[-5000:]

    def _command(self) -> list[str]:
        words = [str(Path(sys.executable).with_name("convclass")), "serve", "--url", self.url]
        return [*words, "--database", self.database, "--port", str(self.port), "--jobs", str(self.jobs)]

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"the tool has ended:\n{self.log()}")
        try:
            return requests.get(f"{self.inside}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
