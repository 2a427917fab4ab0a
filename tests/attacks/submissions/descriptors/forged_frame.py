"""Writes a whole reply frame of its own, and the naive report line, before it ends.

Must hold: a frame can only say what an answer can say, and zeros are no answer.
Control: score
"""
import json
import os
import struct


def double(x):
    header = b"\x96\x05\xa8returned\xc2\xc0\x90\xa0"
    line = json.dumps({"student": "attacker", "score": 9}).encode() + b"\n"
    for number in range(3, 64):
        try:
            os.write(number, struct.pack("<IQ", len(header), 0) + header + b"\n" + line)
        except OSError:
            pass
    os._exit(0)
