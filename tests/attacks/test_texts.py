"""Text that attacks the readers of feedback, by every way that a student's text gets there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from attacks.class_run import Graded, Place, grade
from attacks.texts import (
    CHANNELS,
    TEXTS,
    file_name,
    harms_of_json,
    harms_of_page,
    harms_of_table,
    harms_of_terminal,
    naive_harms,
    structure,
)

from convclass.grading.names import safe_names

HARMLESS = "nothing to see"
PAIRS = list(itertools.product(range(len(CHANNELS)), TEXTS))
KEYS = {"score", "max_score", "output", "visibility", "tests", "extra_data"}


def student(channel: int, text: str) -> str:
    return f"{channel}-{list(TEXTS).index(text):02d}"


@pytest.fixture(scope="module")
def graded() -> Iterator[Graded]:
    """A class in which every text comes by every way, and as the name of a student and of a file."""
    place = Place.make()
    for number, channel in enumerate(CHANNELS):
        name, source = channel(HARMLESS)
        place.hand_in(f"harmless-{number}", source, name)
        name, source = channel("nothing\n" * 20_000)
        place.hand_in(f"harmless-long-{number}", source, name)
    for number, text in PAIRS:
        name, source = CHANNELS[number](TEXTS[text])
        place.hand_in(student(number, text), source, name)
    for number, text in enumerate(TEXTS.values()):
        if name := file_name(text).strip():
            place.hand_in(f"{number:02d} {name}", "def double(x):\n    return x\n", f"{name}.py")
    yield grade(place, "A", 2, [])
    place.remove()


def test_the_class_is_graded(graded: Graded) -> None:
    assert graded.code == 0, graded.said
    assert len(graded.results) == len(list(graded.place.inbox.iterdir()))
    assert all(result.complete for result in graded.results.values())


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_harms_where_it_is_pasted_in_as_it_is(text: str) -> None:
    assert naive_harms(TEXTS[text])
    assert naive_harms(HARMLESS) == set()


@pytest.mark.parametrize(("channel", "text"), PAIRS, ids=lambda part: str(part))
def test_a_page_and_a_result_hold_the_text_and_not_its_harm(channel: int, text: str, graded: Graded) -> None:
    assert harms_of_page(read(graded, "feedback", student(channel, text)), *harmless(graded)) == set()
    assert harms_of_json(read(graded, "results", student(channel, text)), KEYS) == set()


def harmless(graded: Graded) -> list[str]:
    names = [f"harmless-{kind}{number}" for number in range(len(CHANNELS)) for kind in ("", "long-")]
    return [read(graded, "feedback", name) for name in names]


def read(graded: Graded, kind: str, student: str) -> str:
    suffix = {"feedback": "html", "results": "json"}[kind]
    return (graded.place.out / kind / f"{student}.{suffix}").read_text("utf-8")


def test_the_pages_of_strangely_named_students(graded: Graded) -> None:
    names = safe_names(graded.results)
    for name in graded.results:
        page = read(graded, "feedback", names[name])
        assert harms_of_page(page, *harmless(graded)) == set(), name
        assert harms_of_json(read(graded, "results", names[name]), KEYS) == set(), name


def test_the_class_page_the_table_and_the_terminal(graded: Graded) -> None:
    page = (graded.place.out / "index.html").read_text("utf-8")
    unwanted = {"script", "iframe", "img", "base", "form", "object", "embed", "link"}
    assert not {element[0] for element in structure(page)} & unwanted
    assert not [name for element in structure(page) for name in element[1:] if name.startswith("on")]
    assert harms_of_table((graded.place.out / "grades.csv").read_bytes().decode(), len(graded.results) + 1) == set()
    assert harms_of_terminal(graded.said) == set()


def test_the_detectors_are_awake() -> None:
    seen = set().union(*map(naive_harms, TEXTS.values()))
    assert {"elements", "formula", "rows", "bidi", "control", "size", "encoding", "json"} <= seen
