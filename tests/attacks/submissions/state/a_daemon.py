"""Leaves a process behind that answers on a socket.

Must hold: no second process, and none outlives its child.
Control: heir
"""
import os
import signal
import socket

server = socket.create_server(("127.0.0.1", @PORT@ + 1))
if os.fork() == 0:
    os.setsid()
    signal.alarm(2)
    while True:
        server.accept()[0].sendall(b"2")


def double(x):
    return x * 0
# --- heir ---
import socket


def double(x):
    with socket.create_connection(("127.0.0.1", @PORT@ + 1)) as connection:
        return int(connection.recv(1)) * x
