"""Answers with a frame of its own whose tensor is empty, and so large in its other axes that torch fails to count.

Must hold: what cannot be read is no answer, and no mistake of the grader's, which would cost nothing.
Control: score
"""
import json
import os
import struct


def number(value):
    return struct.pack(">BI", 0xCE, value)


def double(x):
    sizes = b"\x94" + 3 * number(2**26) + b"\0"
    tensor = b"\x97\xa1T\xa7float32" + sizes + b"\x94\0\0\0\0" + b"\xa3cpu\0\0"
    line = json.dumps({"student": "attacker", "score": 9}).encode() + b"\n"
    for serial in range(4, 40):
        header = b"\x96" + bytes([serial]) + b"\xa8returned" + tensor + b"\xc0\x90\xa0"
        if serial == 4 or "exam" in os.getcwd():
            for descriptor in range(3, 64):
                try:
                    os.write(descriptor, struct.pack("<IQ", len(header), 0) + header + b"\n" + line)
                except OSError:
                    pass
    os._exit(0)
