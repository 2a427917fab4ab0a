"""Heat maps: the right cells are marked, numbers are humane, colours are symmetric around 0."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convclass.exam.results import Picture
from convclass.report.heatmap import STEPS, colour, grid, grids, number, palette_css, wrong_cells

SMALL = st.integers(-9, 9).map(float)
MATRICES = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda size: st.tuples(
        *[st.lists(st.lists(SMALL, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])] * 2
    )
)


def compared(yours, expected):
    difference = [[a - b for a, b in zip(x, y, strict=True)] for x, y in zip(yours, expected, strict=True)]
    labelled = (("yours", yours), ("expected", expected), ("difference", difference))
    return tuple(Picture(label, tuple(map(tuple, rows))) for label, rows in labelled)


def marked(one):
    return {(i, j) for i, row in enumerate(one.rows) for j, cell in enumerate(row) if cell.wrong}


@given(MATRICES)
def test_exactly_the_wrong_cells_are_marked(pair):
    yours, expected = pair
    really = {(i, j) for i, row in enumerate(yours) for j, v in enumerate(row) if v != expected[i][j]}
    drawn = {g.label: g for g in grids(compared(yours, expected))}
    assert marked(drawn["yours"]) == marked(drawn["difference"]) == really
    assert not marked(drawn["expected"])
    assert drawn["difference"].wrong == len(really)


def test_rounding_is_not_wrong_beside_a_real_difference():
    assert wrong_cells(compared([[1.0 + 1e-9, 5.0]], [[1.0, 2.0]])) == {(0, 1)}


def test_a_small_difference_is_wrong_when_there_is_no_larger_one():
    assert wrong_cells(compared([[1.0 + 1e-7, 2.0]], [[1.0, 2.0]])) == {(0, 0)}


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_holes_and_non_numbers_are_wrong_in_a_difference(value):
    assert wrong_cells((Picture("difference", ((0.0, value),)),)) == {(0, 1)}


def test_without_a_difference_nothing_is_known_to_be_wrong():
    assert not wrong_cells((Picture("yours", ((1.0,),)), Picture("expected", ((2.0, 3.0),))))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "·"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.0, "0"),
        (-0.0, "0"),
        (3, "3"),
        (-1.5, "−1.5"),
        (1 / 3, "0.3333"),
        (123456.0, "1.235e+05"),
        (1.23456e-9, "1.235e−09"),
    ],
)
def test_numbers_are_humane(value, text):
    assert number(value) == text


def test_numbers_of_one_matrix_line_up():
    texts = [cell.text for row in grid(Picture("x", ((0.25, -12.5), (3.0, 0.0)))).rows for cell in row]
    assert texts == ["0.25", "−12.50", "3.00", "0.00"]


def test_a_tiny_number_never_reads_as_zero():
    texts = [cell.text for row in grid(Picture("x", ((1e-7, 2.5),))).rows for cell in row]
    assert float(texts[0].replace("−", "-")) == 1e-7


@given(st.floats(0.001, 100), st.floats(0.001, 100))
def test_colours_are_symmetric_and_grow_with_the_value(value, scale):
    above, below = colour(value, scale), colour(-value, scale)
    assert (above[0], below[0]) == ("p", "n") and above[1:] == below[1:]
    assert 1 <= int(above[1:]) <= STEPS
    assert int(colour(value / 2, scale)[1:]) <= int(above[1:])


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "hole"), (math.nan, "nan"), (0.0, "zero"), (math.inf, "p8"), (-math.inf, "n8")]
)
def test_special_values_have_colours_of_their_own(value, expected):
    assert colour(value, 1.0) == expected


def test_every_colour_has_a_rule_for_light_and_dark():
    css = palette_css(".x")
    for k in range(1, STEPS + 1):
        assert css.count(f".x .heat .p{k} ") == css.count(f".x .heat .n{k} ") == 2


def test_yours_and_expected_share_a_scale():
    drawn = grids(compared([[1.0]], [[8.0]]))
    assert [g.rows[0][0].colour for g in drawn] == ["p1", "p8", "n8"]


def test_the_description_says_what_is_seen():
    text = grids(compared([[1.0, 2.0], [0.0, -4.0]], [[1.0, 2.0], [0.0, 4.0]]))[0].description
    for words in ("yours", "2 rows, 2 columns", "from −4 to 2", "wrong cells: 1", "row 1, column 1"):
        assert words in text


@pytest.mark.parametrize("rows", [(), ((),)])
def test_an_empty_matrix_is_no_accident(rows):
    assert grid(Picture("empty", rows)).wrong == 0


def test_a_huge_matrix_is_cropped_and_says_so():
    huge = grid(Picture("huge", tuple((0.0,) * 200 for _ in range(100))))
    assert huge.cropped and not huge.legible and huge.shape == "100 × 200"
    assert len(huge.rows) <= 48
