"""The real commands of convclass and nbgrader, as an instructor types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CONVCLASS = [sys.executable, "-c", "from convclass.cli import main; main()"]


def convclass(*arguments: object, cwd: Path, expect: int = 0) -> str:
    """What the command prints, which must end with `expect`."""
    return _run([*CONVCLASS, *map(str, arguments)], cwd, dict(os.environ), expect)


@dataclass(frozen=True)
class Nbgrader:
    """nbgrader in a folder, with the kernels and settings of nobody else."""

    folder: Path
    jupyter: Path

    def __call__(self, *arguments: object, expect: int = 0) -> str:
        """What the command prints, which must end with `expect`."""
        kernel = self.jupyter / "kernels/python3/kernel.json"
        kernel.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        kernel.write_text(json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}))
        own = {name: str(self.jupyter / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader starts alembic
        environment = {**os.environ, **own, "JUPYTER_PATH": str(self.jupyter), "PATH": path, "OMP_NUM_THREADS": "1"}
        return _run([sys.executable, "-m", "nbgrader", *map(str, arguments)], self.folder, environment, expect)


def _run(command: list[str], cwd: Path, environment: dict[str, str], expect: int) -> str:
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=1500)
    assert done.returncode == expect, f"{command[2:]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
