"""Wheels for an environment elsewhere that grades as this one does: the same versions, on Linux without a GPU."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import convclass
from convclass.course import CourseError
from convclass.lms.archive import packed

if TYPE_CHECKING:
    from packaging.requirements import Requirement

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_OLDEST_GLIBC, _NEWEST_GLIBC = 5, 35  # 2.35 is that of Ubuntu 22.04
_TARGET = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{PYTHON}.0",
    "python_version": PYTHON,
    "sys_platform": "linux",
}
# What torch asks for besides where it was built for a GPU.
_FOR_GPUS = re.compile(r"nvidia-|cuda-|triton|pytorch-triton")


def requirements() -> dict[str, str]:
    """All that convclass needs, itself left out, by name: the pin to the version that is installed here.

    What this system does not need and the other does is asked for as the one that needs it asks.
    """
    pins: dict[str, str] = {}
    waiting = list(_needed("convclass", ("",)))
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in pins or _FOR_GPUS.match(name):
            continue
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pins[name] = f"{name}{requirement.specifier}"
            continue
        pins[name] = f"{name}=={installed.partition('+')[0]}"
        waiting += _needed(name, ("", *requirement.extras))
    return dict(sorted(pins.items()))


def _needed(name: str, extras: tuple[str, ...]) -> Iterator[Requirement]:
    from packaging.requirements import Requirement

    for text in importlib.metadata.requires(name) or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**_TARGET, "extra": extra}) for extra in extras):
            yield requirement


def download(pins: Mapping[str, str]) -> dict[str, bytes]:
    """The wheels of these pins for Linux, by file name. Raises CourseError when pip cannot get them."""
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
    platforms += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]
    index = ("--extra-index-url", CPU_INDEX) if "torch" in pins else ()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON, "--dest", folder, *index,
            *(word for platform in platforms for word in ("--platform", platform)), *pins.values(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["pip said nothing"]
            raise CourseError(f"the wheels cannot be had ({lines[-1]}); go online, or leave them out: --wheels own")
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def own_wheel() -> tuple[str, bytes]:
    """The name and bytes of a wheel of the convclass that runs here, to the byte the same for the same files."""
    about = importlib.metadata.distribution("convclass")
    info = f"convclass-{about.version}.dist-info"
    files = {f"{info}/{name}": (about.read_text(name) or "").encode() for name in ("METADATA", "entry_points.txt")}
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: convclass\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files |= dict(_own_files())
    files[f"{info}/RECORD"] = _record(files, info)
    return f"convclass-{about.version}-py3-none-any.whl", packed(files)


def _own_files() -> Iterator[tuple[str, bytes]]:
    package = Path(convclass.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(package.parent).as_posix(), path.read_bytes()


def _record(files: Mapping[str, bytes], info: str) -> bytes:
    """The list of a wheel's files as PEP 376 has it: path, hash, size."""
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
