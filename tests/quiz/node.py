"""The programs of other people that read our exports, run by node: `make consumers` installs them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

CONSUMERS = Path(__file__).parent / "consumers"
_MISSING = "the programs that check the exports are missing; type: make consumers"


def run(script: str, data: object, timeout: float = 300) -> Any:
    """What a script of consumers/ makes of the data; both are JSON.

    The answer comes in a file, because the programs print what they like.
    """
    node = shutil.which("node")
    assert node and (CONSUMERS / "node_modules").is_dir(), _MISSING
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [node, str(CONSUMERS / script), str(answer)]
        done = subprocess.run(
            command, input=json.dumps(data).encode(), capture_output=True, timeout=timeout, check=False
        )
        assert done.returncode == 0 and answer.exists(), f"{script} failed: {done.stderr.decode()[-2000:]}"
        return json.loads(answer.read_bytes())


def chromium() -> str:
    """The browser that checks pages."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    assert found, _MISSING
    return found


def pages(*wanted: tuple[Path, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What happened on each page, step by step (consumers/page.js)."""
    return run("page.js", {"chromium": chromium(), "pages": [{"path": str(p), "steps": s} for p, s in wanted]})
