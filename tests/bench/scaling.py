"""The cost against the size of a class and the number of jobs: straight lines, and a parent that does not grow.

Classes of 01_convolution, and larger ones of a course so small that a submission is hardly more than what we add to it.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from bench.figures import ClassRun, Disk, Scaling
from bench.measure import run, say
from bench.memory import MemoryWatch
from bench.sizes import Sizes
from bench.students import Programme, copies, programmes
from tinycourse import write_tiny_course

from convclass.course import Assignment, find_assignment

COMMAND = Path(sys.prefix) / "bin/convclass"
TINY_JOBS = 2
TIMEOUT = 1800
ANSWERS_OF_ONE = """

def _of_one(function):
    def answer(*arguments, **keywords):
        found = function(*arguments, **keywords)
        return found * (1 + {number} * 1.2e-7) if isinstance(found, torch.Tensor) else found
    return answer

for _name, _function in list(globals().items()):
    if callable(_function) and getattr(_function, "__module__", None) == __name__ and not _name.startswith("_"):
        globals()[_name] = _of_one(_function)
"""


def measure(assignment: Assignment, folder: Path, sizes: Sizes) -> Scaling:
    """Classes of both courses by size, one class by several jobs, and one without answers that were seen before."""
    made = programmes(assignment, folder)
    course = write_tiny_course(folder / "tiny")
    run([COMMAND, "release"], folder=course, environment=os.environ)
    small = find_assignment(course, "06_scaling")
    ways = tiny_programmes()
    distinct = _one(assignment, distinct_answers(made, sizes.distinct), folder / "distinct", 1, distinct=True)
    lines = [_one(assignment, copies(made, size), folder / f"size{size}", 1) for size in sizes.classes]
    lines += [_one(small, copies(ways, size), folder / f"tiny{size}", TINY_JOBS) for size in sizes.tiny]
    by_jobs = [_one(assignment, copies(made, sizes.of_jobs), folder / f"jobs{number}", number) for number in sizes.jobs]
    return Scaling(lines, by_jobs, distinct)


def tiny_programmes() -> list[Programme]:
    """Students of the small course: one right, one wrong in a known way."""
    right = (
        "import torch\n\n\ndef scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
    )
    return [Programme("right", right, True), Programme("wrong", right.replace("x * factor", "x + factor"), False)]


def distinct_answers(made: Sequence[Programme], size: int) -> Iterator[Programme]:
    """A class in which hardly a number is answered as by somebody before: nothing is decided as it was then.

    Some of the answers leave the tolerance and are wrong, so all of it is judged and explained anew.
    """
    for number, programme in enumerate(copies(list(made), size)):
        changed = programme.source + ANSWERS_OF_ONE.format(number=number)
        yield Programme(programme.name, changed, programme.right)


def _one(
    assignment: Assignment, made: Iterator[Programme], folder: Path, jobs: int, *, distinct: bool = False
) -> ClassRun:
    handed_in, out, number = folder / "submissions", folder / "out", 0
    for number, programme in enumerate(made, start=1):  # noqa: B007 - the last number counts
        place = handed_in / programme.name
        place.mkdir(parents=True)
        (place / f"{assignment.module}.py").write_text(programme.source)
    command = [COMMAND, "grade", assignment.name, handed_in, "--out", out, "--jobs", str(jobs), "--seed", "20"]
    watches: list[MemoryWatch] = []

    def watching(process: int) -> MemoryWatch:
        watches.append(MemoryWatch(process))
        return watches[-1]

    usage, _ = run(
        [*command, "--no-progress"],
        folder=assignment.course,
        environment=os.environ,
        timeout=TIMEOUT,
        watching=watching,
    )
    pace, memory, disk = graded_per_second(out / "gradebook.db"), watches[0].seen(jobs), _disk(out, number)
    say(f"{assignment.name}: {number} students, {jobs} jobs: {usage.cpu_seconds:.1f} CPU s, {usage.seconds:.1f} s")
    return ClassRun(assignment.name, number, jobs, distinct, usage, pace, memory, disk)


def graded_per_second(gradebook: Path) -> float:
    """How fast grades came, by the times in the gradebook, once half of them were there: all workers are warm then."""
    with closing(sqlite3.connect(gradebook)) as connection:
        rows = connection.execute("select graded_at from grades order by graded_at").fetchall()
    times = [datetime.fromisoformat(at) for (at,) in rows]
    first = (len(times) - 1) // 2
    return (len(times) - 1 - first) / (times[-1] - times[first]).total_seconds()


def _disk(out: Path, students: int) -> Disk:
    sizes = {
        name: sum(path.stat().st_size for path in out.glob(pattern)) / students
        for name, pattern in {"gradebook": "gradebook.db*", "feedback": "feedback/*", "results": "results/*"}.items()
    }
    return Disk(sizes["gradebook"], sizes["feedback"], sizes["results"])
