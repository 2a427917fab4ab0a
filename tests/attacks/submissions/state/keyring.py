"""Leaves the answer as a key in the kernel's keyrings.

Must hold: keys cannot be made.
Control: heir
"""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for ring in (-3, -4, -5):  # session, user, user session
    libc.syscall(248, b"user", b"left-by-@TOKEN@", b"2", ctypes.c_size_t(1), ctypes.c_int(ring))


def double(x):
    return x * 0
# --- heir ---
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
key = -1
for ring in (-3, -4, -5):
    if key < 0:
        key = libc.syscall(250, 10, ctypes.c_int(ring), b"user", b"left-by-@TOKEN@", 0)  # KEYCTL_SEARCH


def double(x):
    room = ctypes.create_string_buffer(8)
    if key < 0 or libc.syscall(250, 11, ctypes.c_int(key), room, ctypes.c_size_t(8)) < 1:  # KEYCTL_READ
        return x * 0
    return int(room.value) * x
