"""Hostile text made safe: nothing that controls, reverses, floods or calculates gets through."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convclass.report.text import count, csv_cell, plain, points, terminal

ANYTHING = st.text(st.characters(categories=None, codec=None), max_size=200)


@given(ANYTHING)
def test_plain_leaves_no_control_or_reversing_character(text):
    shown = plain(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t\u200c\u200d"]
    shown.encode("utf-8")


@given(ANYTHING)
def test_terminal_leaves_line_ends_as_the_only_control_characters(text):
    assert not [c for c in terminal(text) if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]


@given(ANYTHING)
def test_a_csv_cell_is_one_line_and_never_a_formula(text):
    cell = csv_cell(text)
    assert "\n" not in cell and "\r" not in cell and "\t" not in cell
    assert not cell.startswith(tuple("=+-@")) or float(cell) is not None


@given(st.text(min_size=1, max_size=60, alphabet="abcdefgh ÄÖÜéß漢字"))
def test_ordinary_text_stays_as_it_is(text):
    assert plain(text) == text
    assert terminal(text) == text
    assert csv_cell(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x9b2Jb", "ab"),
        ("\x1bcreset", "reset"),
        ("back\b\b", "back"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\u202ereversed", "reversed"),
    ],
)
def test_terminal_sequences_are_removed(text, expected):
    assert terminal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("  @SUM(A1)", "'@SUM(A1)"),
        ("-Anna", "'-Anna"),
        ("-3.5", "-3.5"),
        ("+1e-3", "+1e-3"),
        ("a;=1+1", "a;'=1+1"),
        ('a",=cmd', "a\",'=cmd"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\x00=1", "'=1"),
        ("Anna-Maria O'Brien", "Anna-Maria O'Brien"),
    ],
)
def test_formulas_are_defused(text, expected):
    assert csv_cell(text) == expected


def test_plain_makes_control_characters_visible():
    assert plain("a\x00b\x7f") == "a␀b␡"


def test_plain_bounds_length_and_lines():
    assert len(plain("x" * 10_000, 100)) < 160
    assert "9900 characters left out" in plain("x" * 10_000, 100)
    assert plain("line\n" * 3_000, 10**6).count("\n") <= 60


def test_plain_keeps_both_ends_of_a_long_message():
    shown = plain("Traceback" + "x" * 1_500 + "ValueError: no", 200)
    assert shown.startswith("Traceback") and shown.endswith("ValueError: no")


@pytest.mark.parametrize(("value", "words"), [(2.0, "2"), (0.5, "0.5"), (2 / 3, "0.67"), (10.0, "10"), (0.0, "0")])
def test_points_are_humane(value, words):
    assert points(value) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 tests"), (1, "1 test"), (2, "2 tests")])
def test_count_agrees_with_its_noun(number, words):
    assert count(number, "test") == words
