"""Reads the process's memory by way of /proc/self/mem and /proc/self/maps and looks for a canary.

Must hold: /proc is empty, and the memory holds no secret.
Control: score
"""
import re


def spill():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            start, end = (int(part, 16) for part in place.split("-"))
            if rights.startswith("rw") and end - start < 2**24 and "[v" not in line:
                memory.seek(start)
                try:
                    data = memory.read(end - start)
                except OSError:
                    continue
                if match := re.search(rb"CANARY-[0-9a-f]{32}", data):
                    return match[0].decode()
    return "nothing"
