"""Calls abort() of the C library.

Must hold: it costs nobody else a grade.
Control: honest
"""
import os


def double(x):
    os.abort()
