"""Lets a zygote without bubblewrap import what is listed, each from its own folder, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class Listed:
    """Finds top-level modules by a table of their names and the folders that they lie in."""

    def __init__(self, places: dict[str, str]):
        self.places = places

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of that name, if it is listed."""
        return PathFinder.find_spec(name, [self.places[name]]) if path is None and name in self.places else None


def install(places: dict[str, str]) -> None:
    """Let the modules of the table be imported from here on, after those of the standard library."""
    sys.meta_path.append(Listed(places))


def forget(name: str) -> None:
    """Take a name out of the table, if there is one."""
    for finder in sys.meta_path:
        if isinstance(finder, Listed):
            finder.places.pop(name, None)
