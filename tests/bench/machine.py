"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.figures import Machine
from bench.peers import Venv

from convclass.sandbox.isolation import probe

ROOT = Path(__file__).parents[2]


def describe() -> Machine:
    """This machine, now."""
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        versions={"torch": version("torch"), "pytest": version("pytest")},
        isolation=probe().level,
        commit=_commit(),
        date=datetime.now(UTC).isoformat(timespec="minutes"),
        load_before=load(),
    )


def versions(venvs: Mapping[str, Venv]) -> dict[str, str]:
    """The version of each package named, as installed in its environment."""
    return {package: _version(venv, package) for package, venv in venvs.items()}


def load() -> float:
    """How many processes were running or waiting on average over the last minute."""
    return round(os.getloadavg()[0], 2)


def _version(venv: Venv, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([venv / "python", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    """The commit that was measured; "+" when tracked files differ from it, "unknown" outside git."""
    commit, changes = _git("rev-parse", "--short=12", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}{'+' if changes else ''}" if commit else "unknown"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""
