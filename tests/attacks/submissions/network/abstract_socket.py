"""Connects to a socket that has no file, which no mount namespace hides.

Must hold: no socket can be opened, and none beside a socketpair connected.
Control: contact score
"""
import socket


def double(x):
    socket.socket(socket.AF_UNIX).connect("\0@NAME@")
    return 2 * x
