"""Making a submission of a misconception or an alternative: the solution with one function put in its place."""

from __future__ import annotations

import ast
from pathlib import Path

from convclass.exam.question import Variant


def substituted(solution: bytes, variants_file: Path, variant: Variant) -> bytes:
    """The solution's module in which `variant` answers for its function.

    The file of the variant becomes the body of one function, so that its helpers and the solution's cannot meet.
    """
    tree = ast.parse(variants_file.read_text("utf-8"))
    body = [_undecorated(node) for node in tree.body if not _imports_us(node)]
    body.append(ast.parse(f"def f():\n    return {variant.implementation.__name__}").body[0].body[0])  # type: ignore[attr-defined]
    wrapper = ast.parse("def _variant():\n    pass").body[0]
    wrapper.body = body  # type: ignore[attr-defined]
    code = ast.unparse(ast.fix_missing_locations(wrapper))
    return solution + f"\n\n{code}\n\n\n{variant.function} = _variant()\n".encode()


def _imports_us(node: ast.stmt) -> bool:
    """Whether the statement imports convclass or the future: neither can stand in a submission's function."""
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("convclass", "__future__")


def _undecorated(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = [d for d in node.decorator_list if not _is_mark(d)]
    return node


def _is_mark(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id in ("misconception", "alternative")
