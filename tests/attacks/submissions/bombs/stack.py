"""Uses up the stack of the C library by nested comparison.

Must hold: it costs nobody else a grade.
Control: honest
"""
import ctypes


def double(x):
    nested = type("Callback", (), {})
    callback = ctypes.CFUNCTYPE(ctypes.c_int)
    import sys

    sys.setrecursionlimit(10**9)

    def again():
        return callback(again)()

    nested.f = again
    return again()
