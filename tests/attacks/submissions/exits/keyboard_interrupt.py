"""Raises KeyboardInterrupt, as if the instructor had pressed Ctrl-C.

Must hold: the run goes on.
Control: honest
"""


def double(x):
    raise KeyboardInterrupt
