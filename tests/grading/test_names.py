from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convclass.grading.names import safe_name, safe_names, visible

FORBIDDEN = set('<>:"/\\|?*') | {chr(code) for code in range(32)} | {"\x7f"}


@pytest.mark.parametrize("name", ["alice", "Jane Doe_123456", "doejane_1234", "a.b-c_d", "s0123", "x"])
def test_plain_names_stay_themselves(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../../etc/passwd", "a/b", "CON", "nul.txt", "com1", "x.", "x ", " x", "-rf", ".hidden", "x" * 300]
    + ["Zoë", "王小明", "🙂", 'say "hi"', "a\x1b[31mb", "\u202egnp.exe", "a\nb", "CONOUT$"],
)
def test_other_names_get_a_hash(name: str) -> None:
    safe = safe_name(name)
    assert safe != name
    assert len(safe) <= 80
    assert safe_name(safe) == safe


@given(st.text())
def test_every_name_is_a_file_name_everywhere(name: str) -> None:
    safe = safe_name(name)
    assert safe and not set(safe) & FORBIDDEN and safe.isascii()
    assert safe[0] not in ". -" and safe[-1] not in ". "
    assert Path(safe).name == safe


@given(st.lists(st.text(alphabet="aAbB./é-_ 1"), unique=True))
def test_no_two_students_share_a_file(names: list[str]) -> None:
    files = safe_names(names)
    assert set(files) == set(names)
    assert len({name.casefold() for name in files.values()}) == len(names)


def test_a_name_made_to_look_like_anothers_hash_is_told_apart() -> None:
    victim = "Zoë"
    files = safe_names([victim, safe_name(victim)])
    assert len(set(files.values())) == 2


def test_upper_and_lower_case_are_told_apart_and_others_keep_their_name() -> None:
    files = safe_names(["Alice", "alice", "bob"])
    assert files["bob"] == "bob"
    assert files["Alice"].casefold() != files["alice"].casefold()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("a\x1b[2J", "a\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udcffb", "a\\xffb"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("a\nb", "a\\x0ab"),
    ],
)
def test_visible(name: str, shown: str) -> None:
    assert visible(name) == shown


@given(st.text(st.characters()))
def test_visible_text_can_be_written_anywhere(name: str) -> None:
    visible(name).encode("utf-8")
    assert visible(visible(name)) == visible(name)
