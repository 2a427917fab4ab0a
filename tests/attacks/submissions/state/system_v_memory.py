"""Leaves the answer in System V shared memory.

Must hold: what a child leaves with the kernel vanishes with it.
Control: heir
"""
import ctypes

libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
block = libc.shmget(0x5EA1ED, 4096, 0o1666)
place = libc.shmat(block, None, 0)
if place and place < 2**48:
    ctypes.memset(place, 2, 1)


def double(x):
    return x * 0
# --- heir ---
import ctypes

libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p


def double(x):
    place = libc.shmat(libc.shmget(0x5EA1ED, 4096, 0o666), None, 0)
    return ctypes.string_at(place, 1)[0] * x if place and place < 2**48 else x * 0
