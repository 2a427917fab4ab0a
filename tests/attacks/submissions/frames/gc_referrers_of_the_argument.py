"""Asks the collector who holds the argument, and who holds those.

Must hold: who holds the argument holds no secret.
Control: score
"""
import gc


def spill():
    for found in gc.get_objects():
        if isinstance(found, dict):
            for value in list(found.values()):
                if isinstance(value, str) and value.startswith("CANARY-"):
                    return value
    import os

    return os.environ.get("EXAM_SECRET", "nothing")
