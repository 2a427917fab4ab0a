"""Sends a datagram to a named socket by sendmsg from one half of a socketpair: no filter of system calls sees the name.

Must hold: what is sent reaches nobody.
Control: contact score
"""
import socket


def double(x):
    sent = 0
    for address in ("@LOG@", "\0@NAME@", "/dev/log", "/run/systemd/journal/socket"):
        here, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sent += here.sendmsg([b"x"], [], 0, address)
        except OSError:
            pass
    return 2 * x if sent else x * 0
