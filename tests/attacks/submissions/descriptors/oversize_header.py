"""Announces a header of 4 GiB, for which a reader would make room.

Must hold: a frame that is too large is a bad reply.
Control: honest
"""
import os
import struct


def double(x):
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQ", 0xFFFFFFFF, 2**62))
        except OSError:
            pass
    os._exit(0)
