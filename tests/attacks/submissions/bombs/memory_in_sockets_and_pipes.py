"""Memory of the kernel, in the buffers of sockets, which no limit on address space counts.

Must hold: few descriptors, so few buffers.
Control: score
"""
import os
import socket

kept = []


def double(x):
    while len(kept) < 60:
        here, there = socket.socketpair()
        kept.append((here, there))
        os.set_blocking(here.fileno(), False)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**20)
        try:
            while True:
                here.send(bytes(65536))
        except BlockingIOError:
            pass
    return 2 * x
