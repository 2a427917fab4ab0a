"""Opens a raw packet socket, which sees everybody's packets.

Must hold: no socket can be opened.
Control: score
"""
import socket


def double(x):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)).close()
    return 2 * x
