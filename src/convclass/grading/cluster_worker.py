"""What runs on a Dask worker: the course is fetched once for each machine, then one submission graded at a time."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from convclass.course import Assignment, CourseError
from convclass.exam.version import exam_version
from convclass.grading import worker
from convclass.grading.parcel import unpacked
from convclass.grading.worker import GradingConfig

PACKAGES = ("convclass", "torch", "numpy", "distributed")
FETCHED = "convclass-course-fetched"
_FETCH_SECONDS = 60.0
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class SentCourse:
    """A course for the workers: its hash, the Dask variable with its bytes, and the versions it is graded with."""

    sha256: str
    variable: str
    versions: tuple[tuple[str, str], ...]


class _Desk:
    """What this worker process grades at present. One call at a time: neither torch nor the sandbox bears two."""

    def __init__(self) -> None:
        self.alone = threading.Lock()
        self._config: GradingConfig | None = None

    def take(self, config: GradingConfig) -> None:
        """Make room: what was kept for another exam goes, since each holds a sandbox in memory."""
        if self._config not in (None, config):
            worker.end_sandbox(self._config)
        self._config = config


_DESK = _Desk()  # of the process, as torch's settings are; threads of a worker share it


def on_worker(sent: SentCourse, function: Callable[..., _Result], config: GradingConfig, *arguments: Any) -> _Result:
    """Call `function` with the course as it lies on this machine. Raises CourseError when this worker cannot grade."""
    with _DESK.alone:
        here = replace(config, course=_course(sent, config.assignment, config.exam_version))
        _DESK.take(here)
        return function(here, *arguments)


def graded_with(packages: Mapping[str, str | None]) -> dict[str, str]:
    """Of all versions, those that grades may depend on.

    Neither Python's third number nor torch's build for CPU or CUDA (`+cu126`) makes a difference.
    """
    python = ".".join((packages.get("python") or "").split(".")[:2])
    return {"python": python} | {name: (packages.get(name) or "none").split("+")[0] for name in PACKAGES}


@cache
def _course(sent: SentCourse, assignment: str, version: str) -> Path:
    _same_versions(sent)
    course = unpacked(sent.sha256, lambda: _fetch(sent))
    found = exam_version(Assignment(assignment, course))
    if found != version:
        raise CourseError(
            f"worker {_where()}: its exam is {found} and not {version}: another convclass is installed there; "
            "install the one that you have here, and start the worker again"
        )
    return course


def _same_versions(sent: SentCourse) -> None:
    own = graded_with({"python": platform.python_version()} | {name: _installed(name) for name in PACKAGES})
    for name, wanted in sent.versions:
        if own[name] != wanted:
            raise CourseError(f"worker {_where()}: has {name} {own[name]}, here it is {wanted}; install the same")


def _fetch(sent: SentCourse) -> bytes:
    from distributed import Variable, get_client, get_worker

    get_worker().log_event(FETCHED, {"sha256": sent.sha256, "worker": _where()})
    content = Variable(sent.variable, client=get_client()).get(timeout=_FETCH_SECONDS)
    assert isinstance(content, bytes)
    return content


def _where() -> str:
    from distributed import get_worker

    return f"{platform.node()} ({get_worker().address})"


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
