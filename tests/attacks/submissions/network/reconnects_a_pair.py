"""Connects one half of a datagram pair anew, to a named socket.

Must hold: a pair stays a pair.
Control: contact score
"""
import socket


def double(x):
    here, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    here.connect("@LOG@")
    here.send(b"x")
    return 2 * x
