"""`convclass grade`: a class, from submissions to grades."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from convclass.grading.run import ClassRun, OnProgress

_MOST_LISTED = 12
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
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Submissions graded side by side.")] = 1,
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
    from convclass.course import find_assignment, find_course
    from convclass.grading.run import grade_class

    errors = Console(stderr=True)
    if trust_submissions:
        _warn(errors)
    try:
        with _bars(errors, progress) as (on_progress, on_page):
            run = grade_class(
                find_assignment(find_course(), assignment),
                submissions,
                out,
                jobs=jobs,
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


def _warn(console: Console) -> None:
    """Say what trusting submissions means, where nothing else protects from them."""
    from convclass.sandbox.isolation import probe

    if probe().level == "E":
        console.print(
            "WARNING: isolation level E. Submissions run with your rights: any of them can read the hidden tests, "
            "change grades, read and delete your files. `convclass doctor` says what this machine lacks.",
            style="bold red",
            soft_wrap=True,
        )


def summarise(console: Console, run: ClassRun, out: Path) -> None:
    """Print what a run came to: figures, whom to look at, and where the pages are."""
    console.print(_figures(run))
    _list(console, "Needs a look", needs_a_look(run))
    _list(console, "Left out, belongs to nobody", list(run.left_out))
    for what, path in (("Class page", "index.html"), ("Grades", "grades.csv"), ("Feedback", "feedback")):
        console.print(f"{what}: {escape(str(out / path))}", soft_wrap=True, highlight=False)


def needs_a_look(run: ClassRun) -> list[str]:
    """The students an instructor should look at before the grades go out, each with the reason."""
    incomplete = [f"{r.student}: not complete, {_fault(r.warnings)}" for r in run.results if not r.complete]
    problems = [f"{student}: {problem}" for student, problem in run.problems]
    suspicious = [f"{r.student}: {warning}" for r in run.results if r.complete for warning in r.warnings[:1]]
    return incomplete + problems + suspicious


def _fault(warnings: tuple[str, ...]) -> str:
    return f"by a mistake of ours ({warnings[0]})" if warnings else "by a mistake of ours"


def _figures(run: ClassRun) -> Table:
    table = Table("students", "graded now", "kept", "mean", "of", "incomplete", "not gradable")
    scores = [result.score for result in run.results if result.complete]
    mean = f"{sum(scores) / len(scores):.2f}" if scores else "-"
    most = max((result.max_score for result in run.results), default=0.0)
    incomplete = sum(not result.complete for result in run.results)
    figures = (len(run.results), run.graded, run.kept, mean, f"{most:g}", incomplete, len(run.problems))
    table.add_row(*(str(figure) for figure in figures))
    return table


def _list(console: Console, heading: str, lines: list[str]) -> None:
    from convclass.report.text import terminal

    if lines:
        console.print(f"{heading}:", style="bold")
    for line in lines[:_MOST_LISTED]:
        console.print(f"  {escape(' '.join(terminal(line).split()))}", soft_wrap=True, highlight=False)
    if len(lines) > _MOST_LISTED:
        console.print(f"  and {len(lines) - _MOST_LISTED} more")


@contextmanager
def _bars(console: Console, wanted: bool) -> Iterator[tuple[OnProgress, OnProgress]]:
    """A bar for the grading and one for the pages, each shown as soon as there is something to tell."""
    told = TextColumn("{task.description}")
    columns = (told, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not wanted or not console.is_terminal) as progress:
        grading = progress.add_task("Grading", total=None)
        pages = progress.add_task("Writing pages", start=False, total=None, visible=False)
        yield _bar(progress, grading), _bar(progress, pages)


def _bar(progress: Progress, task: TaskID) -> OnProgress:
    def on_progress(done: int, total: int, student: str) -> None:
        progress.start_task(task)  # does nothing the second time
        progress.update(task, completed=done, total=total, visible=True)

    return on_progress
