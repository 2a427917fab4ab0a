"""Shared anonymous memory, which RLIMIT_DATA does not count.

Must hold: memory is limited.
Control: score
"""
import mmap


def double(x):
    large = mmap.mmap(-1, 5 * 2**29, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    large[-1] = 1
    return 2 * x
