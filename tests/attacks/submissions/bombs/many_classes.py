"""Endless code objects: the compiler is called again and again.

Must hold: it costs its own question.
Control: hung
"""
made = []


def double(x):
    while True:
        made.append(compile("def f(x):\n    return lambda: x\n" * 100, "made", "exec"))
