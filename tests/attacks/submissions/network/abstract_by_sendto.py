"""Sends to a named unix socket from one half of a socketpair, which the sandbox allows to be made.

Must hold: what is sent reaches nobody.
Control: contact score
"""
import socket


def double(x):
    here, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]
    for end in (here, other):
        end.sendto(b"x", "@LOG@")
    return 2 * x
