"""What this machine offers to keep student code in: each layer is tried out, and the level follows from what works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from convclass.sandbox.cgroup import make_cgroup
from convclass.sandbox.jail import RUNTIME, SandboxUnavailable, interpreter, jail_command
from convclass.sandbox.syscalls import compiled_filter

NAMESPACES_REMEDY = (
    "sysctl -w kernel.unprivileged_userns_clone=1 (Debian), "
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container: --privileged, or outside it"
)
DELEGATION = "run as root, or under systemd-run --user --scope -p Delegate=yes"
LEVELS = {
    "A": "all layers, with a control group around them",
    "B": "own namespaces, no control group or no Landlock",
    "C": "root without namespaces: Landlock, seccomp and limits",
    "D": "Landlock, seccomp and limits only",
    "E": "nothing that could hold student code",
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of protection: whether it works here, what was found, and what to type when it does not."""

    name: str
    works: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Isolation:
    """The level from A (best) to E (none), and the layers that it follows from."""

    level: str
    layers: tuple[Layer, ...]

    @property
    def words(self) -> str:
        """The level in a few words."""
        return LEVELS[self.level]


def probe() -> Isolation:
    """Try every layer out on this machine; takes well under a second and leaves nothing behind."""
    program = _filter_text()
    found = _selftest(_jailed(program), ("namespaces", "landlock", "seccomp", "rlimits"))
    if found.get("namespaces"):
        found |= _selftest(_bare(program), ("landlock", "seccomp", "rlimits"))
    layers = (
        _bubblewrap(),
        _layer("namespaces", found, "own user, pid, mount, ipc and net namespaces", NAMESPACES_REMEDY),
        _layer("landlock", found, "only named folders can be opened", "a kernel of 5.13 or newer with lsm=landlock"),
        _layer("seccomp", found, "no fork, exec or socket", "apt install libseccomp2; pip install pyseccomp"),
        _layer("rlimits", found, "memory and file sizes are limited", "ulimit -H must not be lower than needed"),
        _cgroups(),
    )
    return Isolation(level_of({layer.name for layer in layers if layer.works}, os.geteuid() == 0), layers)


def level_of(working: set[str], root: bool) -> str:
    """The level that follows from the names of the layers that work."""
    if not {"seccomp", "rlimits"} <= working:
        return "E"
    if {"bubblewrap", "namespaces"} <= working:
        return "A" if {"landlock", "cgroups"} <= working else "B"
    if "landlock" not in working:
        return "E"
    return "C" if root else "D"


def _bubblewrap() -> Layer:
    path = shutil.which("bwrap")
    return Layer("bubblewrap", path is not None, path or "not installed", "" if path else "apt install bubblewrap")


def _layer(name: str, found: dict[str, str], works: str, remedy: str) -> Layer:
    problem = found.get(name, "could not be tried")
    return Layer(name, False, problem, remedy) if problem else Layer(name, True, works)


def _cgroups() -> Layer:
    group = make_cgroup(2**30)
    if group is None:
        return Layer("cgroups", False, "no group can be made", DELEGATION)
    group.remove()
    return Layer("cgroups", True, "memory and processes of all children together are limited")


def _filter_text() -> str:
    try:
        return compiled_filter().hex()
    except (ImportError, OSError, RuntimeError):
        return ""


def _jailed(program: str) -> list[str] | None:
    code = f"import sys; sys.path.append('{RUNTIME}'); from convclass.sandbox.selftest import main; main()"
    try:
        return [*jail_command(code), program]
    except SandboxUnavailable:
        return None


def _bare(program: str) -> list[str]:
    source = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.append({source!r}); from convclass.sandbox.selftest import main; main()"
    return [*interpreter(code), program]


def _selftest(command: list[str] | None, layers: tuple[str, ...]) -> dict[str, str]:
    """What the self-test printed; every layer's problem is the same when it did not run."""
    if command is None:
        return dict.fromkeys(layers, "bubblewrap is not installed")
    try:
        done = subprocess.run([*command, *layers], capture_output=True, text=True, timeout=30)
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        lines = done.stderr.strip().splitlines() if isinstance(error, ValueError) else []
        return {layer: lines[-1] if lines else str(error) for layer in layers}
    return {str(layer): str(problem) for layer, problem in found.items()}
