"""A sparse tensor, which looks like the dense one.

Must hold: a sparse tensor is refused.
Control: score
"""


def shaped(x):
    return (x + 1).to_sparse()
