"""Fills the disk with many files.

Must hold: what a submission can write is little.
Control: score
"""


def double(x):
    for number in range(96):
        with open(f"/tmp/large-{number}", "wb") as file:
            file.write(bytes(2**20))
    return 2 * x
