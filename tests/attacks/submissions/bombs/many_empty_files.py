"""Ten thousand empty files, folders and links: nodes instead of bytes.

Must hold: nodes are few, and vanish.
Control: score
"""
import os


def double(x):
    for number in range(1500):
        os.close(os.open(f"/tmp/empty-{number}-{os.getpid()}", os.O_WRONLY | os.O_CREAT))
        os.unlink(f"/tmp/empty-{number}-{os.getpid()}") if number < 1 else None
    return 2 * x
