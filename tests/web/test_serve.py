"""`convclass serve`: what it refuses, what it starts, and that it leaves no process behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from web.ags_platform import eventually
from web.conftest import URL
from web.grading import handed_in

from convclass.cli import serve
from convclass.course import CourseError
from convclass.sandbox.isolation import Isolation, Layer

_SRC = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize(
    "url", ["https://lti.example.edu", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:1"]
)
def test_urls_that_may_be_served(url):
    assert serve.checked_url(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://lti.example.edu",
        "http://10.0.0.1",
        "ftp://localhost",
        "lti.example.edu",
        "https://x/path",
        "https://x?a=1",
    ]
    + ["", "https://", "http://localhost.example.edu"],
)
def test_urls_that_may_not(url):
    with pytest.raises(CourseError, match="--url"):
        serve.checked_url(url)


@pytest.mark.parametrize(("level", "least"), [("E", None), ("E", "D"), ("D", None), ("C", "B"), ("B", "A")])
def test_without_the_isolation_asked_for_it_does_not_start(monkeypatch, level, least):
    layers = (Layer("landlock", False, "missing", "apt-get install it"),)
    monkeypatch.setattr("convclass.sandbox.isolation.probe", lambda: Isolation(level, layers))
    with pytest.raises(CourseError, match="isolation level"):
        serve.isolation_level(least)


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CourseError, match="another --port"):
        serve.need_port("127.0.0.1", taken.getsockname()[1])


def test_a_database_that_cannot_be_opened_is_told(settings, tmp_path):
    from dataclasses import replace

    with pytest.raises(CourseError, match="--database"):
        serve._facts(replace(settings, database=str(tmp_path / "missing" / "tool.db")))
    with pytest.raises(CourseError, match="--database"):
        serve._facts(replace(settings, database="postgresql+psycopg://nobody@127.0.0.1:1/none"))


def test_health(app, world):
    client = app.test_client()
    assert client.get("/healthz", base_url=URL).json == {
        "database": True,
        "oldest_waiting_seconds": None,
        "oldest_unsent_seconds": None,
    }
    handed_in(world, world.students[0])
    assert client.get("/healthz", base_url=URL).json["oldest_waiting_seconds"] >= 0


def test_health_without_a_database(app, world, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away():
        raise OperationalError("select", {}, Exception("secret host is away"))

    monkeypatch.setattr(world.database, "reading", away)
    answer = app.test_client().get("/healthz", base_url=URL)
    assert answer.status_code == 503 and b"secret" not in answer.data


def started(folder: Path, name: str) -> list[int]:
    path = folder / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def supervisor(tmp_path):
    environment = os.environ | {"PYTHONPATH": f"{_SRC}:{_SRC.parent / 'tests'}"}
    code = f"from web.supervised import supervise; supervise({str(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_what_ends_is_started_again_with_pauses(supervisor, tmp_path):
    eventually(lambda: len(started(tmp_path, "b")) >= 2, 60)
    [first] = started(tmp_path, "a")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(started(tmp_path, "a")) == 2, 60)
    supervisor.terminate()
    said = supervisor.communicate(timeout=60)[0]
    assert "b ended (exit code 3)" in said and "a ended (killed by signal 9)" in said
    assert len(started(tmp_path, "b")) < 15  # not as fast as it can


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left_behind(supervisor, tmp_path, number):
    eventually(lambda: started(tmp_path, "a") != [], 60)
    supervisor.send_signal(number)
    supervisor.wait(60)
    pids = started(tmp_path, "a") + started(tmp_path, "b")
    eventually(lambda: not any(alive(pid) for pid in pids), 20)


@pytest.mark.slow
def test_the_whole_of_it(settings, world, tmp_path):
    """Pages, a real grader and a returner: an attempt in the database is graded, and all end with the command."""
    right = b"def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
    handed_in(world, world.students[0], right)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", "from convclass.cli import main; main()", "serve", "--url", url]
    command += ["--port", str(port), "--database", settings.database]
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        command, cwd=settings.course, env=os.environ | {"PYTHONPATH": str(_SRC)}, stdout=log, stderr=log
    )
    try:
        eventually(lambda: health(url).get("database") is True, 120)
        eventually(lambda: health(url)["oldest_waiting_seconds"] is None, 120)
        family = descendants(process.pid)
        assert len(family) >= 5  # gunicorn and its two workers, a grader, a returner
        process.terminate()
        assert process.wait(90) == 0
        eventually(lambda: not any(alive(pid) for pid in family), 20)
    finally:
        process.kill()
        process.wait()
        log.seek(0)
        told = log.read()
        log.close()
    assert "Platforms registered: 1" in told and f"Listening: {url}" in told and "isolation level" in told
    assert "Traceback" not in told


def health(url: str) -> dict:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=20) as answer:
            return json.load(answer)
    except OSError:
        time.sleep(0.2)
        return {}


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    children = [
        int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()
    ]
    return [*children, *(below for child in children for below in descendants(child))]
