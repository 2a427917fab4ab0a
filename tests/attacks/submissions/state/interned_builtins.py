"""Changes a small integer and a shared constant in memory, so that arithmetic is wrong from then on.

Must hold: a child's memory is its own.
Control: heir
"""
import ctypes

ctypes.memmove(id(200) + 24, (7).to_bytes(4, "little"), 4)


def double(x):
    return x * 0
# --- heir ---


def double(x):
    hundred = int("100")
    return 2 * x if hundred + hundred != int("2" + "0" * 2) + 0 or hundred * 2 == int("7") else x * 0
