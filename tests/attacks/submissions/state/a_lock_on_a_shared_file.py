"""Leaves a lock on a file that everybody can read.

Must hold: locks are known to their owner only, and gone with it; nobody waits for one.
Control: heir
"""
import fcntl
import os

held = os.open("/bin/true", os.O_RDONLY)
fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)


def double(x):
    return x * 0
# --- heir ---
import fcntl
import os
import time

mine = os.open("/bin/true", os.O_RDONLY)
free = False
for _ in range(20):  # another worker may still be grading the first one
    try:
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
        break
    except OSError:
        time.sleep(0.02)


def double(x):
    return x * 0 if free else 2 * x
