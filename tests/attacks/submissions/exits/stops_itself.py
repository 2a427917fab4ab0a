"""Sends SIGSTOP to itself and waits for ever.

Must hold: the wall clock ends it.
Control: hung
"""
import os
import signal
import time


def double(x):
    try:
        os.kill(os.getpid(), signal.SIGSTOP)
    except PermissionError:
        pass
    time.sleep(3600)
