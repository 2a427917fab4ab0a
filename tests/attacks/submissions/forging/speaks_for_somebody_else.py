"""Reports a score for somebody else, as the last word: the honest one after it gets none.

Must hold: a submission says nothing about another.
Control: honest
"""
import atexit
import json
import os


def spoil():
    for number in range(3, 64):
        try:
            os.write(number, (json.dumps({"student": "honest", "score": 0}) + "\n").encode())
        except OSError:
            pass


atexit.register(spoil)


def double(x):
    return x * 0
