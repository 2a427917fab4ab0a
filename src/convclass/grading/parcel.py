"""What a worker on another machine needs of a course, as one zip that is named by its hash. Needs no Dask."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from convclass.course import Assignment, CourseError
from convclass.lms.archive import packed

_LEFT_OUT = {"sample_class", "sample_class.toml", "__pycache__"}


def parcel(assignment: Assignment) -> bytes:
    """The hidden material and the public tests of one assignment; the same bytes wherever the files are the same."""
    found = [path for path in sorted(assignment.autograder.rglob("*")) if path.is_file() and _travels(path, assignment)]
    public = assignment.released / "test_public.py"
    files = {str(path.relative_to(assignment.course)): path.read_bytes() for path in found}
    if public.is_file():
        files[str(public.relative_to(assignment.course))] = public.read_bytes()
    return packed(files)


def unpacked(sha256: str, fetch: Callable[[], bytes]) -> Path:
    """The course of the parcel `sha256` on this machine; `fetch` is called for its bytes when it is not here yet.

    It lies in a folder for this user alone, below the folder for temporary files. Raises CourseError when that cannot
    be had, or when the bytes are not those of the parcel.
    """
    try:
        with _alone(_private_folder()) as cache:
            course = cache / sha256
            if not course.is_dir():
                _unpack(fetch(), sha256, course)
            return course
    except OSError as error:
        raise CourseError(f"{error.filename}: the course cannot be kept here ({error.strerror}); set TMPDIR") from None


def _travels(path: Path, assignment: Assignment) -> bool:
    return not _LEFT_OUT.intersection(path.relative_to(assignment.autograder).parts)


def _private_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"convclass-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        # Anybody may make a folder of this name in /tmp; then they could read or change what is put there.
        raise CourseError(f"{folder}: is not a folder of this user alone; remove it, or set TMPDIR")
    return folder


@contextmanager
def _alone(cache: Path) -> Iterator[Path]:
    """One process of this machine at a time, so that what one of them fetches, the others find."""
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield cache


def _unpack(content: bytes, sha256: str, course: Path) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CourseError(f"the course that came is not the one that was sent ({sha256[:12]}); grade again")
    with tempfile.TemporaryDirectory(dir=course.parent, prefix=".new-") as new:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(Path(new) / "course")
        (Path(new) / "course").rename(course)
