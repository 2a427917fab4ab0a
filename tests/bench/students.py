"""The made students of the bench: the same programmes for every tool."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from convclass.course import Assignment
from convclass.exam.collect import variants
from convclass.exam.question import Variant
from convclass.exam.substitute import substituted
from convclass.release.module import solution_module

FUNCTIONS = {"alternatives": ("conv2d",), "misconceptions": ("convolve2d", "conv2d", "conv2d_backward")}


@dataclass(frozen=True)
class Programme:
    """What one student hands in: the source of the module, and whether it earns full marks."""

    name: str
    source: str
    right: bool


def programmes(assignment: Assignment, folder: Path) -> list[Programme]:
    """The solution, one right in another way, and three wrong in known ways; `folder` is for files in between."""
    solution = solution_module(assignment)
    made = [Programme("solution", solution.decode(), True)]
    for kind, functions in FUNCTIONS.items():
        file = assignment.autograder / f"{kind}.py"
        for function in functions:
            variant = variants(file)[function][0]
            alone = folder / f"{kind}_{function}.py"
            alone.write_text(only(file.read_text("utf-8"), variant))
            source = as_definition(substituted(solution, alone, variant).decode(), function)
            made.append(Programme(f"{kind[:-1]}-{function}", source, kind == "alternatives"))
    return made


def only(source: str, variant: Variant) -> str:
    """The file of variants without all the others and their helpers: no student hands in a collection."""
    tree = ast.parse(source)
    wanted = _needed(tree, variant.implementation.__name__)
    tree.body = [node for node in tree.body if not isinstance(node, ast.FunctionDef) or node.name in wanted]
    return ast.unparse(tree)


def as_definition(source: str, function: str) -> str:
    """A module that ends in `function = _variant()` with a definition instead, which a notebook may hold as well."""
    end = f"\n{function} = _variant()\n"
    if not source.endswith(end):
        raise ValueError(f"the module does not end in {end!r}")
    definition = f"def {function}(*arguments, **keywords):\n    return _variant()(*arguments, **keywords)\n"
    return f"{source.removesuffix(end)}\n{definition}"


def copies(made: list[Programme], size: int) -> Iterator[Programme]:
    """A class of `size`: the programmes in turn, each file different from every other by a comment."""
    for number in range(size):
        programme = made[number % len(made)]
        name = f"{programme.name}-{number:02d}"
        yield Programme(name, f"{programme.source}\n# handed in by {name}\n", programme.right)


def _needed(tree: ast.Module, name: str) -> set[str]:
    """The functions of a module that the function `name` leads to, itself included."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    needed, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        needed.add(name)
        mentioned = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
        waiting += mentioned & functions.keys() - needed
    return needed
