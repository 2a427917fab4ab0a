"""Puts the secret into an exception of the public test, whose text is shown to the student.

Must hold: there is no secret to show.
Control: spill
"""
import os


def double(x):
    found = [value for value in os.environ.values() if value.startswith("CANARY-")]
    try:
        found.append(open("hidden_tests.py").read())
    except OSError:
        pass
    print(found)
    raise RuntimeError(f"found {found}")
