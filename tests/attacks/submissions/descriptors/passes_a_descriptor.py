"""Sends an open file over every socket, for the grader to keep: descriptors of the grader run out.

Must hold: nobody takes what comes beside the bytes.
Control: score
"""
import array
import os
import socket


def double(x):
    taken = 0
    for number in range(3, 64):
        try:
            connection = socket.socket(fileno=os.dup(number))
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 8))
            connection.sendmsg([b"x"], [rights])
        except OSError:
            continue
    here, there = socket.socketpair()
    here.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 8))])
    taken = len(there.recvmsg(1, 4096)[1])
    probe = socket.socket(socket.AF_UNIX)
    probe.close()
    return 2 * x if taken else x * 0
