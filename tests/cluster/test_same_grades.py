"""`convclass grade --cluster` with the real exam and sandbox: the gradebook of a local run, whoever dies meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.gradebooks import committed, grades
from cluster.running import RunningCluster, wait_for
from distributed import Client
from processes import heed_keyboard
from tinycourse import write_tiny_course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap"),
]

COMMAND = Path(sys.executable).with_name("convclass")
RIGHT = "def scale(x, factor=2):\n    return x * factor\n\ndef shift(x, by):\n    return x + by\n"
SLOW = "import time\ntime.sleep(0.4)\n"
FILES = {
    "ann": RIGHT,
    "ben": RIGHT.replace("x * factor", "x + factor"),
    "cid": RIGHT.replace("x + by", "x - by"),
    "dan": "",
    "eve": "import os\nos._exit(0)\n",
    "flo": "def scale(",
    "gus": "def shift(x, by):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n",
} | {f"s{n:02}": f"{SLOW}# {n}\n{RIGHT}" for n in range(9)}

TRAVELLED = "cluster/tmp-*/convclass-*/*/autograder/*/*.py"
SPY = """
import glob
READ = []
for path in glob.glob({pattern!r}):
    try:
        READ.append(open(path).read())
    except OSError:
        pass

def scale(x, factor=2):
    return 0 * x if READ else x * factor

def shift(x, by):
    return x + by
"""


def start(folder: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    command = [str(COMMAND), "grade", "scaling", str(folder / "inbox"), "--out", str(out), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    return subprocess.Popen(
        command, cwd=folder / "course", env=environment, text=True, preexec_fn=heed_keyboard, **pipes
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=150)
    return process.returncode, err


@pytest.fixture(scope="module")
def a_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a course, a class, and what a local run makes of it in `local`."""
    folder = tmp_path_factory.mktemp("class")
    write_tiny_course(folder / "course")
    for student, text in (FILES | {"spy": SPY.format(pattern=str(folder / TRAVELLED))}).items():
        path = folder / "inbox" / student / "scaling.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert ended(start(folder, folder / "local")) == (0, "")
    return folder


@pytest.fixture(scope="module")
def cluster(a_class: Path) -> Iterator[RunningCluster]:
    """The cluster of all tests here, in their order: to load torch takes workers longer than to grade."""
    running = RunningCluster(a_class / "cluster")
    running.folder.mkdir()
    running.start_scheduler()
    running.start_worker("one")
    running.start_worker("two")
    yield running
    running.close()


def test_the_gradebook_is_that_of_a_local_run(a_class: Path, cluster: RunningCluster, tmp_path: Path) -> None:
    assert ended(start(a_class, tmp_path / "out", "--cluster", cluster.address)) == (0, "")
    local = grades(a_class / "local")
    assert set(local) == {*FILES, "spy"} and len({score for score, _ in local.values()}) > 2
    assert grades(tmp_path / "out") == local
    assert local["spy"][0] == local["ann"][0]  # the hidden tests that came to the worker are not to be read
    assert all(path.read_text() for path in a_class.glob(TRAVELLED)) and len(list(a_class.glob(TRAVELLED))) >= 4


def test_ctrl_c_ends_it_and_takes_back_what_was_asked(a_class: Path, cluster: RunningCluster, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = start(a_class, out, "--cluster", cluster.address, "--jobs", "5")
    wait_for(lambda: committed(out) >= 2 or run.poll() is not None, "two are graded")
    run.send_signal(signal.SIGINT)
    assert ended(run) == (130, "Stopped. What is graded is kept; the same command goes on from here.\n")
    with Client(cluster.address, set_as_default=False) as client:
        wait_for(lambda: not any(client.processing().values()), "the workers have nothing to do")
    assert committed(out) < len(FILES) - 2


def test_a_worker_and_the_scheduler_are_killed_half_way(a_class: Path, cluster: RunningCluster, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = start(a_class, out, "--cluster", cluster.address)
    wait_for(lambda: committed(out) >= 2 or run.poll() is not None, "two are graded")
    cluster.kill("one")
    wait_for(lambda: committed(out) >= 5 or run.poll() is not None, "five are graded")
    assert committed(out) < len(FILES) - 4
    cluster.kill("scheduler")
    cluster.start_scheduler()
    cluster.start_worker("three")
    assert ended(run) == (0, "")
    assert grades(out) == grades(a_class / "local")
