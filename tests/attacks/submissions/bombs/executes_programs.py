"""Starts a program, and a shell.

Must hold: no program can be started.
Control: score
"""
import os
import subprocess


def double(x):
    subprocess.run(["true"], check=True)
    if os.system("true"):
        raise OSError("refused")
    return 2 * x
