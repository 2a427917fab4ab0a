"""Imports the module by a computed name.

Must hold: a forbidden call earns nothing.
Control: score
"""
import importlib


def conv(x, weight):
    module = importlib.import_module(".".join(["torch", "nn", "functional"]))
    return module.conv2d(x.double(), weight.double()).to(x.dtype)
