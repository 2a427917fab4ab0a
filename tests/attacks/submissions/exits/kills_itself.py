"""Sends SIGKILL to itself.

Must hold: it costs nobody else a grade.
Control: honest
"""
import os
import signal


def double(x):
    os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)
