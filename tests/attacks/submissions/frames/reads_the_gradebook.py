"""Reads the grades, as JSON or as a database.

Must hold: no file of the grader can be opened.
Control: score
"""


def spill():
    for path in ("@OUT@/gradebook.json", "@OUT@/gradebook.db"):
        try:
            text = open(path, "rb").read()
            return text[text.index(b"CANARY-"):][:39].decode()
        except OSError:
            pass
    return "nothing"
