"""One processor for the two sides of a conversation, which take turns.

A question then wakes no other processor, and none goes to sleep between two questions: a short call costs half. The
scheduler places the grader anew between two students.
"""

from __future__ import annotations

import contextlib
import ctypes
import os


def share_processor(pid: int) -> None:
    """Keep this thread and the process `pid` on the processor where this thread runs, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        here = {ctypes.CDLL(None).sched_getcpu()}
        os.sched_setaffinity(0, here)
        os.sched_setaffinity(pid, here)


def usual_processors() -> set[int]:
    """The processors that this thread may use, or none where the system does not say."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def leave_processor(usual: set[int]) -> None:
    """Let this thread use all of its usual processors again."""
    if usual:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, usual)
