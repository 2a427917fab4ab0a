"""An answer whose attributes and conversions take for ever.

Must hold: it costs its own question.
Control: hung
"""


class Slow:
    def __getattr__(self, name):
        while True:
            pass


def double(x):
    return Slow()
