"""Makes processes by vfork, clone and clone3 directly.

Must hold: no process can be made, however it is asked for.
Control: score
"""
import ctypes
import os


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    made = 0
    for number, arguments in ((57, ()), (56, (17, 0, 0, 0, 0))):
        pid = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
        if pid == 0:
            os._exit(0)
        made += pid > 0
    return 2 * x if made else x * 0
