"""Small matrices as heat maps: which colour, which number, and which cells are wrong.

A `Grid` is what both the HTML pages and the terminal draw. Colours come from a diverging palette around 0, blue below
and orange above, even in lightness on both sides and told apart by colour-blind readers; a wrong cell is marked by a
sign and a border as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convclass.exam.results import Picture

STEPS = 8
_MOST_NUMBERS = 10
_MOST_CELLS = 48
_DIGITS = 4
_VISIBLE = 1e-5
_ANSWERS = ("yours", "expected", "difference")
_BLUE, _ORANGE = 250, 60

Rows = tuple[tuple[float | None, ...], ...]
Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a heat map: as text, with its colour class (such as "p3", "n8", "zero", "hole" or "nan")."""

    text: str
    colour: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A matrix ready to draw. `height` and `width` are the matrix's own, also when not all of it is drawn."""

    label: str
    caption: str
    height: int
    width: int
    rows: tuple[tuple[Cell, ...], ...]
    range: str = ""

    @property
    def shape(self) -> str:
        """The size in words, rows first."""
        return f"{self.height} × {self.width}"

    @property
    def wrong(self) -> int:
        """How many of the drawn cells are wrong."""
        return sum(cell.wrong for row in self.rows for cell in row)

    @property
    def about_answer(self) -> bool:
        """True for the student's answer, the expected one and their difference; False for what was given."""
        return _is_one_of(self.label, _ANSWERS)

    @property
    def is_difference(self) -> bool:
        """True for the difference between the student's answer and the expected one."""
        return _is_one_of(self.label, ("difference",))

    @property
    def legible(self) -> bool:
        """True when the matrix is small enough to print its numbers."""
        return max(self.height, self.width) <= _MOST_NUMBERS

    @property
    def cropped(self) -> bool:
        """True when only the top left part is drawn."""
        return bool(self.rows) and (len(self.rows), len(self.rows[0])) != (self.height, self.width)

    @property
    def description(self) -> str:
        """The picture in one sentence, for whoever cannot see it."""
        parts = [f"{self.label}: {self.height} rows, {self.width} columns", self.range]
        if self.wrong:
            parts.append(f"wrong cells: {self.wrong}, the first in {self._first_wrong()}")
        return "; ".join(part for part in parts if part)

    def _first_wrong(self) -> str:
        positions = ((i, j) for i, row in enumerate(self.rows) for j, cell in enumerate(row) if cell.wrong)
        i, j = next(positions)
        return f"row {i}, column {j}"


def grids(pictures: Sequence[Picture]) -> tuple[Grid, ...]:
    """The pictures of one case, ready to draw: yours and expected on one colour scale, wrong cells marked in both
    yours and the difference.
    """
    wrong = wrong_cells(pictures)
    answers = [picture.rows for picture in pictures if _is(picture, "yours", "expected")]
    common = max((_largest(rows) for rows in answers), default=0.0)
    return tuple(
        grid(
            picture,
            wrong if _is(picture, "yours", "difference") else frozenset(),
            common if _is(picture, "yours", "expected") else _largest(picture.rows),
        )
        for picture in pictures
    )


def grid(picture: Picture, wrong: frozenset[Position] = frozenset(), scale: float | None = None) -> Grid:
    """One picture ready to draw; `scale` is the absolute value that gets the strongest colour."""
    scale = _largest(picture.rows) if scale is None else scale
    decimals = _decimals(picture.rows)
    drawn = [row[:_MOST_CELLS] for row in picture.rows[:_MOST_CELLS]]
    return Grid(
        label=picture.label,
        caption=picture.caption,
        height=len(picture.rows),
        width=max((len(row) for row in picture.rows), default=0),
        rows=tuple(
            tuple(Cell(number(v, decimals), colour(v, scale), (i, j) in wrong) for j, v in enumerate(row))
            for i, row in enumerate(drawn)
        ),
        range=_range(picture.rows),
    )


def wrong_cells(pictures: Sequence[Picture]) -> frozenset[Position]:
    """Where the difference is not nothing: a hole, not a number, or large enough to see.

    A difference that rounding explains (below 1e-5 of the largest expected value) counts only when no larger one is
    there. Without a picture called "difference" no cell is known to be wrong.
    """
    difference = next((picture.rows for picture in pictures if _is(picture, "difference")), ())
    expected = max((_largest(p.rows) for p in pictures if _is(p, "expected")), default=0.0)
    return _beyond(difference, _VISIBLE * expected) or _beyond(difference, 0.0)


def number(value: float | None, decimals: int | None = None) -> str:
    """A number in at most four significant digits, with a true minus sign; holes and non-numbers are shown as such."""
    if value is None:
        return "·"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return _digits(float(value), decimals).replace("-", "−")


def colour(value: float | None, scale: float) -> str:
    """The colour class of a value: n8 … n1, zero, p1 … p8, or hole or nan."""
    if value is None:
        return "hole"
    if math.isnan(value):
        return "nan"
    if value == 0 or scale == 0:
        return "zero"
    step = STEPS if math.isinf(value) else max(1, min(STEPS, math.ceil(abs(value) / scale * STEPS)))
    return f"{'p' if value > 0 else 'n'}{step}"


def palette_css(scope: str) -> str:
    """The colour classes as CSS below `scope`: light, and dark for a dark screen, never dark on paper."""
    light = "".join(_rule(scope, step, 0.975 - 0.27 * step.share, 0.125 * step.share) for step in _steps())
    dark = "".join(_rule(scope, step, 0.29 + 0.24 * step.share, 0.11 * step.share) for step in _steps())
    return f"{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"


class _Step(NamedTuple):
    name: str
    hue: int
    share: float


def _steps() -> list[_Step]:
    arms = (("n", _BLUE), ("p", _ORANGE))
    return [_Step("zero", 0, 0.0), *(_Step(f"{s}{k}", hue, k / STEPS) for s, hue in arms for k in range(1, STEPS + 1))]


def _rule(scope: str, step: _Step, lightness: float, chroma: float) -> str:
    paint = f"oklch({lightness:.3f} {chroma:.3f} {step.hue})"
    return f"{scope} .heat .{step.name} {{ background: {paint}; fill: {paint}; }}\n"


def _is(picture: Picture, *labels: str) -> bool:
    return _is_one_of(picture.label, labels)


def _is_one_of(label: str, labels: tuple[str, ...]) -> bool:
    return label.strip().lower() in labels


def _finite(rows: Rows) -> list[float]:
    return [value for row in rows for value in row if value is not None and math.isfinite(value)]


def _largest(rows: Rows) -> float:
    return max(map(abs, _finite(rows)), default=0.0)


def _beyond(rows: Rows, limit: float) -> frozenset[Position]:
    return frozenset(
        (i, j)
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value is None or math.isnan(value) or abs(value) > limit
    )


def _range(rows: Rows) -> str:
    values = _finite(rows)
    return f"values from {number(min(values))} to {number(max(values))}" if values else "no finite values"


def _decimals(rows: Rows) -> int | None:
    """How many decimals give the largest value four digits; None where a matrix has no common number of them."""
    values = _finite(rows)
    largest = max(map(abs, values), default=0.0)
    if all(value == round(value) for value in values) and largest < 10**_DIGITS:
        return 0
    if not 1e-3 <= largest < 10**_DIGITS:
        return None
    before_the_point = max(1, math.floor(math.log10(largest)) + 1)
    needed = max(_needed(value) for value in values)
    return min(_DIGITS - before_the_point, needed)


def _needed(value: float) -> int:
    """How many of at most three decimals a value really uses."""
    text = f"{value:.3f}".rstrip("0")
    return len(text) - text.index(".") - 1


def _digits(value: float, decimals: int | None) -> str:
    if value == 0:
        return "0" if not decimals else f"{0:.{decimals}f}"
    if decimals is None:
        return f"{value:.{_DIGITS}g}"
    text = f"{value:.{decimals}f}"
    return text if float(text) != 0 else f"{value:.0e}"
