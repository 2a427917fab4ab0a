"""Leaves a message in the process's niceness and scheduler.

Must hold: every child starts with the zygote's.
Control: heir
"""
import os

try:
    os.nice(7)
except OSError:
    pass


def double(x):
    return x * 0
# --- heir ---
import os


def double(x):
    return 2 * x if os.getpriority(os.PRIO_PROCESS, 0) >= 7 else x * 0
