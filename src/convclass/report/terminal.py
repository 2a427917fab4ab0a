"""The feedback of `convclass check`: what the feedback page says, as text that also reads well without colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from convclass.exam.results import CaseResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.report.heatmap import Grid, grids
from convclass.report.summary import QuestionSummary, first_failing, next_step, questions, symbol, tone
from convclass.report.text import shorten, terminal

_STYLES = {"good": "green", "part": "yellow", "bad": "red", "idle": "dim", "ours": "magenta"}
_PLAIN_SIGNS = {"✓": "+", "✗": "x", "–": "-", "…": ".", "−": "-", "·": ".", "×": "x", "∞": "inf"}
_INDENT = 2
_GAP = 4
_MOST_NUMBERS = 9
_MOST_TEXT = 600


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A rich renderable of the tests of one file; falls back to ASCII signs where the output knows no others."""

    tests: tuple[TestResult, ...]
    notices: tuple[str, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        segments = console.render(Group(*self._parts(options.max_width)), options)
        yield from (_in_ascii(segment) for segment in segments) if options.ascii_only else segments

    def _parts(self, width: int) -> Iterator[RenderableType]:
        summaries = questions(self.tests)
        name_width = min(max((len(terminal(s.name)) for s in summaries), default=0), 30)
        for notice in self.notices:
            yield Text(f"Note: {_said(notice)}", style="yellow")
        if self.notices:
            yield Text()
        step = next_step(summaries)
        for summary in summaries:
            yield _headline(summary, name_width)
            yield Padding(Group(*_details(summary, width - _INDENT, summary is step)), (0, 0, 0, _INDENT))
        yield Text()
        yield _closing(summaries, step)


def check_report(tests: Sequence[TestResult], notices: Sequence[str] = ()) -> CheckReport:
    """What to print about the tests of one file: a line per question, the named mistake, a hint and the first
    difference of each question that is not right, and a closing line with what to do next.
    """
    return CheckReport(tuple(tests), tuple(notices))


def matrices(case: CaseResult, width: int) -> Iterator[RenderableType]:
    """The pictures of a case as small matrices, side by side as far as `width` columns allow."""
    drawn = grids(case.pictures)
    for group in ([g for g in drawn if not g.about_answer], [g for g in drawn if g.about_answer]):
        for line in _lines([_block(grid) for grid in group], width):
            yield Text()
            yield line


def _headline(summary: QuestionSummary, name_width: int) -> Text:
    style = _STYLES[tone(summary.verdict)]
    passed = sum(test.verdict is Verdict.PASSED for test in summary.tests)
    line = Text.assemble(
        (f"{symbol(summary.verdict)} ", f"bold {style}"),
        (shorten(terminal(summary.name), 30).ljust(name_width), "bold"),
        "  ",
        (summary.verdict.words, style),
    )
    if 0 < passed < len(summary.tests):
        line.append(f", {passed} of {len(summary.tests)} tests", style="dim")
    return line


def _details(summary: QuestionSummary, width: int, is_next: bool) -> Iterator[RenderableType]:
    """What is said below a question that is not right; the next one to work on gets its hint and its matrices."""
    if summary.verdict is Verdict.PASSED:
        return
    if summary.blockers:
        yield Text(f"Finish {_said(' and '.join(summary.blockers))} first.")
    elif summary.mistakes:
        for mistake in summary.mistakes:
            yield Text.assemble("This looks like ", (_said(mistake.name), "bold yellow"), ".")
            yield Text(_said(mistake.sentence))
    elif summary.message:
        yield Text(_said(summary.message))
    for note in _notes(summary):
        yield Text(f"Note: {_said(note)}", style="dim")
    if is_next:
        yield from _help(summary, width)
        yield Text()


def _help(summary: QuestionSummary, width: int) -> Iterator[RenderableType]:
    if summary.hints:
        yield Text.assemble(("Hint: ", "bold"), _said(summary.hints[0]))
    found = ((test, first_failing(test)) for test in summary.tests if test.public)
    shown = next(((test, case) for test, case in found if case and case.pictures), None)
    if shown:
        test, case = shown
        told = " · ".join(part for part in (test.title, case.name, case.message) if part)
        yield Text()
        yield Text(_said(told), style="dim")
        yield from matrices(case, width)


def _notes(summary: QuestionSummary) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for test in summary.tests for case in test.cases for note in case.notes))[:3]


def _closing(summaries: Sequence[QuestionSummary], step: QuestionSummary | None) -> Text:
    right = sum(summary.verdict is Verdict.PASSED for summary in summaries)
    if not summaries:
        return Text("No test was run.")
    if right == len(summaries):
        return Text(f"{symbol(Verdict.PASSED)} All {right} questions right.", style="bold green")
    closing = Text(f"{right} of {len(summaries)} questions right", style="bold")
    return closing.append(f"; next: {_said(step.name)}." if step else ".", style="bold")


def _block(grid: Grid) -> Table:
    """One matrix under its label; a wrong number carries a star."""
    block = Table.grid(padding=0)
    cropped = max(grid.height, grid.width) > _MOST_NUMBERS
    block.add_row(
        Text.assemble((shorten(terminal(grid.label), 30), "bold"), (f"  {grid.shape}", "dim"), no_wrap=True)
    )
    numbers = [[cell.text + ("*" if cell.wrong else " ") for cell in row[:_MOST_NUMBERS]] for row in grid.rows]
    cell_width = max((len(text) for row in numbers for text in row), default=0) + 1
    for row, texts in list(zip(grid.rows, numbers, strict=True))[:_MOST_NUMBERS]:
        line = Text(no_wrap=True)
        for cell, text in zip(row, texts, strict=False):
            line.append(text.rjust(cell_width), style="bold red" if cell.wrong else "")
        block.add_row(line.append(" …" if grid.width > _MOST_NUMBERS else ""))
    below = ["* wrong"] if grid.wrong and grid.is_difference else []
    below += [f"the first {_MOST_NUMBERS} rows and columns"] if cropped else []
    if below:
        block.add_row(Text("; ".join(below), style="dim", no_wrap=True))
    return block


def _lines(blocks: Sequence[Table], width: int) -> Iterator[Table]:
    """The blocks side by side, on as many lines as `width` makes necessary."""
    console = Console(width=10_000)
    line: list[Table] = []
    used = 0
    for block in blocks:
        needed = console.measure(block).maximum + _GAP
        if line and used + needed - _GAP > width:
            yield _side_by_side(line)
            line, used = [], 0
        line.append(block)
        used += needed
    if line:
        yield _side_by_side(line)


def _side_by_side(blocks: Sequence[Table]) -> Table:
    table = Table.grid(padding=(0, _GAP, 0, 0))
    table.add_row(*blocks)
    return table


def _said(text: str) -> str:
    return shorten(terminal(text).strip(), _MOST_TEXT)


def _in_ascii(segment: Segment) -> Segment:
    text = "".join(_PLAIN_SIGNS.get(character, character) for character in segment.text)
    return segment._replace(text=text.encode("ascii", "replace").decode())
