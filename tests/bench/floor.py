"""The floor: the same calls in one warm process, without sandbox, comparison, diagnosis or pages.

Run by the bench as `python -m bench.floor CALLS MODULE...`; prints seconds and CPU seconds of all modules as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from bench.recorded_calls import Call, load


def take(source: str, calls: Sequence[Call]) -> None:
    """Load one module and make all calls."""
    module: dict[str, object] = {"__name__": "student"}
    exec(compile(source, "student.py", "exec"), module)
    for call in calls:
        with suppress(Exception):
            module[call.function](*call.arguments, **call.keywords)  # type: ignore[operator]


def main(calls_file: str, *modules: str) -> None:
    """Measure all modules, after a first one that is not counted."""
    torch.set_num_threads(1)
    calls = [call for made in load(Path(calls_file)).values() for call in made]
    sources = [Path(module).read_text() for module in modules]
    take(sources[0], calls)
    started, used = time.perf_counter(), time.process_time()
    for source in sources:
        take(source, calls)
    json.dump({"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - used}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
