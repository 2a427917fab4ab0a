"""Fixtures that several parts' tests share."""

import json
import sys
from pathlib import Path

import pytest
import torch
from postgres import database_url, postgres  # noqa: F401 - fixtures
from tinycourse import write_tiny_course


@pytest.fixture
def tiny_course(tmp_path: Path) -> Path:
    """A whole course of one small assignment, `06_scaling`, which the engine has never heard of."""
    return write_tiny_course(tmp_path / "course")


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Runs a notebook in a folder, in this Python's kernel, whatever kernels and settings the machine has."""
    spec = tmp_path / "jupyter/kernels/python3/kernel.json"
    spec.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def run(notebook, folder):
        from nbclient import NotebookClient

        where = {"metadata": {"path": str(folder)}}
        return NotebookClient(notebook, timeout=300, kernel_name="python3", resources=where).execute()

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU where there is none."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="torch finds no CUDA device"))
