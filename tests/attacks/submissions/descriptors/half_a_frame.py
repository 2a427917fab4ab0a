"""Sends half a frame and keeps still.

Must hold: a deadline covers the whole message.
Control: hung
"""
import os
import struct
import time


def double(x):
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQ", 1000, 0) + b"\x93")
        except OSError:
            pass
    time.sleep(3600)
