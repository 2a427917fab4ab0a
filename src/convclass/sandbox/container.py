"""Whether this process runs inside a container, by the signs that the container's maker leaves."""

from __future__ import annotations

from pathlib import Path

_CGROUPS = ("docker", "kubepods", "containerd", "libpod", "lxc", "ecs")


def recognised(root: Path = Path("/")) -> str:
    """The container that this machine is, and the sign that says so, or "". `root` stands for / in tests."""
    if all((root / "autograder" / name).exists() for name in ("run_autograder", "submission")):
        return "Gradescope (/autograder)"
    for kind, sign in (("docker", ".dockerenv"), ("podman", "run/.containerenv")):
        if (root / sign).exists():
            return f"{kind} (/{sign})"
    for variable in _text(root / "proc/1/environ").split("\0"):
        if variable.startswith("container=") and len(variable) > len("container="):
            return f"{variable.partition('=')[2]} (container= in the environment of process 1)"
    found = next((word for word in _CGROUPS if word in _text(root / "proc/1/cgroup")), "")
    return f"{found} (/proc/1/cgroup)" if found else ""


def default_least() -> str:
    """The weakest isolation level that is accepted when none is asked for: C inside a container, else B."""
    return "C" if recognised() else "B"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
