"""A supervisor over two processes that do nothing, one of which keeps ending."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from convclass.web.supervisor import Role, Supervisor


def note_and_wait(folder: str, name: str) -> None:
    with (Path(folder) / name).open("a") as file:
        file.write(f"{os.getpid()}\n")
    signal.pause()


def note_and_fall(folder: str, name: str) -> None:
    with (Path(folder) / name).open("a") as file:
        file.write(f"{os.getpid()}\n")
    sys.exit(3)


def supervise(folder: str) -> None:
    roles = [Role("a", note_and_wait, (folder, "a")), Role("b", note_and_fall, (folder, "b"))]
    Supervisor(roles, lambda line: print(line, flush=True)).run()
