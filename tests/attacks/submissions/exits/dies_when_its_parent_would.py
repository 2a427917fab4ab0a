"""Asks to be told of the parent's death and becomes a group leader and session leader, to outlive the run.

Must hold: sessions and groups are the sandbox's own.
Control: score
"""
import ctypes
import os


def double(x):
    try:
        os.setsid()
    except PermissionError:
        os.setpgid(0, 0)
    if ctypes.CDLL(None).prctl(1, 9, 0, 0, 0):
        raise PermissionError
    return 2 * x
