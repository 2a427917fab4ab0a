"""The load bench: a class launches and hands in within a minute, while submissions are graded and returned.

`PYTHONPATH=tests python -m bench.web`; `make bench-web` makes the load tool's environment first.
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
from pathlib import Path

import requests
from bench import machine
from bench.students import programmes
from bench.web import platform as lms

from convclass.course import find_assignment, find_course
from convclass.web.database import Database
from convclass.web.models import Deployment, Platform

PATIENCE = 240


def main() -> int:
    """Run it and print a table. Exits 1 when a request failed or a grade did not arrive."""
    options = _options()
    assignment = find_assignment(find_course(), options.assignment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sources").mkdir()
        for programme in programmes(assignment, folder):
            (folder / f"sources/{programme.name}.py").write_text(programme.source)
        platform = lms.start()
        (folder / "key.pem").write_text(platform.private_pem)
        port = _free_port()
        _register(folder / "tool.db", platform.url)
        tool = _serve(folder / "tool.db", port, options.jobs)
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz")
            start = time.time()
            failed = _load(options, folder, platform.url, port, assignment.name)
            returned = _returned(platform, options.students)
        finally:
            tool.terminate()
            tool.wait(60)
            platform.stop()
        return _report(options, folder, platform, start, failed, returned)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=60, help="in which they all arrive")
    parser.add_argument("--jobs", type=int, default=1, help="graders")
    parser.add_argument("--assignment", default="01_convolution")
    parser.add_argument("--locust", type=Path, default=Path(".venv-bench/load/bin/locust"))
    return parser.parse_args()


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
    raise SystemExit(f"{url}: the tool does not answer")


def _load(options: argparse.Namespace, folder: Path, platform: str, port: int, assignment: str) -> int:
    environment = os.environ | {
        "BENCH_PLATFORM": platform,
        "BENCH_KEY": str(folder / "key.pem"),
        "BENCH_ASSIGNMENT": assignment,
        "BENCH_SOURCES": str(folder / "sources"),
        "BENCH_STUDENTS": str(options.students),
    }
    command = [str(options.locust), "--headless", "--locustfile", str(Path(__file__).with_name("locustfile.py"))]
    command += ["--users", str(options.students), "--spawn-rate", f"{options.students / options.seconds:g}"]
    command += ["--run-time", f"{options.seconds + 180}s", "--host", f"http://127.0.0.1:{port}", "--only-summary"]
    command += ["--csv", str(folder / "load"), "--exit-code-on-error", "1"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode not in (0, 1) or not (folder / "load_stats.csv").is_file():
        raise SystemExit(f"locust ended with status {done.returncode}:\n{done.stdout[-3000:]}")
    return done.returncode


def _returned(platform: lms.Platform, students: int) -> float | None:
    """When the last grade arrived; None when not all did in time."""
    end = time.time() + PATIENCE
    while len(platform.scores) < students and time.time() < end:
        time.sleep(0.5)
    return max(at for _, at in platform.scores.values()) if len(platform.scores) >= students else None


def _report(
    options: argparse.Namespace,
    folder: Path,
    platform: lms.Platform,
    start: float,
    failed: int,
    returned: float | None,
) -> int:
    print(f"{options.students} students in {options.seconds} s, {machine.load():.1f} processes at work\n")
    print("| request | times | failed | p50 ms | p95 ms | p99 ms |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    with (folder / "load_stats.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            cells = [row["Name"], row["Request Count"], row["Failure Count"], row["50%"], row["95%"], row["99%"]]
            print("| " + " | ".join(cells) + " |")
    print(f"\ngrades returned: {len(platform.scores)} of {options.students}", end="")
    print(f", the last after {returned - start:.0f} s" if returned else "")
    print(f"requests that the platform did not know: {len(platform.refused)}")
    return 0 if returned and not failed and not platform.refused else 1


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
