"""Lowers the limits of its process, so that those after it cannot work.

Must hold: limits die with the child.
Control: honest
"""
import resource

resource.setrlimit(resource.RLIMIT_DATA, (1, 1))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def double(x):
    return x * 0
