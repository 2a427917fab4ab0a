"""`convclass grade`: a class, from submissions to grades."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

_INCOMPLETE = 3
_INTERRUPTED = 130


class Device(StrEnum):
    """Where the hidden tests run."""

    CPU = "cpu"
    CUDA = "cuda"


class Isolation(StrEnum):
    """How well submissions are shut in, from all layers to hardly any."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


def grade(
    assignment: Annotated[str, typer.Argument(help="The assignment: its folder's name, number or topic.")],
    submissions: Annotated[Path, typer.Argument(help="Folder or zip of submissions, as your platform downloads it.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the gradebook, grades and pages.")],
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Submissions graded side by side; default: 1, a cluster's workers."),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Grade on the Dask cluster of this scheduler, tcp://HOST:PORT.")
    ] = None,
    device: Annotated[Device, typer.Option("--device", help="Where the hidden tests run.")] = Device.CPU,
    min_isolation: Annotated[
        Isolation | None,
        typer.Option("--min-isolation", help="Refuse to grade with weaker isolation; default: B, C in a container."),
    ] = None,
    trust_submissions: Annotated[
        bool, typer.Option("--trust-submissions", help="Grade even where nothing holds what a submission does.")
    ] = False,
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade again what is graded already.")] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the hidden inputs; default: the exam's own.")
    ] = None,
    gradebook: Annotated[
        str | None,
        typer.Option(
            "--gradebook",
            envvar="CONVCLASS_GRADEBOOK",
            help="SQLite file, or postgresql+psycopg://… URL; default: gradebook.db in --out.",
        ),
    ] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show a progress bar.")] = True,
) -> None:
    """Grade a class. Started again, it grades only what is new or unfinished."""
    from rich.console import Console

    from convclass.cli.class_shown import bars, summarise
    from convclass.course import find_assignment, find_course
    from convclass.grading.run import grade_class

    errors = Console(stderr=True)
    if trust_submissions:
        _warn(errors, elsewhere=cluster is not None)
    try:
        with bars(errors, progress) as (on_progress, on_page):
            run = grade_class(
                find_assignment(find_course(), assignment),
                submissions,
                out,
                jobs=jobs,
                cluster=cluster,
                device=device.value,
                min_isolation=_least(min_isolation, trust_submissions),
                regrade=regrade,
                seed=seed,
                gradebook=gradebook,
                on_progress=on_progress,
                on_page=on_page,
            )
    except KeyboardInterrupt:
        errors.print("Stopped. What is graded is kept; the same command goes on from here.")
        raise typer.Exit(_INTERRUPTED) from None
    summarise(Console(), run, out)
    raise typer.Exit(0 if run.complete else _INCOMPLETE)


def _least(asked: Isolation | None, trusting: bool) -> str | None:
    return "E" if trusting else asked.value if asked else None


def _warn(console: Console, elsewhere: bool) -> None:
    """Say what trusting submissions means, where nothing else protects from them, or where that is not known here."""
    from convclass.sandbox.isolation import probe

    if elsewhere or probe().level == "E":
        where = (
            "on every worker whose isolation level is E, submissions" if elsewhere else "isolation level E. Submissions"
        )
        console.print(
            f"WARNING: {where} run with your rights: any of them can read the hidden tests, "
            "change grades, read and delete your files. `convclass doctor` says what this machine lacks.",
            style="bold red",
            soft_wrap=True,
        )
