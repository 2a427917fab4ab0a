"""A scratch root laid out like Gradescope's: /autograder as documented, and Python, as in an image of Ubuntu.

bubblewrap makes the root; what runs in it cannot make namespaces (see sandbox/levels.py): at level C root has the
capabilities that docker leaves, at level D it is an ordinary user.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from sandbox.levels import NOBODY

TESTS = Path(__file__).parents[1]
PYTHON = "/opt/convclass/bin/python"


@dataclass(frozen=True, slots=True)
class Opt:
    """What setup.sh installs, /opt, for many places. This machine's torch lies in it already: pip is quick then."""

    folder: Path
    torch: tuple[str, ...]

    @classmethod
    def make(cls, folder: Path) -> Opt:
        """An empty one, but for torch."""
        packages = Path(torch.__file__).parents[1]
        inside = f"convclass/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
        found: list[str] = []
        for pattern in ("torch*", "functorch", "nvidia*", "triton*", "cuda*"):
            for path in filter(Path.is_dir, packages.glob(pattern)):
                (folder / inside / path.name).mkdir(parents=True)
                found += ["--ro-bind", str(path), f"/opt/{inside}/{path.name}"]
        return cls(folder, tuple(found))


@dataclass(frozen=True, slots=True)
class GradescopePlace:
    """One container: `root` holds its /autograder."""

    root: Path
    opt: Opt

    @property
    def autograder(self) -> Path:
        return self.root / "autograder"

    @property
    def results(self) -> Path:
        return self.autograder / "results" / "results.json"

    def unpack(self, archive: Path) -> None:
        """Do what Gradescope does with the uploaded zip."""
        for name in ("source", "submission", "results"):
            (self.autograder / name).mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(archive) as file:
            file.extractall(self.autograder / "source")
        shutil.copy(self.autograder / "source" / "run_autograder", self.autograder)
        (self.autograder / "run_autograder").chmod(0o755)

    def hand_in(self, files: dict[str, str | bytes], users: list[dict[str, Any]] | None = None) -> None:
        """Put a submission, and what Gradescope says about it, in the place of what is there."""
        submission = self.autograder / "submission"
        for old in submission.iterdir():
            old.unlink()
        for name, content in files.items():
            (submission / name).write_bytes(content.encode() if isinstance(content, str) else content)
        about = {"id": 1, "users": users or [{"id": 7, "name": "Jane Doe", "email": "jane@x.edu"}]}
        (self.autograder / "submission_metadata.json").write_text(json.dumps(about))
        self.results.unlink(missing_ok=True)

    def owned_by(self, level: str) -> None:
        """Give everything to the user who grades at that level."""
        if os.geteuid() == 0:
            owner = NOBODY if level in "DE" else 0
            for path in (self.autograder, *self.autograder.rglob("*")):
                os.chown(path, owner, owner)

    def run(self, *command: str, level: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command in the container: as whoever builds the image, or at a level without namespaces."""
        if level:
            command = (PYTHON, "/tests/sandbox/levels.py", level, *command)
        set_up = [word for name, value in settings.items() for word in ("--setenv", name, value)]
        return subprocess.run([*self._bubblewrap(set_up), *command], capture_output=True, text=True, timeout=900)

    def graded(self, level: str = "C", *options: str) -> dict[str, Any]:
        """Run run_autograder as it runs for each submission, and read results.json and which processes are left."""
        watched = '"$@"; echo LEFT: $(cat /proc/[0-9]*/cmdline | tr "\\0" " ")'
        done = self.run("/bin/sh", "-c", watched, "sh", "/autograder/run_autograder", *options, level=level)
        assert self.results.is_file(), done.stdout + done.stderr
        result: dict[str, Any] = json.loads(self.results.read_text()) | {"said": done.stdout + done.stderr}
        return result

    def _bubblewrap(self, more: list[str]) -> list[str]:
        base = Path(sys.base_prefix)
        python = () if base.is_relative_to("/usr") else ("--ro-bind", str(base), str(base))
        folders = [word for name in ("bin", "sbin", "lib", "lib64") for word in _link(name)]
        return [
            "bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent", "--clearenv",
            "--setenv", "PATH", f"{base / 'bin'}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "--ro-bind", "/usr", "/usr", *folders, "--ro-bind", "/etc", "/etc", *python,
            "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--dir",
            "/var/tmp", "--dir", "/mnt", "--dir", "/run", "--bind", str(self.opt.folder), "/opt", *self.opt.torch,
            "--bind", str(self.autograder), "/autograder", "--ro-bind", str(TESTS), "/tests", *more,
            "--chdir", "/autograder", "--",
        ]  # fmt: skip


def _link(name: str) -> tuple[str, ...]:
    path = Path("/") / name
    if path.is_symlink():
        return ("--symlink", str(path.readlink()), str(path))
    return ("--ro-bind-try", str(path), str(path))
