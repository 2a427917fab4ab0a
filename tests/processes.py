"""Starting the commands that tests stop half-way."""

import signal


def heed_keyboard() -> None:
    """For preexec_fn: a shell's background job ignores Ctrl-C, and so would every command that a test starts in it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
