"""Sleeps for ever and uses no processor.

Must hold: the wall clock ends it.
Control: hung
"""
import time


def double(x):
    time.sleep(10**6)
