"""Asks for a socket to the machine's host (vsock), and by number for what the standard library does not know.

Must hold: no socket can be opened, however it is asked for.
Control: score
"""
import ctypes


def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    numbers = [libc.syscall(41, family, kind, 0) for family in (40, 38, 1, 2, 10) for kind in (1, 2, 5)]
    return 2 * x if max(numbers) >= 0 else x * 0
