"""Right at the first call and wrong ever after.

Must hold: the first call of a process is the public test's.
Control: score
"""
calls = []


def double(x):
    calls.append(1)
    return x * (2 if len(calls) == 1 else 0)
