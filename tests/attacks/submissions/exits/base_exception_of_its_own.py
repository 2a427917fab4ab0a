"""Raises a BaseException whose text cannot be made.

Must hold: it costs nobody else a grade.
Control: honest
"""


class Ouch(BaseException):
    def __str__(self):
        raise Ouch

    __repr__ = __str__


def double(x):
    raise Ouch
