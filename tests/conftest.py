"""Fixtures that several parts' tests share."""

from pathlib import Path

import pytest
from tinycourse import write_tiny_course


@pytest.fixture
def tiny_course(tmp_path: Path) -> Path:
    """A whole course of one small assignment, `06_scaling`, which the engine has never heard of."""
    return write_tiny_course(tmp_path / "course")
