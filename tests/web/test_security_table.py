"""The tests that SECURITY.md names as proof exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "SECURITY.md"
NAMED = re.compile(r"`(test_\w+\.py)::(\w+)`")
ATTACK = re.compile(r"^\| (?!---|attack on|OWASP)(?P<attack>[^|]+) \|[^|]+\| (?P<proof>[^|]+) \|$", re.MULTILINE)


def section(text: str) -> str:
    return text.split("\n## The LTI tool\n")[1].split("\n## ")[0]


def missing(text: str) -> list[str]:
    """The named tests that are not there."""
    return [f"{file}::{name}" for file, name in NAMED.findall(text) if name not in defined_in(HERE / file)]


def defined_in(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def without_proof(text: str) -> list[str]:
    """The attacks in whose row no test is named."""
    return [row["attack"] for row in ATTACK.finditer(text) if not NAMED.search(row["proof"])]


def test_what_the_page_names_exists():
    text = section(PAGE.read_text(encoding="utf-8"))
    assert len(NAMED.findall(text)) > 60 and missing(text) == []


def test_only_updates_have_no_test():
    text = section(PAGE.read_text(encoding="utf-8"))
    assert sum(1 for _ in ATTACK.finditer(text)) == 25
    assert without_proof(text) == ["A06 outdated components"]


@pytest.mark.parametrize("named", ["test_launch.py::test_gone", "test_gone.py::test_roles", "test_launch.py::stored2"])
def test_a_test_that_is_gone_is_noticed(named):
    assert missing(f"| a | b | `{named}`, `test_launch.py::test_roles` |") == [named]


def test_a_row_without_a_test_is_noticed():
    assert without_proof("| an attack | nothing | none |\n| other | x | `test_launch.py::test_roles` |") == [
        "an attack"
    ]
