"""A notebook read as a module: its imports, definitions and constants, without the cells that try them out."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from convclass.sandbox.source import (
    MAX_SKIPPED,
    ModuleSource,
    Place,
    SourceError,
    below,
    calls_ipython,
    decode,
    parse,
    read_python,
    syntax_error,
)

AVAILABLE = frozenset(sys.stdlib_module_names) | {"numpy", "torch"}
PYTHON_CELL_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")

_DEFINES = re.compile(r"^\s*(def|class|import|from|async def)\s", re.MULTILINE)
_CONSTRUCTORS = re.compile(
    r"(torch|np|numpy|math)\.(tensor|array|asarray|float\d+|int\d+|device|zeros|ones|eye|arange|sqrt|log|Generator)"
    r"|(int|float|bool|str|tuple|list|dict|set|frozenset|range|TypeVar|namedtuple|partial|functools\.partial"
    r"|collections\.namedtuple|typing\.TypeVar)"
)
_PLAIN = frozenset({
    ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp,
    ast.Compare, ast.IfExp, ast.Subscript, ast.Slice, ast.Lambda, ast.JoinedStr, ast.FormattedValue, ast.Starred,
    ast.keyword, ast.arguments, ast.arg,
})  # fmt: skip


def read_source(source: bytes, filename: str) -> ModuleSource:
    """The module in `source`, a notebook when `filename` ends in .ipynb. Raises SourceError."""
    text = decode(source, filename)
    try:
        return read_notebook(text, filename) if filename.endswith(".ipynb") else read_python(text, filename)
    except (RecursionError, MemoryError):
        raise SourceError("SyntaxError", f"{filename} is too deeply nested to be read") from None


def read_notebook(text: str, filename: str) -> ModuleSource:
    """The module that the notebook's code cells make up. Raises SourceError."""
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    body: list[ast.stmt] = []
    skipped: list[str] = []
    for number, code in enumerate(_code_cells(text, filename), 1):
        starts.append((len(lines) + 1, number))
        cell = _read_cell(code, f"{filename}, code cell {number}", number, skipped)
        body += _moved(cell, len(lines))
        lines += code.split("\n")
    if not any(line.strip() for line in lines):
        raise SourceError("ValueError", f"{filename} is a notebook without any code")
    body.sort(key=lambda statement: not _is_future(statement))
    tree = ast.Module(body=body, type_ignores=[])
    return ModuleSource(filename, tree, tuple(lines), tuple(skipped[:MAX_SKIPPED]), tuple(starts))


def _code_cells(text: str, filename: str) -> Iterator[str]:
    try:
        notebook = json.loads(text)
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "a number"
        raise SourceError("ValueError", f"{filename} is not a notebook: no JSON at {where}") from None
    cells = _cells(notebook)
    if not isinstance(cells, list):
        raise SourceError("ValueError", f"{filename} is not a notebook: it has no list of cells")
    for cell in cells:
        if isinstance(cell, dict) and (cell.get("cell_type") == "code" or _was_code(cell)):
            yield _cell_text(cell.get("source", cell.get("input", "")), filename)


def _was_code(cell: dict[str, Any]) -> bool:
    """Whether nbgrader handed the cell out as code: a slip of the keyboard makes it text, and nbgrader undoes that."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return isinstance(marks, dict) and marks.get("cell_type") == "code"


def _cells(notebook: Any) -> Any:
    """The list of cells, in format 4 at the top, in format 3 inside its worksheets."""
    if not isinstance(notebook, dict):
        return None
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        return sheets[0].get("cells")
    return notebook.get("cells")


def _cell_text(source: Any, filename: str) -> str:
    if isinstance(source, list) and all(isinstance(part, str) for part in source):
        source = "".join(source)
    if not isinstance(source, str) or "\0" in source:
        raise SourceError("ValueError", f"{filename} is not a notebook: a code cell holds no text")
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SourceError("UnicodeDecodeError", f"{filename}: a code cell holds half a character") from None
    return text


def _read_cell(code: str, file: str, number: int, skipped: list[str]) -> list[ast.stmt]:
    """The statements of one cell that belong to the module; what is left out is added to `skipped`."""
    cell = f"code cell {number}"
    first = code.lstrip().split("\n")[0].split(" ")[0]
    if first.startswith("%%") and first not in PYTHON_CELL_MAGICS:
        skipped.append(f"{cell}: {first}")
        return []
    lines = code.split("\n")
    try:
        tree, _, magic = parse(code, file)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(lines))
        if _DEFINES.search(code):
            raise syntax_error(error, Place(file, line), lines[line - 1]) from None
        skipped.append(f"{cell}, line {line}: a syntax error, the cell defines nothing")
        return []
    skipped += [f"{cell}, line {line}: {lines[line - 1].strip()[:80]}" for line in magic]
    kept: list[ast.stmt] = []
    for statement in tree.body:
        line = statement.lineno
        if _is_kept(statement):
            kept.append(statement)
        elif line not in magic and not _is_ours(statement):
            skipped.append(f"{cell}, line {line}: {lines[line - 1].strip()[:80]}")
    return kept


def _is_kept(statement: ast.stmt) -> bool:
    """Whether the statement belongs to the module, and does not only try something out."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Import(names=names):
            return all(_available(alias.name) for alias in names)
        case ast.ImportFrom(module=module):
            return _available(module or "")
        case ast.Assign() | ast.AnnAssign():
            return _is_constant(statement) and not calls_ipython(statement)
        case ast.Try(body=body):
            return all(isinstance(s, ast.Import | ast.ImportFrom) for s in body)
    return False


def _is_ours(statement: ast.stmt) -> bool:
    """Whether the statement came with the notebook: a docstring, an import or call of `check`, `score` or `grader`."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="convclass.notebook"):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="check" | "score"), args=[ast.Constant(value=str())])):
            return True
        case ast.Import(names=[ast.alias(name="otter", asname=None)]):
            return True
        case ast.Assign(targets=[ast.Name(id="grader")], value=ast.Call(func=ast.Attribute(ast.Name("otter")))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="grader")))):
            return True
    return False


def _available(module: str) -> bool:
    return module.split(".")[0] in AVAILABLE


def _is_constant(statement: ast.Assign | ast.AnnAssign) -> bool:
    """Whether the statement gives a name a value without running anything of the student's."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if statement.value is None:
        return True
    if not all(isinstance(node, ast.Name | ast.Tuple) for node in below(targets)):
        return False
    return all(_is_plain(node) for node in below([statement.value]))


def _is_plain(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return _CONSTRUCTORS.fullmatch(ast.unparse(node.func)) is not None
    return type(node) in _PLAIN


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _moved(statements: list[ast.stmt], lines: int) -> list[ast.stmt]:
    """The statements with their line numbers counted from the start of the joined module."""
    for node in below(statements if lines else ()):
        if "lineno" in node._attributes:
            node.lineno += lines  # type: ignore[attr-defined]
            node.end_lineno += lines  # type: ignore[attr-defined]
    return statements
