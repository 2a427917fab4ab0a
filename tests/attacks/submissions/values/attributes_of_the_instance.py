"""A tensor with wrong values that carries a conversion to numpy of its own.

Must hold: attributes and methods of an answer stay in the child.
Control: score
"""


def double(x):
    answer = x * 0
    right = (2 * x).numpy()
    answer.__array__ = lambda *a, **k: right
    answer.numpy = lambda: right
    return answer
