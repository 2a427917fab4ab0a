"""The libraries that only authors need, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from convclass.course import CourseError


def author_library(name: str) -> ModuleType:
    """The library `name` of the extra `author`. Raises CourseError that says how to get it."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != name.split(".")[0]:
            raise
        raise CourseError(
            f"{name} is missing, and releasing an assignment needs it; run: pip install 'convclass[author]'"
        ) from None
