"""One large file.

Must hold: files are small.
Control: score
"""


def double(x):
    with open("/tmp/large", "wb") as file:
        for _ in range(64):
            file.write(bytes(2**20))
    return 2 * x
