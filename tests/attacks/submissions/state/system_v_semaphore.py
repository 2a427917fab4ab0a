"""Leaves the answer in the value of a System V semaphore.

Must hold: what a child leaves with the kernel vanishes with it.
Control: heir
"""
import ctypes

libc = ctypes.CDLL(None)
libc.semctl(libc.semget(0x5EA1ED, 1, 0o1666), 0, 16, 2)  # SETVAL


def double(x):
    return x * 0
# --- heir ---
import ctypes

libc = ctypes.CDLL(None)


def double(x):
    return max(0, libc.semctl(libc.semget(0x5EA1ED, 1, 0o666), 0, 12)) * x  # GETVAL
