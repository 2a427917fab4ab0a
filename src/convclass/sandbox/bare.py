"""What a zygote needs without bubblewrap: the command that starts it, and what its children may read."""

from __future__ import annotations

import stat
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from convclass.sandbox.jail import DEVICES, installed_for_all, interpreter, package_paths

USERS = (1 << 30, 1 << 22)  # no system gives out numbers this high; the count is the most processes that Linux numbers
LIBRARIES = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/lib", "/lib32", "/lib64")
FILES = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")


def bare_command() -> list[str]:
    """The command that runs the zygote on this machine as it is; it imports what is listed and nothing else."""
    places = {_module(path): str(path.parent) for path in package_paths()}
    source = str(Path(__file__).parents[2])
    enter = f"from convclass.sandbox import finder; sys.path.pop(); finder.install({places | {'convclass': source}!r})"
    return interpreter(
        f"import sys; sys.path.append({source!r}); {enter}; from convclass.sandbox.zygote import main; main()"
    )


def readable_outside() -> tuple[str, ...]:
    """The folders and files that a child may read: libraries, Python, torch and numpy, and no other package."""
    libraries = dict.fromkeys((*LIBRARIES, str(Path(sys.base_prefix) / "lib")))
    found = [str(part) for folder in libraries for part in _without_packages(Path(folder))]
    devices = [f"/dev/{name}" for name in DEVICES]
    return tuple(dict.fromkeys([*found, *FILES, *devices, *(str(path) for path in package_paths())]))


def writable_outside() -> tuple[str, ...]:
    """No folder: what a child leaves behind, the next would find."""
    return ("/dev/null",)


def users() -> tuple[int, int]:
    """The first of the users that children become, and how many there are; fewer where this process has not that many.

    A child takes the one of its own process number, so that no two of this machine are the same at a time.
    """
    first, count = USERS
    ids = _mapped_ids()
    if any(start <= first and first + count <= start + length for start, length in ids):
        return USERS
    start, length = max(ids, key=lambda place: place[1], default=(0, 0))
    count = min(4096, length // 4)  # a container of 65536 users: the last of them, which nobody else is given
    return (start + length - count, count) if count else (0, 0)


def closed_to_others() -> str:
    """The first folder or file that another user may not read and needs for Python, torch and numpy, or ""."""
    for path in (Path(sysconfig.get_path("stdlib")), *package_paths()):
        place = path.resolve()
        for folder in reversed(place.parents):
            if not folder.stat().st_mode & stat.S_IXOTH:
                return str(folder)
        if not place.stat().st_mode & stat.S_IROTH:
            return str(place)
    return ""


def _module(path: Path) -> str:
    return path.name.split(".")[0]


def _without_packages(folder: Path) -> Iterator[Path]:
    """The folder, or its parts where packages for all are installed below it."""
    hidden = {place.resolve() for place in installed_for_all()}
    if not folder.is_dir() or folder.resolve() in hidden:
        return
    if not any(place.is_relative_to(folder.resolve()) for place in hidden):
        yield folder
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            yield from _without_packages(entry)
        else:
            yield entry


def _mapped_ids() -> list[tuple[int, int]]:
    try:
        lines = Path("/proc/self/uid_map").read_text().splitlines()
    except OSError:
        return []
    return [(int(line.split()[0]), int(line.split()[2])) for line in lines]
