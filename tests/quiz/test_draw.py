"""Drawing: the same numbers everywhere, fair, named, and not twice."""

import hashlib
import subprocess
import sys
from collections import Counter

import pytest

from convclass.quiz import draw as module
from convclass.quiz.draw import Again, Draw


def digest(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def test_a_number_is_read_off_the_hash_as_documented():
    expected = 3 + digest("42/topic/question/0/size/0/0") % 8
    assert Draw(42, "topic/question").integer("size", 3, 10) == expected


def test_numbers_are_those_of_the_day_this_was_written():
    """What has been printed on paper must come out again: these values may never change."""
    draw = Draw(7, "01_convolution/example", 2)
    assert draw.integer("a", 0, 999) == 638
    assert draw.row("b", 4, -5, 5) == [-1, -1, -1, -2]
    assert draw.sample("c", list("abcdef"), 3) == ["a", "b", "e"]
    assert draw.matrix("d", 2, 2, 0, 9) == [[8, 7], [5, 9]]
    assert draw.choice("e", ["x", "y", "z"]) == "y"
    assert draw.shuffled(range(5)) == [1, 3, 4, 0, 2]


def test_another_process_with_other_hashes_draws_the_same():
    program = "from convclass.quiz.draw import Draw; print(Draw(1, 'q').sample('s', list(range(50)), 50))"
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert answers == {f"{Draw(1, 'q').sample('s', list(range(50)), 50)}\n"}


def test_a_number_does_not_depend_on_those_before_it():
    one, other = Draw(5, "q"), Draw(5, "q")
    one.row("first", 10, 0, 9)
    assert one.integer("second", 0, 10**6) == other.integer("second", 0, 10**6)


@pytest.mark.parametrize("other", [Draw(6, "q"), Draw(5, "p"), Draw(5, "q", 1)])
def test_seed_question_and_attempt_all_matter(other):
    assert Draw(5, "q").integer("n", 0, 10**9) != other.integer("n", 0, 10**9)


def test_all_numbers_are_about_equally_frequent():
    counted = Counter(Draw(seed, "q").integer("n", 1, 6) for seed in range(6000))
    assert sorted(counted) == [1, 2, 3, 4, 5, 6]
    assert all(850 < number < 1150 for number in counted.values())


def test_all_orders_are_about_equally_frequent():
    counted = Counter(tuple(Draw(seed, "q").shuffled("abc")) for seed in range(3000))
    assert len(counted) == 6 and all(400 < number < 600 for number in counted.values())


def test_words_that_would_make_small_numbers_more_frequent_are_refused(monkeypatch):
    monkeypatch.setattr(module, "_WORD", 1 << 62)  # so three words of four are beyond the last multiple of the bound
    bound = 1 << 61
    refused = next(s for s in range(99) if digest(f"{s}/q/0/n/0/0") >= 1 << 62 > digest(f"{s}/q/0/n/0/1"))
    assert Draw(refused, "q").integer("n", 0, bound - 1) == digest(f"{refused}/q/0/n/0/1") % bound


def test_what_is_drawn_is_kept_by_name():
    draw = Draw(1, "q")
    number, letter = draw.integer("number", 0, 9), draw.choice("letter", "abc")
    draw.shuffled([1, 2, 3])
    assert draw.given == {"number": number, "letter": letter}


def test_a_name_is_drawn_only_once():
    draw = Draw(1, "q")
    draw.integer("n", 0, 9)
    with pytest.raises(ValueError, match="'n' is drawn twice"):
        draw.integer("n", 0, 9)


def test_there_must_be_something_to_draw_from():
    with pytest.raises(ValueError, match="4 of 3 items"):
        Draw(1, "q").sample("s", [1, 2, 3], 4)
    with pytest.raises(ValueError, match="nothing to draw"):
        Draw(1, "q").choice("c", [])


def test_numbers_that_make_no_question_are_drawn_again():
    Draw(1, "q").need(True)
    with pytest.raises(Again):
        Draw(1, "q").need(False)
