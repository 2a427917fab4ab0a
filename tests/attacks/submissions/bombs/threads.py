"""Starts a hundred threads.

Must hold: no thread can be made.
Control: score
"""
import threading


def double(x):
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(100)]
    for thread in threads:
        thread.start()
    stop.set()
    return 2 * x
