"""What the zygote may see: the command line of bubblewrap, made from what torch and numpy need and nothing else."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

RUNTIME = "/runtime"
PACKAGES = "/packages"
ENTRANCES = ("zygote", "selftest")
DISTRIBUTIONS = ("torch", "numpy", "msgpack")
DEVICES = ("null", "zero", "full", "random", "urandom")
ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin",
    "PYTHONHASHSEED": "0",
    "TMPDIR": "/tmp",
}
START = f"import sys; sys.path += ['{RUNTIME}', '{PACKAGES}']; from convclass.sandbox.zygote import main; main()"


class SandboxUnavailable(Exception):  # noqa: N818 - a state of the machine
    """This machine cannot run the sandbox; the text names the cause and the remedy."""


def jail_command(code: str = START, *, nesting: bool = True, more: Iterable[str] = ()) -> list[str]:
    """The command that runs `code`, the zygote, in the jail. Raises SandboxUnavailable without bubblewrap.

    With `nesting` the zygote may make namespaces for its children. `more` are arguments of bubblewrap's that let in
    what work on a device needs.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable("bubblewrap is not installed; type: apt install bubblewrap")
    return [bwrap, *_namespaces(nesting), *_environment(), *_file_system(more), "--", *interpreter(code)]


def interpreter(code: str) -> list[str]:
    """The command that runs `code` in this interpreter, without site-packages and the user's settings."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    python = base if base.exists() else Path(sys.executable).resolve()
    return [str(python), "-s", "-S", "-P", "-B", "-c", code]


def readable_in_jail() -> tuple[str, ...]:
    """The folders and files that a child may read."""
    devices = (f"/dev/{name}" for name in DEVICES)
    return ("/usr", "/lib", "/lib64", "/etc", sys.base_prefix, PACKAGES, *devices)


def writable_in_jail() -> tuple[str, ...]:
    """The folders and files that a child may write: its own empty ones."""
    return ("/tmp", "/dev/shm", "/dev/null")


def _namespaces(nesting: bool) -> list[str]:
    """CAP_SYS_ADMIN inside its own user namespace lets the zygote make namespaces for its children."""
    return [
        "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
        "--as-pid-1",  # so that the kernel ends every child with the zygote, whatever ends the zygote
        "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--new-session",
        "--cap-drop", "ALL", *(("--cap-add", "CAP_SYS_ADMIN") if nesting else ()),
    ]  # fmt: skip


def _environment() -> Iterator[str]:
    yield "--clearenv"
    for name, value in ENVIRONMENT.items():
        yield from ("--setenv", name, value)


def _file_system(more: Iterable[str]) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in ("bin", "lib", "lib64", "lib32"):
        yield from _library_folder(Path("/") / name)
    for name in ("ld.so.cache", "localtime"):
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        yield from ("--ro-bind", sys.base_prefix, sys.base_prefix)
    for folder in installed_for_all():
        yield from ("--tmpfs", str(folder), "--remount-ro", str(folder))
    yield from ("--proc", "/proc", "--dir", "/dev/shm", "--tmpfs", "/tmp")
    for name in DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    for path in package_paths():
        yield from ("--ro-bind", str(path), f"{PACKAGES}/{path.name}")
    here = Path(__file__).parent
    for name in untrusted_modules():
        yield from ("--ro-bind", str(here / f"{name}.py"), f"{RUNTIME}/convclass/sandbox/{name}.py")
    yield from more
    yield from ("--remount-ro", "/")


def untrusted_modules() -> tuple[str, ...]:
    """The modules of this package that run in the jail: those it is entered by, and all that these import of it."""
    found: set[str] = set()
    waiting = list(ENTRANCES)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imported((Path(__file__).parent / f"{name}.py").read_text("utf-8"))
    return tuple(sorted(found))


def _imported(source: str) -> Iterator[str]:
    """The modules of this package that a source imports, also inside its functions."""
    package = __package__ or ""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            yield (node.module or "").removeprefix(f"{package}.")


def installed_for_all() -> Iterator[Path]:
    """The interpreter's own package folders: covered, for the course may be installed there."""
    places = [Path(sys.base_prefix) / "lib", Path("/usr/lib"), Path("/usr/local/lib")]
    for place in dict.fromkeys(places):
        for name in ("site-packages", "dist-packages"):
            yield from (folder for folder in place.glob(f"python3*/{name}") if folder.is_dir())


def _library_folder(path: Path) -> tuple[str, ...]:
    """/lib is a link into /usr on today's systems and a folder on older ones."""
    if path.is_symlink():
        return ("--symlink", str(path.readlink()), str(path))
    return ("--ro-bind", str(path), str(path)) if path.is_dir() and path.name != "bin" else ()


def package_paths() -> list[Path]:
    """The folders and files of torch, numpy, msgpack and of everything that these require."""
    found: dict[str, Path] = {}
    for name in _required(DISTRIBUTIONS):
        for path in _installed(name):
            found.setdefault(path.name, path)
    return list(found.values())


def _required(names: tuple[str, ...]) -> list[str]:
    """The distributions with all their requirements that are installed, without the optional ones."""
    known: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in known:
            continue
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        known[name] = None
        needed = (text for text in requirements if "extra ==" not in text)
        waiting += [match[0] for text in needed if (match := re.match(r"[\w.-]+", text))]
    return list(known)


def _installed(name: str) -> Iterator[Path]:
    """The top-level folders and files of a distribution, without its metadata and scripts."""
    distribution = importlib.metadata.distribution(name)
    record = distribution.read_text("RECORD")
    if record is None:
        module = importlib.util.find_spec(name)
        yield from (Path(place) for place in (module and module.submodule_search_locations) or [])
        return
    tops = dict.fromkeys(re.split(r"[/,]", line, maxsplit=1)[0].strip('"') for line in record.splitlines())
    for top in tops:
        path = Path(str(distribution.locate_file(top)))
        if top not in ("", "..", "__pycache__") and not top.endswith((".dist-info", ".pth")) and path.exists():
            yield path
