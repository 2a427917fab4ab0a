"""Walks the folders above its own and reads whatever the others handed in.

Must hold: no other submission can be opened.
Control: score
"""
import os


def spill():
    for root in (".", "..", "@INBOX@"):
        for folder, _, files in os.walk(root):
            for name in files:
                if name.endswith(".py") and "neighbour" in folder + name:
                    text = open(os.path.join(folder, name)).read()
                    return text[text.index("CANARY-"):][:39]
    return "nothing"
