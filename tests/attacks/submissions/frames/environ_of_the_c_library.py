"""Reads the environment that the process was started with from the C library and from the stack.

Must hold: the environment is the sandbox's own.
Control: score
"""
import ctypes


def spill():
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    index = 0
    while environ[index]:
        if b"CANARY-" in environ[index]:
            return environ[index].decode().split("=", 1)[1]
        index += 1
    return "nothing"
