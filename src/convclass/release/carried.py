"""What a package for another tool carries, as the command line names it."""

from __future__ import annotations

from enum import StrEnum


class Wheels(StrEnum):
    """Which wheels a package carries; what it does not carry is installed online."""

    OWN = "own"
    SMALL = "small"
    ALL = "all"
