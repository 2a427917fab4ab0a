"""Starts class runs quickly, by forking itself: reads `OUT JOBS` lines, answers each with a process number.

Every run is a process and a process group of its own, with worker processes, as `convclass grade` is; but its workers
are forked and not spawned, so that a run takes a third of a second.
"""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import signal
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Serve until there are no more lines. The argument is the folder with the course and the submissions."""
    _warm_up()
    folder = Path(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits here; the kernel does
    _adopt_orphans()
    for line in sys.stdin:
        out, jobs = line.split()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            faulthandler.register(signal.SIGUSR1, stacks_of(Path(out)).open("w"), all_threads=True)
            os._exit(_run(folder, Path(out), int(jobs)))
        print(pid, flush=True)


def stacks_of(out: Path) -> Path:
    """Where the processes of a run into `out` write what they are doing, when they are asked by SIGUSR1."""
    return out.with_name(f"{out.name}.stacks")


def _adopt_orphans() -> None:
    """Be the parent of a killed run's workers: some machines' init leaves the dead lying for seconds."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _warm_up() -> None:
    """Import all that a run needs, and compile the pages' templates, before the first fork."""
    from faults.work import FACTS

    import convclass.grading.run  # noqa: F401
    from convclass.exam.results import SubmissionResult
    from convclass.grading.output import write_class

    result = SubmissionResult("06_scaling", "ann", "", "", "A", "cpu", FACTS.tests)
    with tempfile.TemporaryDirectory() as folder:
        write_class(Path(folder), ["ann"], [result], "Scaling")


def _run(folder: Path, out: Path, jobs: int) -> int:
    """One class run; how it ended is left in a file beside `out`, since only a parent hears of exit codes."""
    from faults.work import WORK

    from convclass.course import Assignment, CourseError
    from convclass.grading.pool import WorkerPool
    from convclass.grading.run import grade_class

    WorkerPool.__init__.__defaults__ = (_forked,)
    end = "error"
    try:
        run = grade_class(Assignment("06_scaling", folder / "course"), folder / "inbox", out, jobs=jobs, work=WORK)
        end = f"graded {run.graded} kept {run.kept} complete {run.complete}"
    except KeyboardInterrupt:
        end = "interrupted"
    except CourseError as error:
        end = f"refused {error}"
    except BaseException as error:
        import traceback

        end = f"error {error!r} {traceback.format_exc()}"
    finally:
        out.with_name(f"{out.name}.end").write_text(end)
    return 0


def _forked(jobs: int) -> ProcessPoolExecutor:
    from convclass.grading import worker

    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=worker.start_worker)


if __name__ == "__main__":
    main()
