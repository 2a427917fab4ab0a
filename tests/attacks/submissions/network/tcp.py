"""Connects to a listener by TCP.

Must hold: no socket can be opened.
Control: contact score
"""
import socket


def double(x):
    socket.create_connection(("127.0.0.1", @PORT@), 2).close()
    return 2 * x
