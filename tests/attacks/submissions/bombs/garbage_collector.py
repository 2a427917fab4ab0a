"""Turns the collector into a loop: a destructor that makes its successor.

Must hold: it costs its own question.
Control: hung
"""
import gc


class Undying:
    def __del__(self):
        Undying()
        for _ in range(10):
            gc.collect()
        while True:
            pass


def double(x):
    Undying()
    return 2 * x
