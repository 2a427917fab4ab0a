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
from convclass.report.heatmap import Cell, Grid, grids
from convclass.report.summary import (
    QuestionSummary,
    common_fault,
    first_failing,
    next_step,
    own_name,
    questions,
    symbol,
    tone,
)
from convclass.report.text import shorten, terminal

_STYLES = {"good": "green", "part": "yellow", "bad": "red", "idle": "dim", "ours": "magenta"}
_PLAIN_SIGNS = {"✓": "+", "✗": "x", "–": "-", "…": ".", "−": "-", "·": ".", "×": "x", "∞": "inf"}
_INDENT = 2
_GAP = 4
_MOST_NUMBERS = 9
_WINDOW = 6
_MOST_NOTES = 3
_MOST_TEXT = 600


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A rich renderable of the tests of one file; falls back to ASCII signs where the output knows no others."""

    tests: tuple[TestResult, ...]
    notices: tuple[str, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        segments = console.render(Group(*self._parts(options.max_width)), options)
        for line in Segment.split_lines(segments):
            yield from (_in_ascii(segment) for segment in _stripped(line)) if options.ascii_only else _stripped(line)
            yield Segment.line()

    def _parts(self, width: int) -> Iterator[RenderableType]:
        summaries = questions(self.tests)
        name_width = min(max((len(terminal(s.name)) for s in summaries), default=0), 30)
        for notice in self.notices:
            yield Text(f"Note: {_said(notice)}", style="yellow")
        if self.notices:
            yield Text()
        step = next_step(summaries)
        fault = common_fault(self.tests, self.notices)
        for summary in summaries:
            yield _headline(summary, name_width)
            details = _details(summary, width - _INDENT, summary is step) if not fault else ()
            yield Padding(Group(*details), (0, 0, 0, _INDENT))
        yield Text()
        yield _closing(summaries, step)


def check_report(tests: Sequence[TestResult], notices: Sequence[str] = ()) -> CheckReport:
    """What to print about the tests of one file: a line per question, the named mistake, a hint and the first
    difference of each question that is not right, and a closing line with what to do next.
    """
    return CheckReport(tuple(tests), tuple(notices))


def matrices(case: CaseResult, width: int) -> Iterator[RenderableType]:
    """The pictures of a case as small matrices, side by side as far as `width` columns allow.

    Of large matrices a window is shown, for the answers the one that holds the first wrong cell.
    """
    drawn = grids(case.pictures)
    given = [_block(grid, (0, 0)) for grid in drawn if not grid.about_answer]
    answers = [grid for grid in drawn if grid.about_answer]
    corner = next((corner for corner in map(_corner, answers) if corner), (0, 0))
    for blocks in (given, [_block(grid, corner) for grid in answers]):
        for line in _lines(blocks, width):
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
    """What is said below a question: what was converted; of one that is not right, what is wrong with it. The next one
    to work on gets its hint and its matrices.
    """
    if summary.verdict is Verdict.PASSED:
        yield from _notes(summary)
        return
    if summary.blockers:
        yield Text(f"Finish {_said(' and '.join(summary.blockers))} first.")
    elif summary.mistakes:
        for mistake in summary.mistakes:
            yield Text.assemble("This looks like ", (_said(mistake.name), "bold yellow"), ".")
            yield Text(_said(mistake.sentence))
    elif summary.message:
        yield Text(_said(summary.message))
    yield from _notes(summary)
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
        told = " · ".join(part for part in (test.title, own_name(test, case), case.message) if part)
        yield Text()
        yield Text(_said(told), style="dim")
        yield from matrices(case, width)


def _notes(summary: QuestionSummary) -> Iterator[Text]:
    notes = dict.fromkeys(note for test in summary.tests for case in test.cases for note in case.notes)
    for note in list(notes)[:_MOST_NOTES]:
        yield Text(f"Note: {_said(note)}", style="dim")


def _closing(summaries: Sequence[QuestionSummary], step: QuestionSummary | None) -> Text:
    right = sum(summary.verdict is Verdict.PASSED for summary in summaries)
    if not summaries:
        return Text("No test was run.")
    if right == len(summaries):
        return Text(f"{symbol(Verdict.PASSED)} All {right} questions right.", style="bold green")
    closing = Text(f"{right} of {len(summaries)} questions right", style="bold")
    return closing.append(f"; next: {_said(step.name)}." if step else ".", style="bold")


def _corner(grid: Grid) -> tuple[int, int] | None:
    """The top left cell of a window that shows the first wrong cell, with one row and column before it."""
    wrong = ((i, j) for i, row in enumerate(grid.rows) for j, cell in enumerate(row) if cell.wrong)
    first = next(wrong, None)
    return first and (max(0, first[0] - 1), max(0, first[1] - 1))


def _block(grid: Grid, corner: tuple[int, int]) -> Table:
    """One matrix, or a window of it, under its label; a wrong number carries a star."""
    whole = max(grid.height, grid.width) <= _MOST_NUMBERS
    top, left = (0, 0) if whole else corner
    size = _MOST_NUMBERS if whole else _WINDOW
    cells = [row[left : left + size] for row in grid.rows[top : top + size]]
    block = Table.grid(padding=0)
    label = shorten(terminal(grid.label), 30)
    block.add_row(Text.assemble((label, "bold"), (f"  {grid.shape}", "dim"), no_wrap=True))
    cell_width = max((len(cell.text) for row in cells for cell in row), default=0) + 2
    for row in cells:
        block.add_row(Text("", no_wrap=True).join(_number(cell, cell_width) for cell in row))
    below = ["* wrong"] if grid.wrong and grid.is_difference else []
    below += [] if whole else [f"from row {top}, column {left}"]
    if below:
        block.add_row(Text("; ".join(below), style="dim", no_wrap=True))
    return block


def _number(cell: Cell, width: int) -> Text:
    return Text((cell.text + ("*" if cell.wrong else " ")).rjust(width), style="bold red" if cell.wrong else "")


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


def _stripped(line: Sequence[Segment]) -> Sequence[Segment]:
    """The line without the blanks at its end, which only get in the way of whoever copies or pipes it."""
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return [*kept[:-1], kept[-1]._replace(text=kept[-1].text.rstrip())] if kept else []


def _in_ascii(segment: Segment) -> Segment:
    text = "".join(_PLAIN_SIGNS.get(character, character) for character in segment.text)
    return segment._replace(text=text.encode("ascii", "replace").decode())
