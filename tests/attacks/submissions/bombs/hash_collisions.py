"""A dict whose keys all have one hash.

Must hold: it costs its own question.
Control: hung
"""


class Same:
    def __hash__(self):
        return 1

    def __eq__(self, other):
        return self is other


def double(x):
    return 2 * x if {Same(): 0 for _ in range(10**6)} else x
