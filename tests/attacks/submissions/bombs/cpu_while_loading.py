"""Computes for ever while the module is loaded.

Must hold: it costs its own grade.
Control: hung
"""
while True:
    pass
