"""Pictures: well-formed, the same bytes, readable without colour and without eyes."""

import re
from xml.etree import ElementTree

import pytest

from convclass.quiz import figures

SVG = "{http://www.w3.org/2000/svg}"
MADE = {
    "numbers": lambda: figures.numbers("a", [[1, -2], [3, 4]], "Image", [(0, 1)]),
    "feature map": lambda: figures.feature_map("a", [[0, 5], [9, 9]], "Map"),
    "pixels": lambda: figures.pixels("a", [[1, 0], [0, 0]], "Letter"),
    "letters": lambda: figures.letters("a", [["a", "."], ["?", "a"]], "Matrix"),
    "bars": lambda: figures.bars("a", [3, 0], ["one", "two & more"], "Units"),
    "curves": lambda: figures.curves("a", [("A", [100, 50]), ("B", [0, 20])], "Accuracy"),
}


def texts(figure):
    return [element.text for element in ElementTree.fromstring(figure.svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_every_picture_is_a_small_svg_that_stays_inside_its_box(make):
    tree = ElementTree.fromstring(make().svg)
    width, height = (float(tree.attrib[side]) for side in ("width", "height"))
    assert tree.tag == f"{SVG}svg" and tree.attrib["viewBox"] == f"0 0 {width:g} {height:g}"
    for element in tree.iter():
        x, y = (float(element.attrib.get(name, 0)) for name in "xy")
        assert 0 <= x <= width and 0 <= y <= height


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_pictures_are_the_same_each_time(make):
    assert make() == make()


def test_numbers_are_in_the_picture_and_in_the_alternative_text():
    figure = MADE["numbers"]()
    assert texts(figure) == ["1", "\N{MINUS SIGN}2", "3", "4"]
    assert figure.alternative == "Image, 2 × 2, row by row: 1 -2; 3 4. Marked: row 0, column 1."


def test_grey_levels_go_from_white_to_dark_and_dark_cells_have_white_numbers():
    tree = ElementTree.fromstring(MADE["feature map"]().svg)
    fills = [cell.attrib["fill"] for cell in tree.iter(f"{SVG}rect")][1:]
    levels = [int(fill[1:3], 16) for fill in fills]
    assert levels[0] == 255 and levels[0] > levels[1] > levels[2] == levels[3]
    assert [t.attrib["fill"] for t in tree.iter(f"{SVG}text")] == [
        figures.INK,
        figures.INK,
        figures.PAPER,
        figures.PAPER,
    ]


def test_a_map_of_one_value_is_white():
    assert "#ffffff" in figures.feature_map("a", [[4, 4]], "Map").svg


def test_equal_letters_have_equal_colours_and_zero_is_white():
    figure = MADE["letters"]()
    tree = ElementTree.fromstring(figure.svg)
    a, zero, hidden, other_a = [cell.attrib["fill"] for cell in tree.iter(f"{SVG}rect")][1:]
    assert a == other_a != zero == hidden == figures.PAPER
    assert texts(figure) == ["a", "?", "a"]
    assert figure.alternative == "Matrix, 2 × 2, row by row, 0 where it is white: a 0; ? a."


def test_dark_pixels_are_told():
    assert MADE["pixels"]().alternative == "Letter, 2 × 2 pixels. Dark: row 0, column 0."
    assert figures.pixels("a", [[0]], "Letter").alternative.endswith("Dark: none.")


def test_labels_are_escaped():
    assert "two &amp; more" in MADE["bars"]().svg
    assert MADE["bars"]().alternative == "Units. one: 3, two & more: 0."


def test_curves_are_told_apart_by_dashes_and_names():
    figure = MADE["curves"]()
    dashes = re.findall(r'stroke-dasharray="([^"]+)"', figure.svg)
    assert len(dashes) == 1 and {"A", "B"} <= set(texts(figure))
    assert figure.alternative == "Accuracy. A: 100, 50. B: 0, 20."


def _luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_letters_stand_out_from_every_colour():
    assert all(_contrast(colour, figures.INK) >= 7 for colour in figures.COLOURS)


def test_numbers_stand_out_from_every_grey_level():
    tree = ElementTree.fromstring(figures.feature_map("a", [list(range(100))], "Map").svg)
    cells = [cell.attrib["fill"] for cell in tree.iter(f"{SVG}rect")][1:]
    inks = [text.attrib["fill"] for text in tree.iter(f"{SVG}text")]
    assert min(_contrast(cell, ink) for cell, ink in zip(cells, inks, strict=True)) >= 4.5
