"""Leaves the answer in a file for an accomplice.

Must hold: what a child writes vanishes with it.
Control: heir
"""
import pathlib

for folder in ("/tmp", "/var/tmp", "/dev/shm", ".", "/"):
    try:
        pathlib.Path(folder, "left-by-@TOKEN@").write_text("2")
    except OSError:
        pass


def double(x):
    return x * 0
# --- heir ---
import pathlib


def double(x):
    for folder in ("/tmp", "/var/tmp", "/dev/shm", ".", "/"):
        path = pathlib.Path(folder, "left-by-@TOKEN@")
        if path.exists():
            return int(path.read_text()) * x
    return x * 0
