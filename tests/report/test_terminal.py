"""The terminal report: reads well in colour, without colour, piped, narrow, and in ASCII."""

import io
import re

import pytest
from rich.console import Console

from convclass.exam.verdict import Verdict
from convclass.report.terminal import check_report


def printed(tests, notices=(), *, width=80, encoding="utf-8", **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="strict", write_through=True)
    Console(file=file, width=width, **options).print(check_report(tests, notices))
    return raw.getvalue().decode(encoding)


def public(result):
    return [test for test in result.tests if test.public]


def test_the_report_tells_all_that_helps(samples):
    text = " ".join(printed(public(samples.mistaken()), ["2 cells were skipped."]).split())
    for words in (
        "Note: 2 cells were skipped.",
        "✓ output_size passed",
        "✗ cross_correlate2d wrong answer",
        f"This looks like {samples.FLIPPED.name}.",
        samples.FLIPPED.sentence,
        f"Hint: {samples.HINTS[0]}",
        "… convolve2d blocked by an earlier question Finish cross_correlate2d first.",
        "– conv_transpose2d not attempted",
        "2 of 7 questions right; next: cross_correlate2d.",
    ):
        assert words in text, words


def test_wrong_numbers_carry_a_star_without_any_colour(samples):
    text = printed(public(samples.mistaken()))
    wrong = sum(value != 0 for row in samples.pictures()[-1].rows for value in row)
    assert len(re.findall(r"\d\*", text)) == 2 * wrong
    assert "* wrong" in text


def test_the_matrices_are_those_of_the_case(samples):
    text = printed(public(samples.mistaken()))
    lines = [line.split() for line in text.splitlines()]
    assert ["1", "0", "2", "3", "0", "1", "0"] in lines  # first rows of input and kernel, side by side
    assert ["yours", "3", "×", "4", "expected", "3", "×", "4", "difference", "3", "×", "4"] in lines


def test_a_large_matrix_shows_a_window_with_a_wrong_cell(samples):
    conv2d = [test for test in public(samples.mistaken()) if test.question == "conv2d"]
    text = printed(conv2d)
    assert "from row" in text and re.search(r"\d\*", text)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(samples, width):
    lines = printed(public(samples.mistaken()), width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


def test_ascii_output_needs_no_other_characters(samples):
    text = printed(public(samples.mistaken()), encoding="ascii")
    assert "x cross_correlate2d" in text and "+ output_size" in text


def test_piped_output_has_no_escape_sequences(samples):
    assert "\x1b" not in printed(public(samples.mistaken()))
    assert "\x1b[" in printed(public(samples.mistaken()), force_terminal=True, color_system="standard")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_told_in_words(samples, verdict):
    assert verdict.words in printed(samples.question_tests("conv2d", 0.0, verdict))


def test_success_and_emptiness_are_told(samples):
    assert printed(public(samples.perfect())).endswith("✓ All 7 questions right.\n")
    assert "No test was run." in printed([])


def test_what_keeps_a_file_from_loading_is_said_once(samples):
    broken = samples.unloadable()
    assert " ".join(printed(public(broken), broken.notices).split()).count("was never closed") == 1


def test_hostile_text_controls_nothing(samples):
    for text in samples.HOSTILE:
        result = samples.hostile(text)
        shown = printed(result.tests, [text], force_terminal=True, color_system=None, legacy_windows=False)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
        assert shown.count("\n") < 400


def test_rich_markup_in_student_text_stays_text(samples):
    tests = samples.question_tests("conv2d", 0.0, Verdict.RAISED, message="[bold]list index[/bold] [link=x]y[/link]")
    assert "[bold]list index[/bold] [link=x]y[/link]" in printed(tests)
