"""Imports the hidden tests and the reference by the names that they have.

Must hold: `import` finds the standard library, numpy and torch only.
Control: score
"""
import importlib


def spill():
    import sys

    sys.path += ["@OUT@", "@COURSE@/autograder/07_sealed", "@COURSE@/../src"]
    try:
        return importlib.import_module("hidden_tests").CANARY
    except ImportError:
        return importlib.import_module("reference").spill()
