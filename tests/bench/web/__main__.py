"""The load bench: a class launches and hands in within a minute, while submissions are graded and returned.

`PYTHONPATH=tests python -m bench.web`; `make bench` makes the load tool's environment first, and has this as a part.
"""

from __future__ import annotations

import argparse
import csv
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import requests
from bench import machine
from bench.figures import Request, WebLoad
from bench.measure import CommandError
from bench.students import programmes
from bench.web import platform as lms

from convclass.course import find_assignment, find_course
from convclass.web.database import Database
from convclass.web.models import Deployment, Platform

PATIENCE = 240


@dataclass(frozen=True)
class Load:
    """How many students come in how many seconds, graded by so many `jobs`."""

    students: int = 300
    seconds: int = 60
    jobs: int = 1
    assignment: str = "01_convolution"
    locust: Path = Path(".venv-bench/load/bin/locust")


def main() -> int:
    """Run it and print a table. Exits 1 when a request failed or a grade did not arrive."""
    try:
        done = measure(_options())
    except CommandError as problem:
        raise SystemExit(str(problem)) from None
    print(table(done))
    return 1 if done.load_failed or done.refused or done.last_grade_seconds is None else 0


def measure(wanted: Load) -> WebLoad:
    """One class through the whole tool, from the launch to the grade back at the platform.

    Raises CommandError when locust is missing or fails, or the tool does not answer.
    """
    if not wanted.locust.is_file():
        raise CommandError(f"{wanted.locust}: locust is not installed there; `make bench` does that")
    assignment = find_assignment(find_course(), wanted.assignment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sources").mkdir()
        for programme in programmes(assignment, folder):
            (folder / f"sources/{programme.name}.py").write_text(programme.source)
        platform = lms.start()
        (folder / "key.pem").write_text(platform.private_pem)
        port = _free_port()
        _register(folder / "tool.db", platform.url)
        tool = _serve(folder / "tool.db", port, wanted.jobs)
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz")
            start = time.time()
            failed = _load(wanted, folder, platform.url, port, assignment.name)
            returned = _returned(platform, wanted.students)
        finally:
            tool.terminate()
            tool.wait(60)
            platform.stop()
        last = returned - start if returned else None
        requests = _requests(folder / "load_stats.csv")
        got, refused = len(platform.scores), len(platform.refused)
        return WebLoad(wanted.students, wanted.seconds, wanted.jobs, requests, failed != 0, got, refused, last)


def _options() -> Load:
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--students", type=int, default=usual.students)
    parser.add_argument("--seconds", type=int, default=usual.seconds, help="in which they all arrive")
    parser.add_argument("--jobs", type=int, default=usual.jobs, help="graders")
    parser.add_argument("--assignment", default=usual.assignment)
    parser.add_argument("--locust", type=Path, default=usual.locust)
    return Load(**vars(parser.parse_args()))


def _register(database: Path, url: str) -> None:
    opened = Database(str(database))
    with opened.writing() as session:
        row = Platform(
            name="Bench", issuer=url, client_id="bench", authorization_url=f"{url}/auth", token_url=f"{url}/token",
            jwks_url=f"{url}/jwks",
        )  # fmt: skip
        session.add(Deployment(deployment_id="1", platform=row))
    opened.close()


def _serve(database: Path, port: int, jobs: int) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.prefix) / "bin/convclass"), "serve", "--url", f"http://127.0.0.1:{port}"]
    command += ["--database", str(database), "--port", str(port), "--jobs", str(jobs)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _wait_for(url: str) -> None:
    for _ in range(240):
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.5)
    raise CommandError(f"{url}: the tool does not answer")


def _load(wanted: Load, folder: Path, platform: str, port: int, assignment: str) -> int:
    environment = os.environ | {
        "BENCH_PLATFORM": platform,
        "BENCH_KEY": str(folder / "key.pem"),
        "BENCH_ASSIGNMENT": assignment,
        "BENCH_SOURCES": str(folder / "sources"),
        "BENCH_STUDENTS": str(wanted.students),
    }
    command = [str(wanted.locust), "--headless", "--locustfile", str(Path(__file__).with_name("locustfile.py"))]
    command += ["--users", str(wanted.students), "--spawn-rate", f"{wanted.students / wanted.seconds:g}"]
    command += ["--run-time", f"{wanted.seconds + 180}s", "--host", f"http://127.0.0.1:{port}", "--only-summary"]
    command += ["--csv", str(folder / "load"), "--exit-code-on-error", "1"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode not in (0, 1) or not (folder / "load_stats.csv").is_file():
        raise CommandError(f"locust ended with status {done.returncode}:\n{done.stdout[-3000:]}")
    return done.returncode


def _returned(platform: lms.Platform, students: int) -> float | None:
    """When the last grade arrived; None when not all did in time."""
    end = time.time() + PATIENCE
    while len(platform.scores) < students and time.time() < end:
        time.sleep(0.5)
    return max(at for _, at in platform.scores.values()) if len(platform.scores) >= students else None


def _requests(stats: Path) -> list[Request]:
    """locust's figures, the line over all requests last."""
    with stats.open(newline="") as file:
        return [
            Request(
                row["Name"],
                int(row["Request Count"]),
                int(row["Failure Count"]),
                *(float(row[column]) for column in ("50%", "95%", "99%")),
            )
            for row in csv.DictReader(file)
        ]


def table(done: WebLoad) -> str:
    """What the run came to, as Markdown."""
    lines = [
        f"{done.students} students in {done.arriving_seconds:g} s, {machine.load():.1f} processes at work\n",
        "| request | times | failed | p50 ms | p95 ms | p99 ms |\n| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in done.requests:
        cells = (one.times, one.failed, one.p50_ms, one.p95_ms, one.p99_ms)
        lines.append(f"| {one.name} | " + " | ".join(f"{cell:g}" for cell in cells) + " |")
    last = f", the last after {done.last_grade_seconds:.0f} s" if done.last_grade_seconds else ""
    lines.append(f"\ngrades returned: {done.returned} of {done.students}{last}")
    lines.append(f"requests that the platform did not know: {done.refused}")
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
