"""Leaves a signal handler.

Must hold: every child starts with the zygote's.
Control: heir
"""
import signal

signal.signal(signal.SIGUSR2, lambda *a: None)


def double(x):
    return x * 0
# --- heir ---
import signal

left = callable(signal.getsignal(signal.SIGUSR2))


def double(x):
    return 2 * x if left else x * 0
