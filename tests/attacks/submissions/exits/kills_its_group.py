"""Sends SIGKILL to its process group.

Must hold: no signal reaches another process.
Control: honest
"""
import os
import signal


def double(x):
    os.killpg(0, signal.SIGKILL)
    os._exit(0)
