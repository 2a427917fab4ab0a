"""A small source that the compiler makes large: constants are folded while it is read.

Must hold: reading a source is limited like running it.
Control: score
"""
LARGE = [bytes(2**26) for _ in range(40)]


def double(x):
    return 2 * x
