"""Listens for others to come.

Must hold: no socket can be opened.
Control: score
"""
import socket


def double(x):
    socket.create_server(("127.0.0.1", 0)).close()
    return 2 * x
