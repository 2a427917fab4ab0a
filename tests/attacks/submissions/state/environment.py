"""Leaves a message in the environment.

Must hold: every child starts with the zygote's environment.
Control: heir
"""
import os

os.environ["LEFT"] = "2"


def double(x):
    return x * 0
# --- heir ---
import os


def double(x):
    return int(os.environ.get("LEFT", "0")) * x
