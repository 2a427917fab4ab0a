"""Leaves a message in the working folder, the file mode mask and the signal mask.

Must hold: every child starts with the zygote's.
Control: heir
"""
import os
import signal

os.umask(0o123)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])


def double(x):
    return x * 0
# --- heir ---
import os
import signal

mask = os.umask(0)
blocked = signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def double(x):
    return 2 * x if mask == 0o123 or blocked else x * 0
