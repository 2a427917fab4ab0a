"""Making a submission of a misconception or an alternative: the solution with one function put in its place."""

from __future__ import annotations

import ast
from pathlib import Path

from convclass.exam.question import Variant


def substituted(solution: bytes, variants_file: Path, variant: Variant) -> bytes:
    """The solution's module in which `variant` answers for its function.

    What the variant needs of its file becomes the body of one function, so that its helpers and the solution's cannot
    meet. What other variants need stays away, since it may be what this question forbids.
    """
    tree = ast.parse(variants_file.read_text("utf-8"))
    own = [node for node in tree.body if not _imports_us(node)]
    body = [_undecorated(node) for node in _needed(own, variant.implementation.__name__)]
    body.append(ast.parse(f"def f():\n    return {variant.implementation.__name__}").body[0].body[0])  # type: ignore[attr-defined]
    wrapper = ast.parse("def _variant():\n    pass").body[0]
    wrapper.body = body  # type: ignore[attr-defined]
    code = ast.unparse(ast.fix_missing_locations(wrapper))
    return solution + f"\n\n{code}\n\n\n{variant.function} = _variant()\n".encode()


def _imports_us(node: ast.stmt) -> bool:
    """Whether the statement imports convclass or the future: neither can stand in a submission's function."""
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("convclass", "__future__")


def _needed(statements: list[ast.stmt], name: str) -> list[ast.stmt]:
    """The definitions that `name` needs, itself among them, with all statements that define nothing."""
    defines = [(statement, _defined(statement)) for statement in statements]
    found: set[str] = set()
    waiting = {name}
    while waiting:
        found |= waiting
        mentioned = (_mentioned(statement) for statement, names in defines if names & waiting)
        waiting = set().union(*mentioned) - found
    return [statement for statement, names in defines if not names or names & found]


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return set()


def _mentioned(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _undecorated(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = [d for d in node.decorator_list if not _is_mark(d)]
    return node


def _is_mark(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id in ("misconception", "alternative")
