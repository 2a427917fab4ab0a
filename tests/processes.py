"""Starting commands as people start them."""

import signal
import sys

PLAIN_PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
"""pytest as students and instructors have it; hypothesis is ours, and takes more than a second to import."""


def heed_keyboard() -> None:
    """For preexec_fn of what is stopped half-way: a shell's background job, and what it starts, ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
