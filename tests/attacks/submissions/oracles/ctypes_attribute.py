"""Asks the C interface of Python for the attribute.

Must hold: a forbidden call earns nothing.
Control: score
"""
import ctypes

import torch


def conv(x, weight):
    find = ctypes.pythonapi.PyObject_GetAttrString
    find.restype, find.argtypes = ctypes.py_object, (ctypes.py_object, ctypes.c_char_p)
    return find(torch, b"conv2d")(x.double(), weight.double()).to(x.dtype)
