"""`convclass doctor`: what this machine offers, what is missing, and how to get it."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convclass.course import CourseError

if TYPE_CHECKING:
    from convclass.sandbox.isolation import Isolation

AUTHOR_PARTS = ("jupytext", "matplotlib", "nbformat")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, whether it is well, what was found, and what to do about it."""

    part: str
    well: bool
    found: str
    remedy: str = ""


def doctor() -> None:
    """Say what this machine offers: isolation level, GPU, memory, missing parts and how to get them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from convclass.sandbox.isolation import probe
    from convclass.sandbox.jail import SandboxUnavailable

    try:
        isolation = probe()
    except SandboxUnavailable as error:
        raise CourseError(str(error)) from None
    table = Table(title=f"isolation level {isolation.level}", title_justify="left", header_style="bold")
    for column in ("", "part", "found", "remedy"):
        table.add_column(column, overflow="fold")
    for finding in (*_machine(), *_isolation(isolation), *_gpu(), *_extras()):
        mark = Text("✓", style="green") if finding.well else Text("✗", style="red")
        table.add_row(mark, finding.part, finding.found, finding.remedy)
    console = Console()
    console.print(table)
    for line in _explained(isolation):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def _explained(isolation: Isolation) -> Iterator[str]:
    """What the level means, whether `grade` accepts it, and what leads to the next."""
    from convclass.sandbox.container import default_least, recognised

    yield f"Level {isolation.level}: {isolation.words}."
    container = recognised()
    where = f" inside a container: {container}" if container else ""
    if isolation.level <= default_least():
        yield f"`convclass grade` accepts it here{where if isolation.level == 'C' else ''}."
    elif isolation.level == "E":
        yield "`convclass grade` refuses to run submissions here, unless they are trusted: --trust-submissions."
    else:
        yield f"`convclass grade` refuses it, unless --min-isolation {isolation.level} is given."
    if isolation.next_level:
        yield f"To reach level {isolation.next_level}:"
    for layer in isolation.in_the_way:
        yield f"  {layer.name}: {layer.remedy}"


def _machine() -> Iterator[Finding]:
    import torch

    yield Finding("Python", sys.version_info >= (3, 11), platform.python_version(), "3.11 or newer is needed")
    yield Finding("cores", True, f"{len(os.sched_getaffinity(0))}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    needed = "" if memory >= 4 else "4 GiB are advised: two jobs hold torch four times"
    yield Finding("memory", memory >= 4, f"{memory:.1f} GiB", needed)
    cuda = torch.cuda.is_available()
    device = torch.cuda.get_device_name(0) if cuda else "no CUDA device; --device cpu is what there is"
    yield Finding("torch", True, f"{torch.__version__}; {device}")


def _isolation(isolation: Isolation) -> Iterator[Finding]:
    for layer in isolation.layers:
        yield Finding(layer.name, layer.works, layer.detail, "" if layer.works else layer.remedy)


def _gpu() -> Iterator[Finding]:
    """What a sandbox for `grade --device cuda` would let in. A machine may well have no GPU, but not half of one."""
    from convclass.sandbox import cuda

    gpu = cuda.find_gpu()
    problem = cuda.problem_of(gpu)
    what, _, remedy = problem.partition("; type: ")
    yield Finding("CUDA in the sandbox", not (gpu.nodes and problem), what or cuda.summary(gpu), remedy)


def _extras() -> Iterator[Finding]:
    missing = [name for name in AUTHOR_PARTS if importlib.util.find_spec(name) is None]
    found = f"missing: {', '.join(missing)}" if missing else ", ".join(AUTHOR_PARTS)
    yield Finding("for authors", not missing, found, "pip install 'convclass[author]'" if missing else "")
