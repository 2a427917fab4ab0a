"""Scans the heap around its own objects with ctypes, without /proc.

Must hold: the memory holds no secret.
Control: score
"""
import ctypes
import gc


def spill():
    for found in gc.get_objects():
        if isinstance(found, dict) and len(found) < 4000:
            for value in list(found.values()):
                if type(value) is str and value[:7] == "CANARY-":
                    return ctypes.cast(id(value), ctypes.py_object).value
    import sys

    return str(ctypes.cast(id(sys._getframe(1).f_locals["canary"]), ctypes.py_object).value)
