"""What `convclass grade` shows: bars while a class is graded, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

from convclass.report.text import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from convclass.grading.run import ClassRun, OnProgress

_MOST_LISTED = 12


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
    if lines:
        console.print(f"{heading}:", style="bold")
    for line in lines[:_MOST_LISTED]:
        console.print(f"  {escape(' '.join(terminal(line).split()))}", soft_wrap=True, highlight=False)
    if len(lines) > _MOST_LISTED:
        console.print(f"  and {len(lines) - _MOST_LISTED} more")


@contextmanager
def bars(console: Console, wanted: bool) -> Iterator[tuple[OnProgress, OnProgress]]:
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
