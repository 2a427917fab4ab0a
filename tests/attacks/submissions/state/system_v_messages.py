"""Leaves the answer in a System V message queue.

Must hold: what a child leaves with the kernel vanishes with it.
Control: heir
"""
import ctypes

libc = ctypes.CDLL(None)
queue = libc.msgget(0x5EA1ED, 0o1666)
message = ctypes.create_string_buffer(b"\x01\0\0\0\0\0\0\0\x02", 9)
libc.msgsnd(queue, message, 1, 0o4000)
libc.msgsnd(queue, message, 1, 0o4000)


def double(x):
    return x * 0
# --- heir ---
import ctypes

libc = ctypes.CDLL(None)
room = ctypes.create_string_buffer(16)
found = libc.msgrcv(libc.msgget(0x5EA1ED, 0o666), room, 1, 0, 0o4000)


def double(x):
    return room[8][0] * x if found == 1 else x * 0
