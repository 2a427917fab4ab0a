"""Sends a header of a hundred thousand nested lists, to exhaust the reader's stack.

Must hold: a header that cannot be read is a bad reply.
Control: honest
"""
import os
import struct


def double(x):
    header = b"\x91" * 100_000 + b"\xc0"
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQ", len(header), 0) + header + b"[" * 100_000 + b"\n")
        except OSError:
            pass
    os._exit(0)
