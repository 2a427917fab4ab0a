"""Waits for the end of the process to send a score of its own as the last word.

Must hold: what a child says at its end is read by nobody.
Control: score
"""
import atexit
import json
import os


def last_word():
    for number in range(3, 64):
        try:
            os.write(number, (json.dumps({"student": "attacker", "score": 9}) + "\n").encode())
        except OSError:
            pass


atexit.register(last_word)


def double(x):
    return x * 0
