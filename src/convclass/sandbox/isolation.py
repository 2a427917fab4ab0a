"""What this machine offers to keep student code in: each layer is tried out, and the level follows from what works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from convclass.sandbox.bare import closed_to_others, users
from convclass.sandbox.cgroup import make_cgroup
from convclass.sandbox.container import recognised
from convclass.sandbox.jail import RUNTIME, SandboxUnavailable, interpreter, jail_command
from convclass.sandbox.syscalls import compiled_filter

DELEGATION = "run as root, or under systemd-run --user --scope -p Delegate=yes"
LEVELS = {
    "A": "all layers, with a control group around them",
    "B": "own namespaces, no control group or no Landlock",
    "C": "root without namespaces: a user for each child, Landlock, seccomp and limits",
    "D": "Landlock, seccomp and limits only",
    "E": "nothing that could hold student code",
}
# Where Linux says why nobody may make user namespaces: a file, what it holds then, and what to type.
_FORBIDDEN_BY = (
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=10000"),
)
ANY_NAMESPACES_REMEDY = (
    "sysctl -w kernel.unprivileged_userns_clone=1 (Debian), "
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"
)
_CONTAINER_REMEDY = "grade outside the container, or start it with --privileged"
_SHORT = {
    "namespaces": "no namespaces",
    "landlock": "no Landlock",
    "cgroups": "no control group",
    "seccomp": "no seccomp",
    "rlimits": "no limits",
}
TRUSTED = "E, trusted"
_TRIES = 3
_BY_SIGNAL = 128  # what bubblewrap adds the signal to that ended its child


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

    def works(self, name: str) -> bool:
        """Whether the layer of that name works."""
        return any(layer.name == name and layer.works for layer in self.layers)

    @property
    def next_level(self) -> str:
        """The next better level that this machine could have, in words; "" at the best."""
        return {"A": "", "B": "A", "C": "B, or A as root", "D": "B", "E": "D, or C as root"}[self.level]

    @property
    def in_the_way(self) -> tuple[Layer, ...]:
        """The layers that the next better level needs and that do not work."""
        return tuple(layer for layer in self.layers if not layer.works and layer.name in _needed_above(self.level))

    def refusal(self, least: str) -> str:
        """Why nothing is graded here when `least` is asked for, and how to go on: one line."""
        found = "; ".join(f"{layer.name}: {layer.detail}" for layer in self.in_the_way)
        remedies = "; ".join(dict.fromkeys(layer.remedy for layer in self.in_the_way if layer.remedy))
        anyway = "--trust-submissions" if self.level == "E" else f"--min-isolation {self.level}"
        return (
            f"this machine reaches isolation level {self.level} and {least} is asked for ({found}); "
            f"type: {remedies}; or go on with {anyway} as it is; `convclass doctor` explains the levels"
        )


def record(level: str, isolation: Isolation, grouped: bool) -> str:
    """What a result says: the level, and the layers that were not there; `grouped` with a control group around."""
    if level == "E":
        return TRUSTED
    used = {layer.name for layer in isolation.layers if layer.works and layer.name != "cgroups"}
    used |= {"cgroups"} if grouped else set()
    return ", ".join([level, *(words for name, words in _SHORT.items() if name not in used)])


def probe(outside: bool = False) -> Isolation:
    """Try every layer out on this machine; takes well under a second and leaves nothing behind.

    `outside` leaves bubblewrap and namespaces out, on purpose. Raises SandboxUnavailable when it is kept from trying.
    """
    program = _filter_text()
    layers = [_bubblewrap()]
    names = ("namespaces", "landlock", "seccomp", "rlimits")
    inside = {"namespaces": "left out on purpose"} if outside else _selftest(_jailed(program), names)
    if problem := inside.get("namespaces", ""):
        inside = _selftest(_bare(program), ("landlock", "truncation", "seccomp", "rlimits", "users"))
    layers.append(_layer("namespaces", {"namespaces": problem}, "own user, pid, mount, ipc and net namespaces"))
    layers += [
        _layer("landlock", inside, "only named folders can be opened"),
        _layer("seccomp", inside, "no fork, exec or socket"),
        _layer("rlimits", inside, "memory and file sizes are limited"),
    ]
    if problem:
        layers += [_layer("truncation", inside, "forbidden files cannot be emptied either"), _users(inside)]
    layers.append(_cgroups())
    return Isolation(level_of({layer.name for layer in layers if layer.works}), tuple(layers))


def level_of(working: set[str]) -> str:
    """The level that follows from the names of the layers that work."""
    if not {"seccomp", "rlimits"} <= working:
        return "E"
    if {"bubblewrap", "namespaces"} <= working:
        return "A" if {"landlock", "cgroups"} <= working else "B"
    if "landlock" not in working:
        return "E"
    if "users" in working:
        return "C"
    return "D" if "truncation" in working else "E"


def _needed_above(level: str) -> tuple[str, ...]:
    """The layers that make the difference to the next better level that this machine could have."""
    if level == "E":
        return ("seccomp", "rlimits", "landlock", "truncation")
    if level == "B":
        return ("cgroups", "landlock")
    own_users = ("users",) if level == "D" and os.geteuid() == 0 else ()
    return ("bubblewrap", "namespaces", *own_users)


def _bubblewrap() -> Layer:
    path = shutil.which("bwrap")
    return Layer("bubblewrap", path is not None, path or "not installed", "" if path else "apt install bubblewrap")


def _layer(name: str, found: dict[str, str], works: str) -> Layer:
    problem = found.get(name, "could not be tried")
    return Layer(name, False, problem, _remedy(name)) if problem else Layer(name, True, works)


def _remedy(name: str) -> str:
    return {
        "namespaces": namespaces_remedy(),
        "landlock": "a kernel of 5.13 or newer with lsm=landlock",
        "truncation": "a kernel of 6.2 or newer",
        "seccomp": "apt install libseccomp2; pip install pyseccomp",
        "rlimits": "ulimit -H must not be lower than needed",
    }[name]


def namespaces_remedy() -> str:
    """What to type so that user namespaces can be made here, as far as Linux says what forbids them."""
    found = [remedy for path, forbids, remedy in _FORBIDDEN_BY if _content(path) == forbids]
    if not found and recognised():
        return _CONTAINER_REMEDY
    return "; ".join(found) or ANY_NAMESPACES_REMEDY


def _content(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _users(found: dict[str, str]) -> Layer:
    problem = found.get("users", "could not be tried")
    closed = "" if problem else closed_to_others()
    if closed:
        problem, remedy = f"another user may not enter {closed}", f"chmod a+rx {closed}, or a Python elsewhere"
        return Layer("users", False, problem, remedy)
    if problem:
        return Layer("users", False, problem, "run as root, with the capabilities SETUID, SETGID and KILL")
    return Layer("users", True, "every child is a user of its own")


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


def jail_alone_works() -> bool:
    """Whether bubblewrap starts where its inhabitants can make no namespaces of their own."""
    try:
        command = jail_command(_selftest_code(RUNTIME), nesting=False)
    except SandboxUnavailable:
        return False
    return not _selftest([*command, "", "0"], ("rlimits",))["rlimits"]


def _jailed(program: str) -> list[str] | None:
    try:
        return [*jail_command(_selftest_code(RUNTIME)), program, "0"]
    except SandboxUnavailable:
        return None


def _bare(program: str) -> list[str]:
    user = str(users()[0])
    return [*interpreter(_selftest_code(str(Path(__file__).parents[2]))), program, user]


def _selftest_code(folder: str) -> str:
    return f"import sys; sys.path.append({folder!r}); from convclass.sandbox.selftest import main; main()"


def _selftest(command: list[str] | None, layers: tuple[str, ...]) -> dict[str, str]:
    """What the self-test printed; every layer's problem is the same when it could not run.

    Raises SandboxUnavailable when it is ended from outside again and again: that says nothing of the layers, and must
    not make the level look weaker.
    """
    if command is None:
        return dict.fromkeys(layers, "bubblewrap is not installed")
    for _ in range(_TRIES):
        try:
            done = subprocess.run([*command, *layers], capture_output=True, text=True, timeout=30)
        except subprocess.TimeoutExpired:
            continue
        except OSError as error:
            return dict.fromkeys(layers, str(error))
        if 0 <= done.returncode < _BY_SIGNAL:
            return _printed(done, layers)
    raise SandboxUnavailable("the layers could not be tried out: the self-test was ended by a signal, or too slow")


def _printed(done: subprocess.CompletedProcess[str], layers: tuple[str, ...]) -> dict[str, str]:
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        lines = done.stderr.strip().splitlines()
        return dict.fromkeys(layers, lines[-1] if lines else str(error))
    return {str(layer): str(problem) for layer, problem in found.items()}
