"""Writes megabytes of rubbish into every descriptor.

Must hold: what is not a reply is a bad reply, however much of it.
Control: honest
"""
import os


def double(x):
    for number in range(3, 64):
        try:
            for _ in range(200):
                os.write(number, b"[" * 65536)
        except OSError:
            pass
    os._exit(0)
