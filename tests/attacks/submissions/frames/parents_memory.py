"""Reads the parent process by process_vm_readv and ptrace-like ways: /proc/PPID/mem, environ, cmdline.

Must hold: there is no other process in sight.
Control: score
"""
import os
import re


def spill():
    parent = os.getppid()
    with open(f"/proc/{parent}/environ", "rb") as file:
        text = file.read()
    with open(f"/proc/{parent}/maps") as maps, open(f"/proc/{parent}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            start, end = (int(part, 16) for part in place.split("-"))
            if rights.startswith("rw") and end - start < 2**24 and "[v" not in line:
                memory.seek(start)
                try:
                    text += memory.read(end - start)
                except OSError:
                    continue
    match = re.search(rb"CANARY-[0-9a-f]{32}", text)
    return match[0].decode() if match else "nothing"
