"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from bench.peers import Venv


def describe(venvs: dict[str, Venv]) -> dict[str, str]:
    """The machine, and the version of each package named, as installed in its environment."""
    about = {
        "cpu": _cpu_model(),
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "torch": version("torch"),
        "pytest": version("pytest"),
    }
    return about | {package: _version(venv, package) for package, venv in venvs.items()}


def load() -> float:
    """How many processes were running or waiting on average over the last minute."""
    return os.getloadavg()[0]


def _version(venv: Venv, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([venv / "python", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
