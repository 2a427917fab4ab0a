"""From the bytes of a submitted .py or .ipynb file to a syntax tree; nothing of the file is run here.

Pure standard library, because inside the sandbox it works before anything else is trusted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MAX_SOURCE = 4 * 1024 * 1024
MAX_SKIPPED = 50
ENVIRONMENT = "submissions have the standard library, numpy and torch, nothing else"

_NO_NODES = {"ctx", "op", "ops", "id", "attr", "name", "asname", "module", "level", "kind", "type_comment"}
_NODE_FIELDS = {
    kind: () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _NO_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_MAGIC = re.compile(r"^\s*([%!?]|[\w.\[\], ]+=\s*[%!])|\?\s*$")


class SourceError(Exception):
    """The file is no module that could be run; `kind` names the error as Python would, the text says it in words."""

    def __init__(self, kind: str, sentence: str, place: tuple[str, int, str] | None = None):
        super().__init__(sentence)
        self.kind = kind
        self.place = place


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line of the module stands in the submitted file: the file (with the cell) and the line in it."""

    file: str
    line: int

    def words(self) -> str:
        """The place as a person says it, such as "code cell 4, line 2"."""
        cell = self.file.partition(", ")[2]
        return f"{cell}, line {self.line}" if cell else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A module ready to be scanned and compiled. `cells` are (first line, number) of a notebook's code cells."""

    filename: str
    tree: ast.Module
    lines: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    cells: tuple[tuple[int, int], ...] = field(default=())

    def place(self, line: int) -> Place:
        """Where line `line` (from 1) of the joined module stands in the submitted file."""
        for first, number in reversed(self.cells):
            if line >= first:
                return Place(f"{self.filename}, code cell {number}", line - first + 1)
        return Place(self.filename, line)

    def text(self, line: int) -> str:
        """Line `line` (from 1) without its indentation, at most 200 characters; "" when there is none."""
        return self.lines[line - 1].strip()[:200] if 0 < line <= len(self.lines) else ""


def children(node: ast.AST) -> Sequence[ast.AST]:
    """The direct children of a node, without operators and contexts; kept with it, since trees are walked often."""
    fields = _NODE_FIELDS[type(node)]
    known: Sequence[ast.AST] | None = node.__dict__.get("children") if fields else ()
    if known is not None:
        return known
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [part for part in value if isinstance(part, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    node.__dict__["children"] = found
    return found


def below(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and all that is below them, in no particular order."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += children(node)


def decode(source: bytes, filename: str) -> str:
    """The text of the file with lines ending in a newline. Raises SourceError when it is not UTF-8 text."""
    if len(source) > MAX_SOURCE:
        raise SourceError("ValueError", f"{filename} is larger than {MAX_SOURCE // 2**20} MiB")
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError("UnicodeDecodeError", f"{filename} is UTF-16 text; save it as UTF-8")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        byte = source[error.start]
        sentence = f"{filename} is not UTF-8 text (byte 0x{byte:02x} in line {line}); save it as UTF-8"
        raise SourceError("UnicodeDecodeError", sentence) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise SourceError("SyntaxError", f"{filename} holds a null byte in line {line}; it is not a text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, filename: str) -> tuple[ast.Module, str, list[int]]:
    """The tree of `text`, the text with IPython lines blanked out, and the numbers of these lines.

    Lines are only taken for IPython's when the text is not Python as it stands. Raises SyntaxError.
    """
    try:
        return ast.parse(text, filename), text, []
    except SyntaxError as error:
        lines = text.split("\n")
        magic = [number for number, line in enumerate(lines, 1) if _MAGIC.search(line)]
        if not magic:
            raise
        for number in magic:
            line = lines[number - 1]
            lines[number - 1] = line[: len(line) - len(line.lstrip())] + "pass"
        blanked = "\n".join(lines)
        try:
            return ast.parse(blanked, filename), blanked, magic
        except SyntaxError:
            raise error from None
    except ValueError as error:
        raise SyntaxError(str(error)) from None


def syntax_error(error: SyntaxError, place: Place, text: str) -> SourceError:
    """The SyntaxError as a sentence with its place."""
    kind = type(error).__name__
    sentence = f"{error.msg} ({place.file}, line {place.line})"
    return SourceError(kind, sentence[:500], (place.file, place.line, text.strip()[:200]))


def calls_ipython(statement: ast.stmt) -> bool:
    """Whether the statement is a call such as `get_ipython().run_line_magic(...)`, left by an export to .py."""
    return isinstance(statement, ast.Expr) and any(
        isinstance(node, ast.Name) and node.id == "get_ipython" for node in ast.walk(statement)
    )


def read_python(text: str, filename: str) -> ModuleSource:
    """The module in the text of a .py file. Raises SourceError."""
    if not text.strip():
        raise SourceError("ValueError", f"{filename} is empty")
    lines = text.split("\n")
    try:
        tree, _, magic = parse(text, filename)
    except SyntaxError as error:
        line = error.lineno or 1
        shown = lines[line - 1] if 0 < line <= len(lines) else ""
        raise syntax_error(error, Place(filename, line), shown) from None
    skipped = [f"line {number}: {lines[number - 1].strip()[:80]}" for number in magic]
    kept: list[ast.stmt] = []
    for statement in tree.body:
        if calls_ipython(statement):
            skipped.append(f"line {statement.lineno}: {lines[statement.lineno - 1].strip()[:80]}")
        else:
            kept.append(statement)
    tree.body = kept
    return ModuleSource(filename, tree, tuple(lines), tuple(skipped[:MAX_SKIPPED]))
