"""Faults that are ours: a killed zygote costs no grade, only a SandboxFault for the call in flight."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from convclass.sandbox import cgroup
from convclass.sandbox.cgroup import make_cgroup
from convclass.sandbox.jail import SandboxUnavailable
from convclass.sandbox.reply import Crashed, Limits, Loaded, Raised, Returned, SandboxFault
from convclass.sandbox.sandbox import Sandbox

HONEST = b"import time\ndef double(x):\n    return 2 * x\ndef nap():\n    time.sleep(3)\n"


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] + [d for child in children for d in descendants(int(child))]


def kill_zygote(sandbox):
    """Kill the process that is the parent of the children: the one above the last."""
    for pid in descendants(sandbox.keeper.process.pid)[:2]:
        os.kill(pid, signal.SIGKILL)


def test_a_zygote_that_died_between_students_is_replaced():
    with Sandbox.start() as sandbox:
        kill_zygote(sandbox)
        time.sleep(0.2)
        with sandbox.student(HONEST, "honest.py") as student:
            assert student.call("double", (4,), {}) == Returned(8)


def test_a_call_in_flight_when_the_zygote_dies_is_our_fault_and_the_next_one_works():
    with Sandbox.start() as sandbox, sandbox.student(HONEST, "honest.py") as student:
        threading.Timer(0.3, kill_zygote, (sandbox,)).start()
        with pytest.raises(SandboxFault):
            student.call("nap", (), {}, limits=Limits(2, 10))
        assert student.call("double", (4,), {}) == Returned(8)


def killer_of_children(student, times):
    """Kills the student's child half a second after it was made, so many times."""

    def work():
        for _ in range(times):
            limit = time.monotonic() + 20
            known = seen.copy()
            while (not student.child or student.child.pid in known) and time.monotonic() < limit:
                time.sleep(0.01)
            time.sleep(0.5)
            seen.add(student.child.pid)
            os.kill(student.child.pid, signal.SIGKILL)

    seen = set()
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_child_that_somebody_kills_is_asked_again(sandbox):
    with sandbox.student(HONEST, "honest.py") as student:
        thread = killer_of_children(student, 2)
        assert student.call("nap", (), {}, limits=Limits(2, 20)) == Returned(None)
        thread.join()


def test_a_child_that_is_killed_every_time_has_crashed(sandbox):
    with sandbox.student(HONEST, "honest.py") as student:
        thread = killer_of_children(student, 3)
        reply = student.call("nap", (), {}, limits=Limits(2, 20))
        thread.join()
        assert isinstance(reply, Crashed) and "SIGKILL" in reply.reason
        assert student.call("double", (4,), {}) == Returned(8)


def test_a_child_that_was_killed_while_it_waited_is_no_students(sandbox):
    with sandbox.student(HONEST, "honest.py"):
        zygote = sandbox.keeper
        zygote._collect()
        waiting = zygote._spare
        os.kill(waiting.pid, signal.SIGKILL)
        while not waiting.ended:
            time.sleep(0.01)
    with sandbox.student(HONEST, "honest.py") as student:
        assert student.child.pid != waiting.pid
        assert student.call("double", (4,), {}) == Returned(8)
    assert sandbox.keeper is zygote


def test_nothing_is_left_when_a_sandbox_is_closed(monkeypatch):
    patient = SimpleNamespace(sleep=lambda seconds: time.sleep(20 * seconds), monotonic_ns=time.monotonic_ns)
    monkeypatch.setattr(cgroup, "time", patient)  # a group waits for its last process, which a busy machine holds up
    with Sandbox.start() as sandbox:
        group = sandbox.cgroup
        pids = [sandbox.keeper.process.pid, *descendants(sandbox.keeper.process.pid)]
        assert len(pids) >= 3
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/exe").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}/exe").exists() for pid in pids)
    assert group is None or not any(folder.exists() for folder in group.folders)


def test_a_machine_without_bubblewrap_is_told_what_to_type(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        Sandbox.start(least="B")


def test_a_jail_that_does_not_start_says_why(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made = []
    monkeypatch.setattr(
        "convclass.sandbox.sandbox.make_cgroup", lambda memory: made.append(make_cgroup(memory)) or made[0]
    )
    with pytest.raises(SandboxUnavailable, match="setting up uid map: Permission denied.*type: (sysctl|grade outside)"):
        Sandbox.start(least="B")
    assert not any(folder.exists() for group in made if group for folder in group.folders)


def test_groups_of_a_killed_grader_are_swept():
    code = "from convclass.sandbox.cgroup import make_cgroup as m; g = m(2**30); print(*(g.folders if g else ()))"
    left = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    if not left:
        pytest.skip("this process may make no control groups")
    assert all(Path(folder).exists() for folder in left)
    make_cgroup(2**30).remove()
    assert not any(Path(folder).exists() for folder in left)


def test_a_file_of_fifty_megabytes_never_reaches_the_child(sandbox):
    with sandbox.student(b"#" * (50 * 2**20), "big.py") as student:
        assert isinstance(student.loaded, Loaded)
        assert isinstance(student.loaded.error, Raised)
        assert "larger than 4 MiB" in student.loaded.error.message
        assert student.child is None


GRADER = """
import sys
from convclass.sandbox.reply import Limits
from convclass.sandbox.sandbox import Sandbox

with Sandbox.start() as sandbox, sandbox.student(b"def f():\\n    while True: pass\\n", "loop.py") as student:
    print(student.child.pid, flush=True)
    student.call("f", (), {}, limits=Limits(300, 300))
"""


def test_a_looping_child_does_not_outlive_a_killed_grader():
    grader = subprocess.Popen([sys.executable, "-c", GRADER], stdout=subprocess.PIPE)
    child = Path(f"/proc/{int(grader.stdout.readline())}/exe")  # the dead have none
    time.sleep(0.5)
    assert child.exists()
    grader.kill()
    grader.wait()
    grader.stdout.close()
    end = time.monotonic() + 20
    while child.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not child.exists()
