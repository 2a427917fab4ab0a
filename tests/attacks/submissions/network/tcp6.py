"""Connects to a listener by TCP over IPv6.

Must hold: no socket can be opened.
Control: contact score
"""
import socket


def double(x):
    socket.create_connection(("::1", @PORT@), 2).close()
    return 2 * x
