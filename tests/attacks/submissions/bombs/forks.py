"""Forks ten processes that stay for a while.

Must hold: no process can be made.
Control: score
"""
import os
import time


def double(x):
    for _ in range(10):
        if os.fork() == 0:
            time.sleep(0.3)
            os._exit(0)
    return 2 * x
