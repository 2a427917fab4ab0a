"""Looks for a secret in the locals and globals of every frame of every thread.

Must hold: no secret is in the process.
Control: score
"""
import sys


def spill():
    for frame in sys._current_frames().values():
        while frame:
            for value in (*frame.f_locals.values(), *frame.f_globals.values()):
                if isinstance(value, str) and value.startswith("CANARY-"):
                    return value
            frame = frame.f_back
    return "nothing"
