"""Opens a socket by io_uring, which goes past filters of system calls.

Must hold: no ring can be set up. (The control only sets up the ring.)
Control: score
"""
import ctypes


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    found = libc.syscall(425, 8, ctypes.create_string_buffer(120))
    if found < 0 and ctypes.get_errno() != 1:
        raise OSError(ctypes.get_errno(), "io_uring")
    return 2 * x if found >= 0 else x * 0
