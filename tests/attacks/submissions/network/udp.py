"""Sends a datagram.

Must hold: no socket can be opened.
Control: contact score
"""
import socket


def double(x):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", @PORT@))
    return 2 * x
