"""`convclass demo`: grade the sample class and say where the pages are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", help="Where the pages go.")] = Path("build/demo"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Submissions graded side by side.")] = 2,
) -> None:
    """Grade the sample class of the first assignment, from nothing, and say where the pages are."""
    from convclass.cli.grade import grade
    from convclass.course import assignments, find_course

    first = assignments(find_course())[0]
    grade(first.name, first.autograder / "sample_class", out=out, jobs=jobs, regrade=True)
