"""Writes to address 8.

Must hold: it costs nobody else a grade.
Control: honest
"""
import ctypes


def double(x):
    ctypes.memset(8, 0, 8)
