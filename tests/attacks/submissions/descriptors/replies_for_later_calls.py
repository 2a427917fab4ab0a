"""Writes replies with the serials of all calls to come, all of them "True" and the naive report as well.

Must hold: a reply made in advance is a bad reply or a wrong answer.
Control: score
"""
import json
import os
import struct


def double(x):
    for serial in range(1, 60):
        header = b"\x96" + bytes([serial]) + b"\xa8returned\xc3\xc0\x90\xa0"
        data = struct.pack("<IQ", len(header), 0) + header
        try:
            os.write(3, data)
        except OSError:
            pass
    for number in range(4, 64):
        try:
            os.write(number, (json.dumps({"student": "attacker", "score": 9}) + "\n").encode())
        except OSError:
            pass
    os._exit(0)
