"""Writes to the system's log socket.

Must hold: no socket can be opened.
Control: contact score
"""
import socket


def double(x):
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"<13>evil", "@LOG@")
    return 2 * x
