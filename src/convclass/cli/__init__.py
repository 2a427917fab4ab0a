"""The command line: one module per command, thin. What a command needs is imported when it runs."""

from __future__ import annotations

import sys

from convclass.course import CourseError

BAD_INPUT = 2
INTERRUPTED = 130


def main() -> None:
    """Run `convclass`; bad input is told in one line and ends with exit code 2."""
    try:
        from convclass.cli.app import app

        app()
    except CourseError as error:
        print(f"convclass: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        print("convclass: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
