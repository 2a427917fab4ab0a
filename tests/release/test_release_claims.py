"""The page of claims: made from solutions/claims.py where there is one, and wrong claims complain."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from convclass.course import CourseError
from convclass.release.claims import Claim, Place, Ruling, claims_page, read_claims, shown
from convclass.release.writer import Difference, Fault, compare_course, course_files

HANDOUT = """
# Scaling

Two functions.

## What it does, in short

```
# Not a heading
```

It makes a
tensor larger.

## Later
"""
CLAIMS = """
from convclass.release.claims import Claim, Place, Ruling

CLAIMS = (
    Claim(
        1, "scaling | makes larger", Ruling.IMPRECISE, "not by 0.5",
        lambda: {"twice": 2 * 3000, "half": 1 / 2, "rest": 1e-17, "what": "a number"},
        "{twice}, {half}, {rest}: {what}",
        (Place("06_scaling", ("scale", "shift")),), "06_scaling", "It makes a tensor larger.",
    ),
)
"""


@pytest.fixture
def claims(tmp_path):
    path = tmp_path / "claims.py"
    path.write_text(CLAIMS, encoding="utf-8")
    return path


def spoiled(path: Path, old: str, new: str) -> tuple[Claim, ...]:
    assert old in CLAIMS
    path.write_text(CLAIMS.replace(old, new), encoding="utf-8")
    return read_claims(path)


def test_a_claim_is_a_row_with_its_figures_and_a_link_to_its_section(claims):
    page = claims_page(read_claims(claims), {"06_scaling": HANDOUT})
    assert page.splitlines()[-1] == (
        "| 1 | scaling \\| makes larger | **imprecise**: not by 0.5 | 6\N{NO-BREAK SPACE}000, 0.500, 0: a number | "
        "assignment 6: `scale`, `shift`; read [What it does, in short](06_scaling/README.md#what-it-does-in-short) |"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (7840, "7 840"), (5306600, "5 306 600"), (1.21, "1.21"), (0.6071, "0.607"), (93.2, "93.2")]
    + [(100.0, "100"), (0.0, "0"), (1e-16, "0"), (-1e-16, "0"), (2e-12, "2.00e-12"), (1234.5, "1.23e+03")],
)
def test_figures_are_told_the_same_everywhere(value, text):
    assert shown(value).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize("removed", ["It makes a\ntensor larger.", "larger."])
def test_a_sentence_that_is_gone_stops_the_page(claims, removed):
    with pytest.raises(CourseError, match=r"claim 1: 06_scaling/README.md has no sentence 'It makes a tensor larger.'"):
        claims_page(read_claims(claims), {"06_scaling": HANDOUT.replace(removed, "")})


def test_a_sentence_must_stand_below_a_heading(claims):
    with pytest.raises(CourseError, match="below a heading"):
        claims_page(read_claims(claims), {"06_scaling": "It makes a tensor larger.\n\n# Scaling\n"})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('Place("06_scaling"', 'Place("07_scaling"', "no assignment 07_scaling; there are: 06_scaling"),
        ('"06_scaling", "It makes', '"08_scaling", "It makes', "no assignment 08_scaling"),
        ("{twice}", "{thrice}", "claim 1: its words name 'thrice'"),
    ],
)
def test_a_wrong_claim_is_named(claims, old, new, says):
    with pytest.raises(CourseError, match=re.escape(says)):
        claims_page(spoiled(claims, old, new), {"06_scaling": HANDOUT})


def test_claims_are_numbered_in_order(claims):
    with pytest.raises(CourseError, match=re.escape("these are [2]")):
        spoiled(claims, "1, ", "2, ")


def test_a_claim_cannot_be_changed(claims):
    claim = read_claims(claims)[0]
    assert claim.ruling is Ruling.IMPRECISE and claim.places == (Place("06_scaling", ("scale", "shift")),)
    with pytest.raises(AttributeError):
        claim.ruling = Ruling.RIGHT


def test_a_course_without_claims_has_no_page(tiny_course):
    assert course_files(tiny_course, {"06_scaling": {"README.md": b"# Scaling\n"}}) == {}


def test_what_stands_beside_the_assignments_is_compared(tmp_path):
    files = {"claims.md": b"one\n"}
    assert compare_course(files, tmp_path, []) == (Difference(Fault.MISSING, tmp_path / "claims.md"),)
    (tmp_path / "claims.md").write_bytes(b"two\n")
    (tmp_path / "06_scaling").mkdir()
    assert compare_course(files, tmp_path, ["06_scaling"]) == (Difference(Fault.STALE, tmp_path / "claims.md", 1),)
    found = compare_course({}, tmp_path, [])
    assert found == tuple(Difference(Fault.EXTRA, tmp_path / name) for name in ("06_scaling", "claims.md"))


def test_the_command_writes_the_page_and_finds_it_stale(tiny_course):
    def release(*arguments):
        command = [sys.executable, "-c", "from convclass.cli import main; main()", "release", *arguments]
        return subprocess.run(command, cwd=tiny_course, capture_output=True, text=True, timeout=120)

    source = tiny_course / "solutions" / "claims.py"
    source.write_text(dedent(CLAIMS).replace("It makes a tensor larger.", "Two functions."), encoding="utf-8")
    done = release()
    page = tiny_course / "assignments" / "claims.md"
    assert (done.returncode, done.stderr) == (0, "") and f"{page}: written" in done.stdout
    assert release("--check").returncode == 0
    source.write_text(source.read_text("utf-8").replace("3000", "3001"), encoding="utf-8")
    checked = release("--check")
    line = len(page.read_text("utf-8").splitlines())
    assert (checked.returncode, checked.stderr) == (1, f"stale: {page}, line {line}; run `convclass release`\n")
