"""`convclass verify`: the proofs of the course's content, as tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from convclass.course import Assignment
    from convclass.exam.verify import Proof

GAPS = 1
TABLES = {"right in its own way": ("stub", "solution", "alternative"), "wrong on purpose": ("misconception",)}


def verify(
    assignment: Annotated[str | None, typer.Argument(help="One assignment; all of them if left out.")] = None,
) -> None:
    """Prove that the stub scores 0, the solution everything, and that every misconception is named."""
    from rich.console import Console

    from convclass.course import assignments, find_assignment, find_course

    course = find_course()
    chosen = [find_assignment(course, assignment)] if assignment else assignments(course)
    console = Console()
    gaps = [gap for one, proofs in _proved(chosen, console) for gap in _show(one, proofs, console)]
    for gap in gaps:
        console.print(gap, style="red", markup=False, soft_wrap=True)
    console.print(f"{len(gaps)} gaps" if gaps else "no gap")
    if gaps:
        raise typer.Exit(GAPS)


def _proved(chosen: Sequence[Assignment], console: Console) -> Iterator[tuple[Assignment, list[Proof]]]:
    """The proofs of each assignment: of one with a progress bar, of several side by side, a process each."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from rich.progress import track

    if len(chosen) == 1:
        yield chosen[0], list(track(_proofs(chosen[0]), f"proving {chosen[0].name}", console=console, transient=True))
        return
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn")) as pool:
        # The last ones first: there networks are trained, and what takes longest must not be left for the end.
        waiting = {one: pool.submit(_all_proofs, one) for one in reversed(chosen)}
        for one in chosen:
            with console.status(f"proving {one.name}"):
                proofs = waiting[one].result()
            yield one, proofs


def _all_proofs(assignment: Assignment) -> list[Proof]:
    """What a process of its own does for one assignment."""
    return list(_proofs(assignment))


def _show(assignment: Assignment, proofs: Sequence[Proof], console: Console) -> list[str]:
    """Print the proofs of one assignment; returns its gaps in words."""
    questions = [proof.name for proof in proofs if proof.kind == "question"]
    for title, kinds in TABLES.items():
        console.print(matrix(f"{assignment.name}: {title}", questions, [p for p in proofs if p.kind in kinds]))
    return [f"{assignment.name}: {p.kind} {p.function} {p.name!r} {p.gap}" for p in proofs if p.gap]


def _proofs(assignment: Assignment) -> Iterator[Proof]:
    from convclass.exam.examiner import Examined, Examiner
    from convclass.exam.verify import prove
    from convclass.release.module import solution_module
    from convclass.release.source import read_source
    from convclass.release.stub import stub
    from convclass.sandbox.sandbox import Sandbox

    with Sandbox.start() as sandbox:
        examiner = Examiner(assignment)

        def take(source: bytes) -> Examined:
            with sandbox.student(source, f"{assignment.module}.py") as student:
                return examiner.examine(student)

        sources = solution_module(assignment), stub(read_source(assignment)).encode()
        yield from prove(examiner, assignment.autograder, *sources, take)


def matrix(title: str, questions: Sequence[str], proofs: Iterable[Proof]) -> Table:
    """Submissions × questions: the share of each question's points that each submission earned, in per cent.

    A dot is all of them. ✓ says that all is as it should be; of a misconception, that it lost points and was named.
    """
    from rich.table import Table
    from rich.text import Text

    caption = "columns: " + ", ".join(f"{n} {question}" for n, question in enumerate(questions, 1))
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left", header_style="bold")
    table.add_column("submission", overflow="fold")
    for number in range(1, len(questions) + 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    function = ""
    for proof in proofs:
        if proof.function != function:
            function = proof.function
            table.add_section()
            table.add_row(Text(function, style="bold"))
        mark = Text("✗", style="red") if proof.gap else Text("✓", style="green")
        table.add_row(Text(proof.name), *(_share(proof.shares.get(question)) for question in questions), mark)
    return table


def _share(share: float | None) -> str:
    if share is None:
        return ""
    return "·" if share == 1 else f"{100 * share:.0f}"
