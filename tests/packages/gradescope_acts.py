"""What a hostile submission tries at Gradescope; a student's file, run as it is.

Each act raises when it is refused. What succeeded is told by an error, so that no point is left. SIGNAL is 0 in the
control, where there is nobody else to tell what can be done.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

HERE = "/autograder"
SIGNAL = int(os.environ.get("SIGNAL", signal.SIGKILL))
FULL_MARKS = json.dumps({"score": 100, "tests": [{"score": 100, "max_score": 100}]})


def read(path):
    os.read(os.open(path, os.O_RDONLY), 1)


def write(path):
    os.write(os.open(path, os.O_WRONLY | os.O_CREAT), FULL_MARKS.encode())


def rename_into_place():
    write(f"{HERE}/results/new.json")
    Path(f"{HERE}/results/new.json").replace(f"{HERE}/results/results.json")


def leave_a_process():
    subprocess.Popen(["/bin/sleep", "4242"], start_new_session=True)


def print_full_marks():
    for descriptor in (1, 2):
        os.write(descriptor, FULL_MARKS.encode())
    print(FULL_MARKS, flush=True)
    raise PermissionError("nobody reads it: no success by itself")


ACTS = {
    "list the hidden tests": lambda: list(Path(f"{HERE}/source/course").iterdir()),
    "read the hidden tests": lambda: read(f"{HERE}/source/course/autograder/01_convolution/test_hidden.py"),
    "read the metadata": lambda: read(f"{HERE}/submission_metadata.json"),
    "read the submission": lambda: read(f"{HERE}/submission/convolution.py"),
    "change the submission": lambda: write(f"{HERE}/submission/convolution.py"),
    "write the results": lambda: write(f"{HERE}/results/results.json"),
    "write beside the results": lambda: write(f"{HERE}/results/stdout"),
    "put results into place": rename_into_place,
    "change run_autograder": lambda: write(f"{HERE}/run_autograder"),
    "read the grader's environment": lambda: read(f"/proc/{os.getppid()}/environ"),
    "leave a process": leave_a_process,
    "fork": lambda: os.fork() or os._exit(0),
    "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "print full marks": print_full_marks,
    "end the grader": lambda: os.kill(os.getppid(), SIGNAL),
    "end everybody": lambda: os.kill(-1, SIGNAL),
}


def succeeded():
    for name, act in ACTS.items():
        try:
            act()
        except Exception:
            continue
        yield name


DONE = list(succeeded())
if SIGNAL == 0:
    print("\nCONTROL:", json.dumps(DONE), file=sys.__stderr__)
elif DONE:
    raise RuntimeError("DONE: " + ", ".join(DONE))
