"""What lies below SUBMISSIONS, as a list of entries, and its bytes: a folder on disk. Nothing is ever followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

MEGABYTE = 1024 * 1024
LARGEST_FILE = 5 * MEGABYTE
MOST_ENTRIES_OF_A_STUDENT = 5000
DEEPEST = 12


class UnreadableError(Exception):
    """One file of one student cannot be read; the message says why, in words for that student."""


class Kind(StrEnum):
    """What an entry is; only a FILE is ever opened."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    SPECIAL = "device, pipe or socket"
    UNREADABLE = "folder that cannot be opened"
    UNSAFE = "path that leaves its folder"
    TOO_DEEP = "folder below too many others"
    TOO_MANY = "folder with too many files"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name below SUBMISSIONS: `path` from there, `size` in bytes, `index` its place in an archive."""

    path: tuple[str, ...]
    kind: Kind
    size: int = 0
    index: int = -1

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]


class Tree(Protocol):
    """Files by name, in a folder or in an archive."""

    @property
    def title(self) -> str:
        """What the folder or archive is called, without extension."""

    @property
    def packed(self) -> bool:
        """True for an archive, which often wraps everything in one folder."""

    def entries(self) -> Iterator[Entry]:
        """Every entry, parents before children, in the order of their names."""

    def read(self, entry: Entry, limit: int = LARGEST_FILE) -> bytes:
        """The bytes of one file; raises UnreadableError when it is no regular file, too large, or cannot be read."""


@dataclass(frozen=True, slots=True)
class FolderTree:
    """A folder on disk. Links below it are listed as links and never followed, not even in the middle of a path."""

    root: Path

    @property
    def title(self) -> str:
        """The name of the folder."""
        return self.root.resolve().name

    @property
    def packed(self) -> bool:
        """False: a folder is no archive."""
        return False

    def entries(self) -> Iterator[Entry]:
        """Every entry below the folder, down to a fixed depth."""
        for top in _listed(self.root, ()):
            yield top
            if top.kind is Kind.FOLDER:
                yield from self._below_student(top)

    def _below_student(self, top: Entry) -> Iterator[Entry]:
        for count, entry in enumerate(self._below(top)):
            if count == MOST_ENTRIES_OF_A_STUDENT:
                yield Entry(top.path, Kind.TOO_MANY)
                return
            yield entry

    def _below(self, folder: Entry) -> Iterator[Entry]:
        try:
            children = _listed(self.root.joinpath(*folder.path), folder.path)
        except OSError:
            yield Entry(folder.path, Kind.UNREADABLE)
            return
        for child in children:
            yield child
            if child.kind is Kind.FOLDER and len(child.path) < DEEPEST:
                yield from self._below(child)

    def read(self, entry: Entry, limit: int = LARGEST_FILE) -> bytes:
        """The bytes of a regular file of at most `limit` bytes, opened without following any link."""
        try:
            descriptor = _open_below(self.root, entry.path)
        except OSError as error:
            raise UnreadableError(f"it cannot be opened ({os.strerror(error.errno or 0)})") from None
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableError("it is not a regular file")
            refuse_large(status.st_size, limit)
            return _read_all(file.fileno(), limit)


def refuse_large(size: int, limit: int) -> None:
    """Raise UnreadableError when `size` is more than `limit` bytes."""
    if size > limit:
        raise UnreadableError(
            f"it has {size / MEGABYTE:.1f} MB and the limit is {limit / MEGABYTE:.0f} MB "
            "(a notebook shrinks when its outputs are cleared)"
        )


def _listed(folder: Path, path: tuple[str, ...]) -> list[Entry]:
    with os.scandir(folder) as found:
        return sorted((_entry(item, path) for item in found), key=lambda entry: entry.name)


def _entry(item: os.DirEntry[str], path: tuple[str, ...]) -> Entry:
    here = (*path, item.name)
    try:
        status = item.stat(follow_symlinks=False)
    except OSError:
        return Entry(here, Kind.SPECIAL)
    if stat.S_ISLNK(status.st_mode):
        return Entry(here, Kind.LINK)
    if stat.S_ISDIR(status.st_mode):
        return Entry(here, Kind.FOLDER)
    kind = Kind.FILE if stat.S_ISREG(status.st_mode) else Kind.SPECIAL
    return Entry(here, kind, status.st_size)


def _open_below(root: Path, path: tuple[str, ...]) -> int:
    # Part by part, each relative to the open folder before it: a link anywhere on the way is an error.
    through = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    folder = os.open(root, through)
    try:
        for part in path[:-1]:
            below = os.open(part, through | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(path[-1], flags, dir_fd=folder)
    finally:
        os.close(folder)


def _read_all(descriptor: int, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := os.read(descriptor, MEGABYTE):
            chunks.append(chunk)
            size += len(chunk)
            refuse_large(size, limit)  # a file that grows while it is read
    except OSError as error:
        raise UnreadableError(f"it cannot be read ({os.strerror(error.errno or 0)})") from None
    return b"".join(chunks)
