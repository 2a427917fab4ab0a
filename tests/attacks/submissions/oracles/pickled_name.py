"""Unpickles the name of the function, which makes it the function.

Must hold: a forbidden call earns nothing.
Control: score
"""
import pickle


def conv(x, weight):
    return pickle.loads(b"ctorch\nconv2d\n.")(x.double(), weight.double()).to(x.dtype)
