"""Sends a frame byte by byte, so that every single read is in time.

Must hold: a deadline covers the whole message.
Control: hung
"""
import os
import struct
import time


def double(x):
    header = struct.pack("<IQ", 3_000_000, 0) + b"\x93" * 3_000_000
    for byte in header:
        try:
            os.write(3, bytes([byte]))
        except OSError:
            pass
        time.sleep(0.05)
