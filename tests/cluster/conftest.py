"""A running Dask cluster with two workers, and a class to grade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.running import RunningCluster


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[RunningCluster]:
    """A cluster of which nothing is started yet; whatever a test starts is ended after it."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = RunningCluster(folder)
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(stopped: RunningCluster) -> RunningCluster:
    """A scheduler and two workers, each like a machine of its own."""
    stopped.start_scheduler()
    stopped.start_worker("one")
    stopped.start_worker("two")
    return stopped
