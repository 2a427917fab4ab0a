"""A tensor on the meta device: shape and dtype without any values.

Must hold: a tensor without values is refused.
Control: score
"""


def shaped(x):
    return x.to("meta") + 1
