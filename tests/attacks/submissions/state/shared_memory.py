"""Leaves the answer in POSIX shared memory.

Must hold: what a child writes vanishes with it.
Control: heir
"""
from multiprocessing import resource_tracker, shared_memory

resource_tracker.register = lambda *a: None
block = shared_memory.SharedMemory("left-by-@TOKEN@", create=True, size=16)
block.buf[0] = 2


def double(x):
    return x * 0
# --- heir ---
from multiprocessing import resource_tracker, shared_memory

resource_tracker.register = lambda *a: None
block = shared_memory.SharedMemory("left-by-@TOKEN@")


def double(x):
    return block.buf[0] * x
