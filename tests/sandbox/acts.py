"""What student code tries where it has no namespaces, in a sandbox and, as control, outside: see test_weak_levels.py.

The program prints one JSON object: what the sandbox is, and for each act whether it could be done in the sandbox and
whether an ordinary process of the same place could do it; and how an honest student was answered afterwards.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ACTS = {
    "read a file of the course": "open(folder + '/hidden.py').read()",
    "list the course": "os.listdir(folder)",
    "empty a gradebook": "os.truncate(folder + '/gradebook.db', 0)",
    "touch a gradebook": "os.utime(folder + '/gradebook.db', (1, 1))",
    "move a gradebook": "os.rename(folder + '/gradebook.db', folder + '/moved')",
    "link to a submission": "os.symlink(folder + '/hidden.py', folder + '/link')",
    "leave a file": "open('/tmp/left-' + str(os.getpid()), 'w').close()",
    "leave a file in memory": "open('/dev/shm/left-' + str(os.getpid()), 'w').close()",
    "leave an anonymous file": "os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    "read what others were started with": "open(f'/proc/{other}/cmdline').read()",
    "list the processes": "os.listdir('/proc')",
    "end another process": "os.kill(other, 0)",
    "end another thread": "libc.tgkill(other, other, 0) == 0 or refuse()",
    "have the kernel end another": "fcntl.fcntl(socket.socketpair()[0], fcntl.F_SETOWN, other)",
    "make shared memory": "libc.shmctl(libc.shmget(0, 4096, 0o1600), 0, None) == 0 or refuse()",
    "make a message queue": "libc.msgctl(libc.msgget(0, 0o1600), 0, None) == 0 or refuse()",
    "write to any socket": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', b'\\0' + b'victim')",
    "start a program": "os.posix_spawn('/bin/true', ['true'], {})",
    "start a thread": "threading.Thread(target=int).start()",
    "map a file of others": "mmap.mmap(os.open(folder + '/hidden.py', os.O_RDONLY), 0, prot=mmap.PROT_READ)",
}
HEAD = """
import ctypes, fcntl, mmap, os, socket, threading

libc = ctypes.CDLL(None)

def refuse():
    raise PermissionError

def attempt(act, folder, other):
    try:
        exec(act, dict(globals(), folder=folder, other=other))
    except (OSError, RuntimeError):
        return False
    return True

def about():
    return os.getresuid(), os.getgroups(), os.getppid()

def double(x):
    return 2 * x
"""


def main() -> None:
    """Print what could be done."""
    from convclass.sandbox.sandbox import Sandbox

    folder = _course(Path(sys.argv[1]))
    listener = _listener()
    other = subprocess.Popen(["/bin/sleep", "300"])
    try:
        control = _control(folder, other.pid)
        _course(Path(sys.argv[1]))
        with Sandbox.start(least="D") as sandbox:
            with sandbox.student(HEAD.encode(), "acts.py") as student:
                about = student.call("about", (), {}).value
                given = str(folder), other.pid
                done = {name: student.call("attempt", (act, *given), {}).value for name, act in ACTS.items()}
            with sandbox.student(HEAD.encode(), "next.py") as student:
                honest = student.call("double", (21,), {}).value
                next_about = student.call("about", (), {}).value
            isolation = sandbox.isolation
        whole = (folder / "gradebook.db").read_text() == "grades" and not (folder / "link").is_symlink()
    finally:
        other.kill()
        listener.close()
    users = [about[0][0], next_about[0][0]]
    report = {"isolation": isolation, "users": users, "groups": about[1], "zygotes": len({about[2], next_about[2]})}
    print(json.dumps(report | {"done": done, "control": control, "honest": honest, "whole": whole}))


def _course(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    for name, text in (("hidden.py", "answer = 42"), ("gradebook.db", "grades")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o666)
    for name in ("moved", "link"):
        (folder / name).unlink(missing_ok=True)
    return folder


def _listener() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(b"\0victim")
    return listener


def _control(folder: Path, other: int) -> dict[str, bool]:
    """The acts, done by a process that nothing holds, each with a course that is whole."""
    done = {}
    for name, act in ACTS.items():
        _course(folder)
        code = f"{HEAD}\nprint(attempt({act!r}, {str(folder)!r}, {other}))"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
        done[name] = ran.stdout.strip() == "True"
    for left in [*Path("/tmp").glob("left-*"), *Path("/dev/shm").glob("left-*")]:
        if left.stat().st_uid == os.getuid():
            left.unlink()
    return done


if __name__ == "__main__":
    main()
