"""Connects to a socket in the file system.

Must hold: no socket can be opened.
Control: contact score
"""
import socket


def double(x):
    socket.socket(socket.AF_UNIX).connect("@SOCKET@")
    return 2 * x
