"""The last look at what is about to be released: is anything in it that students must not see?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from convclass.course import Assignment
from convclass.release.regions import solution_lines, without_solutions
from convclass.release.source import Role, Source

SHORTEST = 12  # shorter lines, such as `break` or `else:`, say nothing


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret line, where it comes from, and the released file it was found in."""

    file: str
    secret: str
    origin: str


def secrets(assignment: Assignment, source: Source) -> dict[str, str]:
    """Secret lines and their origin: of the solutions, and inside the functions of the autograder's files.

    A line that the source shows to students on purpose, such as a call in a public test, is none; nor is a line of
    the autograder that stands in the handout too, such as a formula.
    """
    shown = "\n".join(
        without_solutions(cell, source.path) if cell.role is Role.CODE else cell.text for cell in source.cells
    )
    found = {line: source.path for line in solution_lines(source) if line not in shown}
    shown += (assignment.solution / "handout.md").read_text(encoding="utf-8")
    for path in sorted(assignment.autograder.glob("*.py")):
        name = path.relative_to(assignment.course).as_posix()
        found = {line: name for line in _body_lines(path) if line not in shown} | found
    return {line: origin for line, origin in found.items() if len(line) >= SHORTEST}


def leaks(files: Mapping[str, bytes], secret: Mapping[str, str]) -> tuple[Leak, ...]:
    """Every secret line that occurs in a released file, also as a JSON string such as a notebook's."""
    return tuple(
        Leak(name, line, origin)
        for name, content in files.items()
        for line, origin in secret.items()
        if any(form in content for form in _forms(line))
    )


def _forms(line: str) -> tuple[bytes, bytes]:
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return line.encode(), escaped.encode()


def _body_lines(path: Path) -> Iterable[str]:
    """The lines inside the functions of a file; decorators hold names and hints, which results show to students."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in _functions(ast.parse(text)):
        yield from (line.strip() for line in lines[node.lineno - 1 : node.end_lineno])


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
