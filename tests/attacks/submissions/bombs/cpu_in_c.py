"""One single operation of the interpreter that takes for ever, which no signal handler interrupts.

Must hold: it costs its own question.
Control: hung
"""


def double(x):
    return 3 ** (3**22) % 2 + x
