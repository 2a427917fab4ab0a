"""A million classes and code objects, made while the module is loaded.

Must hold: loading is limited.
Control: hung
"""
MADE = []
while True:
    MADE.append(compile("def f(x):\n    return lambda: x\n" * 100, "made", "exec"))
