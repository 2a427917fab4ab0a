"""Workers as jobs of SLURM, by dask-jobqueue, as docs/cluster.md says: the same gradebook as a local run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.gradebooks import grades
from cluster.slurm import PROGRAMS, Slurm

from convclass.course import find_assignment
from convclass.grading.run import grade_class

jobqueue = pytest.importorskip("dask_jobqueue", reason="needs dask-jobqueue")
missing = [program for program in (*PROGRAMS, "bwrap") if shutil.which(program) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.exhaustive,
    pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)} (slurm-wlm, munge, bubblewrap)"),
]

RIGHT = "def scale(x, factor=2):\n    return x * factor\n\ndef shift(x, by):\n    return x + by\n"


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slurm]:
    folder = tmp_path / "slurm"
    folder.mkdir()
    running = Slurm(folder)
    try:
        running.start()
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
    finally:
        running.close()


def test_workers_are_jobs_of_slurm(slurm: Slurm, tiny_course: Path, tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / "inbox" / f"s{number}" / "scaling.py"
        path.parent.mkdir(parents=True)
        path.write_text(f"# {number}\n{RIGHT}" if number else "def scale(")
    assignment = find_assignment(tiny_course, "06")
    settings = {"cores": 1, "processes": 1, "memory": "3GB", "walltime": "00:10:00", "queue": "class"}
    places = {"log_directory": str(tmp_path), "local_directory": str(tmp_path)}
    with jobqueue.SLURMCluster(**settings, **places, scheduler_options={"host": "127.0.0.1"}) as cluster:
        cluster.scale(jobs=2)
        cluster.wait_for_workers(2, timeout=90)
        grade_class(assignment, tmp_path / "inbox", tmp_path / "out", cluster=cluster.scheduler_address)
    grade_class(assignment, tmp_path / "inbox", tmp_path / "local")
    assert grades(tmp_path / "out") == grades(tmp_path / "local")
