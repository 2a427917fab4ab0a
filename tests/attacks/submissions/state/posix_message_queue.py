"""Leaves the answer in a POSIX message queue.

Must hold: what a child leaves with the kernel vanishes with it.
Control: heir
"""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
queue = libc.mq_open(b"/left-by-@TOKEN@", os.O_CREAT | os.O_RDWR, 0o600, None)
libc.mq_send(queue, b"2", 1, 0)


def double(x):
    return x * 0
# --- heir ---
import ctypes
import os

libc = ctypes.CDLL(None)
room = ctypes.create_string_buffer(8192)
found = libc.mq_receive(libc.mq_open(b"/left-by-@TOKEN@", os.O_RDONLY | os.O_NONBLOCK), room, 8192, None)


def double(x):
    return int(room.value) * x if found == 1 else x * 0
