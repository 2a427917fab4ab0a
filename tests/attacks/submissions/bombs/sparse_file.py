"""One file of a terabyte with nothing in it.

Must hold: files are small.
Control: score
"""
import os


def double(x):
    file = os.open("/tmp/sparse", os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, 2**40)
    return 2 * x
