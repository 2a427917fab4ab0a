"""Sets an alarm and a CPU timer that end the process later, in the middle of somebody else's work.

Must hold: timers die with the child.
Control: honest
"""
import signal


def double(x):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    return x * 0
