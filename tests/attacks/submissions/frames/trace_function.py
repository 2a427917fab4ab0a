"""Installs a trace function with sys.settrace and sys.setprofile and reads the canary when the grader goes on.

Must hold: nothing of the grader is ever run in the process.
Control: score
"""
import sys

found = []


def look(frame, event, argument):
    for value in frame.f_locals.values():
        if isinstance(value, str) and value.startswith("CANARY-"):
            found.append(value)
    return look


def double(x):
    sys.setprofile(look)
    return x * 0


def spill():
    frame = sys._getframe(1)
    look(frame, "call", None)
    sys.setprofile(None)
    return found[-1] if found else "nothing"
