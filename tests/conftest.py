"""Fixtures that several parts' tests share."""

from pathlib import Path

import pytest
import torch
from tinycourse import write_tiny_course


@pytest.fixture
def tiny_course(tmp_path: Path) -> Path:
    """A whole course of one small assignment, `06_scaling`, which the engine has never heard of."""
    return write_tiny_course(tmp_path / "course")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU where there is none."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="torch finds no CUDA device"))
