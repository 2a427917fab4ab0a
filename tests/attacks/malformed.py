"""Submissions that are no plain file with plain text in it: what each is, and how it harms a naive reader.

Each function makes one in a folder that is there and empty. `harm` is what `naive.py` suffers: it `crashed`, `hung`,
`leaked` a secret, wrote what `escaped` from its folder, made or read something `large`, or `ran` what is no submission.
"""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attacks.attack import HONEST

MEGABYTE = 2**20
HARMS = ("crashed", "hung", "leaked", "escaped", "large", "ran")
RAN = 'print("RAN")\n'


@dataclass(frozen=True, slots=True)
class World:
    """What the makers know: a file with a secret, a folder that nothing may be written to, another student's folder."""

    secret: Path
    outside: Path
    neighbour: Path


@dataclass(frozen=True, slots=True)
class Malformed:
    """One of them."""

    name: str
    what: str
    harm: str
    earns: float
    make: Callable[[Path, World], None]
    for_root: bool = False


ALL: list[Malformed] = []


def malformed(harm: str, earns: float = 0.0, for_root: bool = False) -> Callable[..., Callable[[Path, World], None]]:
    """Enter the function into the list of all."""

    def enter(make: Callable[[Path, World], None]) -> Callable[[Path, World], None]:
        ALL.append(Malformed(make.__name__, (make.__doc__ or "").strip(), harm, earns, make, for_root))
        return make

    return enter


def _bytes(folder: Path, data: bytes, name: str = "sealed.py") -> None:
    (folder / name).write_bytes(data)


def _notebook(folder: Path, *sources: object) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (folder / "sealed.ipynb").write_text(json.dumps(notebook))


def _zip(folder: Path, *entries: tuple[str, bytes, int], name: str = "sealed.zip") -> None:
    """A zip of (name, content, mode) with names as they are given, which `zipfile` would make harmless."""
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for filename, data, mode in entries:
            info = zipfile.ZipInfo("x")
            info.filename, info.external_attr, info.compress_type = filename, mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777


@malformed("crashed")
def null_bytes(folder: Path, world: World) -> None:
    """Null bytes in the middle of the source."""
    _bytes(folder, HONEST.encode() + b"\0\0\n")


@malformed("crashed")
def utf_16(folder: Path, world: World) -> None:
    """UTF-16 with a byte order mark, as some editors save it."""
    _bytes(folder, HONEST.encode("utf-16"))


@malformed("crashed")
def no_utf_8(folder: Path, world: World) -> None:
    """Bytes that are no UTF-8."""
    _bytes(folder, HONEST.encode() + b"# \xff\xfe\x80\n")


@malformed("crashed")
def unknown_encoding(folder: Path, world: World) -> None:
    """Declares an encoding that does not exist, and is no Python either."""
    _bytes(folder, b"# -*- coding: evil -*-\ndef double(x) return 2 * x\n")


@malformed("ran")
def hidden_in_utf_7(folder: Path, world: World) -> None:
    """Code inside a comment, which the declared encoding turns into a line of its own."""
    _bytes(folder, b'# coding: utf-7\n# harmless +AAo-print("RAN")\ndef double(x):\n    return x * 0\n')


@malformed("ran")
def hidden_in_escapes(folder: Path, world: World) -> None:
    """The same by way of the encoding unicode_escape."""
    _bytes(folder, b'# coding: unicode_escape\n# harmless \\nprint("RAN")\ndef double(x):\n    return x * 0\n')


@malformed("crashed")
def deep_brackets(folder: Path, world: World) -> None:
    """A hundred thousand brackets."""
    _bytes(folder, b"(" * 100_000)


@malformed("crashed")
def deep_signs(folder: Path, world: World) -> None:
    """A hundred thousand signs before a number."""
    _bytes(folder, b"x = " + b"-" * 100_000 + b"1\n")


@malformed("crashed")
def deep_attributes(folder: Path, world: World) -> None:
    """An attribute of an attribute of an attribute."""
    _bytes(folder, b"x = a" + b".a" * 100_000 + b"\n")


@malformed("crashed")
def deep_blocks(folder: Path, world: World) -> None:
    """More blocks inside each other than Python allows."""
    _bytes(folder, b"".join(b" " * n + b"if 1:\n" for n in range(150)))


@malformed("crashed")
def long_chain(folder: Path, world: World) -> None:
    """A sum of a hundred thousand numbers, which nests as deeply."""
    _bytes(folder, b"x = " + b"1+" * 100_000 + b"1\n")


@malformed("crashed")
def huge_number(folder: Path, world: World) -> None:
    """A number of a million digits, which takes quadratic time to read."""
    _bytes(folder, b"x = " + b"9" * 1_000_000 + b"\n")


@malformed("large")
def huge_file(folder: Path, world: World) -> None:
    """A file of 2 GB with nothing in it."""
    with (folder / "sealed.py").open("wb") as file:
        file.truncate(2 * 1024 * MEGABYTE)


@malformed("leaked")
def link_to_a_secret(folder: Path, world: World) -> None:
    """A link to the hidden tests."""
    (folder / "sealed.py").symlink_to(world.secret)


@malformed("leaked")
def link_upwards(folder: Path, world: World) -> None:
    """A relative link that climbs to the root and down again."""
    (folder / "sealed.py").symlink_to("../" * 20 + str(world.secret).lstrip("/"))


@malformed("leaked")
def link_to_the_neighbours_folder(folder: Path, world: World) -> None:
    """A folder inside that is a link to somebody else's."""
    (folder / "mine").symlink_to(world.neighbour)


@malformed("leaked")
def is_the_neighbours_folder(folder: Path, world: World) -> None:
    """The student's own folder is a link to somebody else's."""
    folder.rmdir()
    folder.symlink_to(world.neighbour)


@malformed("crashed")
def dangling_link(folder: Path, world: World) -> None:
    """A link to what is not there."""
    (folder / "sealed.py").symlink_to("/nowhere/at/all")


@malformed("crashed")
def link_to_itself(folder: Path, world: World) -> None:
    """A link to itself."""
    (folder / "sealed.py").symlink_to("sealed.py")


@malformed("hung")
def link_to_zeros(folder: Path, world: World) -> None:
    """A link to a device that never ends."""
    (folder / "sealed.py").symlink_to("/dev/zero")


@malformed("hung")
def link_to_a_terminal(folder: Path, world: World) -> None:
    """A FIFO behind a link."""
    os.mkfifo(folder / "pipe")
    (folder / "sealed.py").symlink_to("pipe")


@malformed("hung")
def fifo(folder: Path, world: World) -> None:
    """A FIFO, which waits for a writer for ever."""
    os.mkfifo(folder / "sealed.py")


@malformed("crashed")
def unix_socket(folder: Path, world: World) -> None:
    """A socket."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)  # the path of a socket is short
        socket.socket(socket.AF_UNIX).bind("sealed.py")
    finally:
        os.fchdir(here)
        os.close(here)


@malformed("hung", for_root=True)
def device(folder: Path, world: World) -> None:
    """A device that never ends."""
    os.mknod(folder / "sealed.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))


@malformed("crashed")
def directory(folder: Path, world: World) -> None:
    """A folder called like the file."""
    (folder / "sealed.py").mkdir()


@malformed("crashed")
def folder_in_itself(folder: Path, world: World) -> None:
    """A folder that holds a link to itself, and a broken file that is found again and again."""
    (folder / "loop").symlink_to(".")
    _bytes(folder, b"\xff", "other.py")


@malformed("crashed")
def too_many_files(folder: Path, world: World) -> None:
    """Six thousand files, the last of them broken."""
    for number in range(6000):
        (folder / f"f{number}.py").touch()
    _bytes(folder, b"\xff", "zzz.py")


@malformed("ran", earns=7.0)
def shadows_a_module(folder: Path, world: World) -> None:
    """An honest file, and beside it modules with the names of the standard library's."""
    _bytes(folder, HONEST.encode())
    for name in ("colorsys", "sitecustomize", "conftest"):
        _bytes(folder, RAN.encode(), f"{name}.py")


@malformed("ran", earns=7.0)
def poisoned_byte_code(folder: Path, world: World) -> None:
    """An honest source, and beside it byte code that is taken for the compiled source and does something else."""
    import importlib.util
    import marshal
    import sys

    _bytes(folder, HONEST.encode())
    (folder / "__pycache__").mkdir()
    code = marshal.dumps(compile(RAN, "sealed.py", "exec"))
    unchecked = importlib.util.MAGIC_NUMBER + struct.pack("<I", 1) + bytes(8)
    (folder / "__pycache__" / f"sealed.{sys.implementation.cache_tag}.pyc").write_bytes(unchecked + code)


@malformed("large")
def zip_bomb(folder: Path, world: World) -> None:
    """A small zip that unpacks to 100 MB."""
    _zip(folder, ("sealed.py", bytes(100 * MEGABYTE), FILE))


@malformed("large")
def zip_bomb_of_many(folder: Path, world: World) -> None:
    """A small zip of many files that are 100 MB together, each of them harmless."""
    _zip(folder, *((f"part{number}.txt", bytes(4 * MEGABYTE), FILE) for number in range(25)))


@malformed("large")
def zip_in_a_zip(folder: Path, world: World) -> None:
    """A zip bomb inside a zip."""
    inner = folder / "inner.zip"
    _zip(folder, ("sealed.py", bytes(100 * MEGABYTE), FILE), name="inner.zip")
    _zip(folder, ("inner.zip", inner.read_bytes(), FILE))
    inner.unlink()


@malformed("escaped")
def zip_that_climbs(folder: Path, world: World) -> None:
    """A zip whose file climbs out of its folder."""
    _zip(folder, ("../" * 30 + str(world.outside).lstrip("/") + "/sealed.py", HONEST.encode(), FILE))


@malformed("escaped")
def zip_with_an_absolute_name(folder: Path, world: World) -> None:
    """A zip whose file starts at the root."""
    _zip(folder, (f"{world.outside}/sealed.py", HONEST.encode(), FILE))


@malformed("escaped")
def zip_with_backslashes(folder: Path, world: World) -> None:
    r"""A zip whose file climbs with \\, as on Windows."""
    name = "..\\" * 30 + str(world.outside).lstrip("/").replace("/", "\\") + "\\sealed.py"
    _zip(folder, (name, HONEST.encode(), FILE))


@malformed("escaped", earns=7.0)
def zip_through_a_link(folder: Path, world: World) -> None:
    """A zip with a link to a folder outside, and a file that goes through it: read in memory, it is only a name."""
    _zip(folder, ("way", str(world.outside).encode(), LINK), ("way/sealed.py", HONEST.encode(), FILE))


@malformed("leaked")
def zip_with_a_link(folder: Path, world: World) -> None:
    """A zip whose file is a link to the hidden tests."""
    _zip(folder, ("sealed.py", str(world.secret).encode(), LINK))


@malformed("crashed")
def encrypted_zip(folder: Path, world: World) -> None:
    """A zip that says it is encrypted."""
    _zip(folder, ("sealed.py", HONEST.encode(), FILE))
    data = bytearray((folder / "sealed.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    (folder / "sealed.zip").write_bytes(data)


@malformed("crashed")
def damaged_zip(folder: Path, world: World) -> None:
    """A zip with some of its bytes changed."""
    _zip(folder, ("sealed.py", HONEST.encode() * 3, FILE))
    data = bytearray((folder / "sealed.zip").read_bytes())
    data[60:100] = bytes(40)
    (folder / "sealed.zip").write_bytes(data)


@malformed("crashed")
def zip_that_lies(folder: Path, world: World) -> None:
    """A zip whose directory says that a large file is small."""
    _zip(folder, ("sealed.py", b"#" * MEGABYTE, FILE))
    data = bytearray((folder / "sealed.zip").read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 10)
    (folder / "sealed.zip").write_bytes(data)


@malformed("crashed")
def no_zip(folder: Path, world: World) -> None:
    """Random bytes called zip."""
    _bytes(folder, b"PK\x05\x06" + b"\xff" * 500, "sealed.zip")


@malformed("crashed")
def zip_of_endless_folders(folder: Path, world: World) -> None:
    """A zip of a hundred kilobytes with a path of thirty thousand folders, all of whose beginnings take gigabytes."""
    _zip(folder, ("a/" * 30_000 + "sealed.py", HONEST.encode(), FILE))


@malformed("escaped")
def tar_that_climbs(folder: Path, world: World) -> None:
    """A tar whose file climbs out of its folder."""
    with tarfile.open(folder / "sealed.tar", "w") as archive:
        info = tarfile.TarInfo("../" * 30 + str(world.outside).lstrip("/") + "/sealed.py")
        info.size = len(HONEST)
        archive.addfile(info, io.BytesIO(HONEST.encode()))


@malformed("crashed")
def notebook_that_is_no_json(folder: Path, world: World) -> None:
    """A notebook that breaks off."""
    _bytes(folder, b'{"cells": [{"cell_type": "code", "source": "', "sealed.ipynb")


@malformed("crashed")
def deep_notebook(folder: Path, world: World) -> None:
    """A notebook of a hundred thousand lists inside each other."""
    _bytes(folder, b"[" * 100_000 + b"]" * 100_000, "sealed.ipynb")


@malformed("crashed")
def notebook_without_cells(folder: Path, world: World) -> None:
    """A notebook that is a number."""
    _bytes(folder, b"3", "sealed.ipynb")


@malformed("crashed")
def notebook_of_strange_cells(folder: Path, world: World) -> None:
    """A notebook whose cells hold numbers, objects and null where text is due."""
    _notebook(folder, 3, None, {"a": 1}, [["b"]], "\0")


@malformed("crashed")
def notebook_of_half_a_character(folder: Path, world: World) -> None:
    """A notebook with half of a surrogate pair in a cell."""
    _notebook(folder, "x = '\ud800'\ndef double(x): return 2 * x")


@malformed("crashed")
def notebook_of_a_huge_number(folder: Path, world: World) -> None:
    """A notebook whose JSON holds a number of a hundred thousand digits."""
    _bytes(folder, b'{"cells": [], "nbformat": ' + b"9" * 100_000 + b"}", "sealed.ipynb")


@malformed("ran", earns=7.0)
def notebook_with_commands(folder: Path, world: World) -> None:
    """An honest notebook with shell commands between the cells."""
    _notebook(folder, "!echo RAN", "%run evil.py\n!echo RAN", HONEST)
