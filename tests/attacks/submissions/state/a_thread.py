"""Leaves a thread behind that makes the next student's answers right.

Must hold: nothing of a child runs after it.
Control: heir
"""
import builtins
import threading
import time


def help():
    while True:
        builtins.helped = 2
        time.sleep(0.01)


threading.Thread(target=help, daemon=True).start()


def double(x):
    return x * 0
# --- heir ---
import builtins
import time


def double(x):
    time.sleep(0.02)
    return getattr(builtins, "helped", 0) * x
