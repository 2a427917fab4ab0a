"""The pictures of questions, as small SVGs: the same bytes on every machine.

What a picture shows is never told by colour alone: cells hold numbers or letters, lines are solid or dashed. The
alternative text says what is there, number by number, so that the question can be answered without seeing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import chain

from convclass.quiz.models import Figure

Rows = Sequence[Sequence[int]]
Place = tuple[int, int]

CELL = 34
SMALL = 22
EDGE = 6
INK, PAPER, LINE, MARK = "#1a1a1a", "#ffffff", "#8a8a8a", "#0b57a4"
COLOURS = ("#cfe3f7", "#fbe0b8", "#d6eecb", "#f5cfd8", "#e2d4f2", "#fff3a8", "#cdeeee", "#e6d9cc", "#dcdcdc")
"""Pale enough for black letters on them."""


def numbers(name: str, rows: Rows, what: str, marked: Iterable[Place] = ()) -> Figure:
    """A grid of whole numbers; `marked` cells have a thick border. `what` begins the alternative text."""
    places = sorted(set(marked))
    cells = [_cell(i, j, PAPER, str(value)) for i, j, value in _places(rows)]
    cells += [_frame(i, j) for i, j in places]
    where = f" Marked: {', '.join(f'row {i}, column {j}' for i, j in places)}." if places else ""
    return _figure(name, cells, rows, f"{what}, {_size(rows)}, row by row: {_spoken(rows)}.{where}")


def feature_map(name: str, rows: Rows, what: str) -> Figure:
    """A map as grey levels, from the smallest number, white, to the largest; the numbers stand in the cells."""
    values = list(chain.from_iterable(rows))
    low, span = min(values), max(max(values) - min(values), 1)
    cells = []
    for i, j, value in _places(rows):
        level, ink = _grey((value - low) / span)
        cells.append(_cell(i, j, f"#{level:02x}{level:02x}{level:02x}", str(value), ink))
    return _figure(name, cells, rows, f"{what}, {_size(rows)}, darker for larger numbers, row by row: {_spoken(rows)}.")


def pixels(name: str, rows: Rows, what: str) -> Figure:
    """A drawing of dark pixels (1) on white ones (0)."""
    cells = [_cell(i, j, INK if value else PAPER, "", side=SMALL) for i, j, value in _places(rows)]
    dark = ", ".join(f"row {i}, column {j}" for i, j, value in _places(rows) if value)
    return _figure(name, cells, rows, f"{what}, {_size(rows)} pixels. Dark: {dark or 'none'}.", side=SMALL)


def letters(name: str, rows: Sequence[Sequence[str]], what: str) -> Figure:
    """A matrix of letters: equal entries have the same letter and colour, a dot stands for zero."""
    alphabet = sorted({entry for entry in chain.from_iterable(rows) if entry not in (".", "?")})
    colours = {letter: COLOURS[place % len(COLOURS)] for place, letter in enumerate(alphabet)}
    cells = [
        _cell(i, j, colours.get(entry, PAPER), "" if entry == "." else entry, side=SMALL)
        for i, row in enumerate(rows)
        for j, entry in enumerate(row)
    ]
    spoken = "; ".join(" ".join("0" if entry == "." else entry for entry in row) for row in rows)
    size = f"{len(rows)} × {len(rows[0])}"
    return _figure(name, cells, rows, f"{what}, {size}, row by row, 0 where it is white: {spoken}.", side=SMALL)


def bars(name: str, values: Sequence[int], labels: Sequence[str], what: str) -> Figure:
    """Upright bars, each with its number on top and its label below."""
    width, height, foot = 64, 120, 24
    top = max([*values, 1])
    parts = []
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        tall = round(height * value / top)
        x, y = EDGE + place * width, EDGE + 16 + height - tall
        parts.append(
            f'<rect x="{x + 14}" y="{y}" width="{width - 28}" height="{tall}" fill="{COLOURS[0]}" stroke="{INK}"/>'
        )
        parts.append(_text(x + width // 2, y - 5, str(value)))
        parts.append(_text(x + width // 2, EDGE + 16 + height + foot - 8, label))
    spoken = ", ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    size = (2 * EDGE + width * len(values), 2 * EDGE + 16 + height + foot)
    return Figure(name=name, svg=_svg(parts, size), alternative=f"{what}. {spoken}.")


def curves(name: str, lines: Sequence[tuple[str, Sequence[int]]], what: str) -> Figure:
    """Curves over 0, 1, 2, ... with numbers at their points, told apart by their dashes and the names at their ends.

    All values are from 0 to 100.
    """
    step, height, left = 60, 150, 34
    steps = max(len(values) for _, values in lines) - 1
    width = left + step * steps + 60
    base = EDGE + 16 + height
    parts = [_line([(left, EDGE + 16), (left, base), (left + step * steps, base)], LINE, "")]
    parts += [_text(left - 16, base - height * mark // 100 + 4, str(mark)) for mark in (0, 50, 100)]
    parts += [_text(left + step * place, base + 18, str(place)) for place in range(steps + 1)]
    for dashes, (label, values) in zip(("", "6 4", "2 3", "10 3 2 3"), lines, strict=False):
        points = [(left + step * place, base - height * value // 100) for place, value in enumerate(values)]
        parts.append(_line(points, INK, dashes))
        parts.append(_text(points[-1][0] + 28, points[-1][1] + 4, label))
    spoken = " ".join(f"{label}: {', '.join(map(str, values))}." for label, values in lines)
    return Figure(name=name, svg=_svg(parts, (width, base + 30)), alternative=f"{what}. {spoken}")


def _grey(share: float) -> tuple[int, str]:
    """A grey level for a number from 0 to 1, and the ink for it. Between 118 and 130 neither ink is easy to read."""
    return (255 - round(200 * share), INK) if share <= 0.6 else (118 - round(130 * (share - 0.6)), PAPER)


def _places(rows: Rows) -> list[tuple[int, int, int]]:
    return [(i, j, value) for i, row in enumerate(rows) for j, value in enumerate(row)]


def _cell(row: int, column: int, fill: str, text: str, ink: str = INK, side: int = CELL) -> str:
    x, y = EDGE + column * side, EDGE + row * side
    square = f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="{fill}" stroke="{LINE}"/>'
    return square + (_text(x + side // 2, y + side // 2 + 5, text, ink) if text else "")


def _frame(row: int, column: int) -> str:
    x, y = EDGE + column * CELL + 2, EDGE + row * CELL + 2
    return (
        f'<rect x="{x}" y="{y}" width="{CELL - 4}" height="{CELL - 4}" fill="none" stroke="{MARK}" stroke-width="3"/>'
    )


def _text(x: int, y: int, text: str, ink: str = INK) -> str:
    shown = escape(text.replace("-", "\N{MINUS SIGN}"))
    return f'<text x="{x}" y="{y}" text-anchor="middle" font-size="14" fill="{ink}">{shown}</text>'


def _line(points: Sequence[Place], ink: str, dashes: str) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"{dashed}/>'


def _figure(
    name: str, cells: list[str], rows: Sequence[Sequence[object]], alternative: str, side: int = CELL
) -> Figure:
    size = (2 * EDGE + side * len(rows[0]), 2 * EDGE + side * len(rows))
    return Figure(name=name, svg=_svg(cells, size), alternative=alternative)


def _svg(parts: Iterable[str], size: tuple[int, int]) -> str:
    width, height = size
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    paper = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    return f'{head} font-family="Helvetica, Arial, sans-serif">{paper}{"".join(parts)}</svg>'


def _size(rows: Rows) -> str:
    return f"{len(rows)} × {len(rows[0])}"


def _spoken(rows: Rows) -> str:
    return "; ".join(" ".join(map(str, row)) for row in rows)
