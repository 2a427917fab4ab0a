"""An exception whose text takes for ever to make.

Must hold: it costs its own question.
Control: hung
"""


class Slow(Exception):
    def __str__(self):
        while True:
            pass


def double(x):
    raise Slow
