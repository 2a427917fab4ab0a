"""Opens other processes' files by way of /proc/PID/fd, /proc/PID/cwd and /proc/PID/root.

Must hold: there is no other process in sight.
Control: score
"""
import glob
import os
import re


def spill():
    for folder in glob.glob("/proc/[0-9]*/cwd") + glob.glob("/proc/[0-9]*/root@OUT@"):
        try:
            for name in os.listdir(folder):
                text = open(f"{folder}/{name}", errors="replace").read(10_000_000)
                if match := re.search("CANARY-[0-9a-f]{32}", text):
                    return match[0]
        except OSError:
            pass
    return "nothing"
