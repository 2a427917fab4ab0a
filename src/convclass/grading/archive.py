"""What lies in a zip, listed and read in memory: nothing is ever unpacked to disk, so nothing can escape."""

from __future__ import annotations

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from convclass.grading.tree import DEEPEST, LARGEST_FILE, MEGABYTE, Entry, Kind, UnreadableError, refuse_large

MOST_ENTRIES_OF_A_CLASS = 500_000
MOST_ENTRIES_OF_A_STUDENT = 2000
LARGEST_UNPACKED = 50 * MEGABYTE
HIGHEST_RATIO = 200

_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class ZipTree:
    """A zip: on disk (an LMS download), or in memory (what one student handed in)."""

    source: Path | bytes = field(repr=False)
    title: str

    @property
    def packed(self) -> bool:
        """True: this is an archive."""
        return True

    def entries(self) -> Iterator[Entry]:
        """Every entry in the order of paths; folders that the archive only implies are listed too.

        Raises UnreadableError when this is no zip.
        """
        entries = sorted(self._listed(), key=lambda entry: (entry.path, entry.index))
        seen: set[tuple[str, ...]] = set()
        for entry in entries:
            for depth in range(1, len(entry.path)):
                if entry.path[:depth] not in seen:
                    seen.add(entry.path[:depth])
                    yield Entry(entry.path[:depth], Kind.FOLDER)
            if entry.kind is not Kind.FOLDER or entry.path not in seen:
                seen.add(entry.path)
                yield entry

    def _listed(self) -> list[Entry]:
        most = MOST_ENTRIES_OF_A_STUDENT if isinstance(self.source, bytes) else MOST_ENTRIES_OF_A_CLASS
        with self._open() as archive:
            infos = archive.infolist()
        if len(infos) > most:
            raise UnreadableError(f"the zip lists {len(infos)} files and the limit is {most}")
        if isinstance(self.source, bytes):
            refuse_large(sum(info.file_size for info in infos), LARGEST_UNPACKED)
        return [_entry(info, index) for index, info in enumerate(infos) if info.filename.strip("/")]

    def read(self, entry: Entry, limit: int = LARGEST_FILE) -> bytes:
        """The unpacked bytes of one file; stops at `limit` whatever the archive claims."""
        try:
            with self._open() as archive:
                return _unpacked(archive, archive.infolist()[entry.index], limit)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, IndexError):
            raise UnreadableError("the zip is damaged here") from None
        except (NotImplementedError, RuntimeError):
            raise UnreadableError("the zip uses a compression or encryption that is not supported") from None

    def _open(self) -> zipfile.ZipFile:
        source = io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source
        try:
            return zipfile.ZipFile(source)
        except OSError as error:
            raise UnreadableError(f"it cannot be opened ({error.strerror or error})") from None
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OverflowError):
            raise UnreadableError("it is not a zip, or damaged") from None


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableError("the zip is encrypted; hand in one without a password")
    refuse_large(info.file_size, limit)
    if info.file_size > MEGABYTE and info.file_size > HIGHEST_RATIO * max(1, info.compress_size):
        raise UnreadableError(f"it unpacks to more than {HIGHEST_RATIO} times its size in the zip")
    with archive.open(info) as file:
        data = file.read(limit + 1)
    refuse_large(len(data), limit)
    return data


def _entry(info: zipfile.ZipInfo, index: int) -> Entry:
    path, safe = parts(info.filename)
    mode = info.external_attr >> 16
    if len(path) > DEEPEST:
        return Entry((*path[:DEEPEST], "..."), Kind.TOO_DEEP, index=index)
    if not safe:
        return Entry(path, Kind.UNSAFE, index=index)
    if info.filename.endswith(("/", "\\")) or stat.S_ISDIR(mode):
        return Entry(path, Kind.FOLDER, index=index)
    if stat.S_ISLNK(mode):
        return Entry(path, Kind.LINK, index=index)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Entry(path, Kind.SPECIAL, index=index)
    return Entry(path, Kind.FILE, info.file_size, index)


def parts(filename: str) -> tuple[tuple[str, ...], bool]:
    """The parts of a path in a zip, and whether it stays inside.

    What climbs (`..`) or starts at a root is joined to the part that follows, so that `../bob/x.py` is never bob's.
    """
    found: list[str] = []
    outside = ""
    for place, part in enumerate(filename.replace("\\", "/").rstrip("/").split("/")):
        if part == ".." or (place == 0 and (not part or _DRIVE.fullmatch(part))):
            outside += f"{part}/"
        elif part not in ("", "."):
            found.append(outside + part)
            outside = ""
    if outside:
        found.append(outside)
    safe = not any(part.endswith("/") or "/" in part for part in found)
    return tuple(found) or (filename,), safe and bool(found)
