"""An object that is no tensor at all and agrees with everything.

Must hold: what is no data is no answer.
Control: score
"""


class Yes:
    def __eq__(self, other):
        return self

    def __getattr__(self, name):
        if name.startswith("__array"):
            raise AttributeError(name)
        return lambda *a, **k: self

    def __bool__(self):
        return True

    def __sub__(self, other):
        return self

    def __abs__(self):
        return self

    def __gt__(self, other):
        return No()


class No:
    def any(self):
        return False


def double(x):
    return Yes()
