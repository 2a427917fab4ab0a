"""Text that attacks whoever reads the feedback, the ways by which a student's text gets there, and what it must not do.

The detectors find what a text did to a page, a table, a terminal or JSON; they are tried on a naive renderer first.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

TEXTS = {
    "script": "<script>alert(1)</script>",
    "image": '<img src=x onerror="alert(1)">',
    "end of a script": "</script><script>alert(1)</script>",
    "end of a title": "</title></head><body onload=alert(1)>",
    "end of a text": "</pre></code></p><iframe src='http://evil.example'></iframe>",
    "attribute": "' onmouseover='alert(1)\" onmouseover=\"alert(1)' ><b>",
    "vector graphic": "<svg/onload=alert(1)>",
    "style": "<style>*{display:none}</style>",
    "comment": "<!-- x --><b>",
    "formula": "=HYPERLINK(\"http://evil.example\",\"click\")",
    "formula with a plus": "+1+cmd|' /C calc'!A0",
    "formula with a minus": "-2+3+cmd|' /C calc'!A0",
    "formula with an at": "@SUM(1+1)",
    "formula after a separator": "a;=1+1;b",
    "formula after a quote": 'x","=1+1',
    "formula after a tab": "\t=1+1",
    "formula in a wide letter": "\uff1d1+1",
    "colours": "\x1b[31mred\x1b[2J\x1b[1;1H",
    "terminal title and link": "\x1b]0;evil\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "eight bit escape": "\x9b31mred\x9d0;evil\x9c",
    "backspaces": "right\x08\x08\x08\x08\x08wrong",
    "carriage return": "0 points\r7 points",
    "right to left": "abc\u202e7 fo 7\u202c",
    "isolates": "abc\u2066\u2067evil\u2069",
    "null": "a\0b",
    "bell": "\x07" * 20,
    "end of a JSON text": '"}]},"score": 100,"x":[{"y":"',
    "backslash": "\\",
    "line separator": "a\u2028b\u2029=1+1",
    "newline and a row": 'x\nevil,7,7,yes,A',
    "half a character": "a\ud800b",
    "gigantic line": "long " * 200_000,
    "many lines": "line\n" * 20_000,
    "rich markup": "[bold red]evil[/] [link=http://evil.example]x[/link]",
    "template": "{{ 41 * 271 }}{% include '/etc/passwd' %}",
    "combining marks": "a" + "\u0300" * 5000,
}  # fmt: skip

LONGEST = 60_000
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FORMULA = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class _Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *sorted(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment",))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def structure(page: str) -> set[tuple[str, ...]]:
    """Which kinds of elements a page has."""
    parser = _Structure()
    parser.feed(page)
    parser.close()
    return set(parser.elements)


@cache
def structures(pages: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The kinds of elements of all these pages."""
    return set().union(*map(structure, pages))


def harms_of_page(page: str, *benign: str) -> set[str]:
    """What is wrong with a page, compared with pages of a harmless text."""
    found = {
        "elements": bool(structure(page) - structures(benign)),
        "bidi": bool(_BIDI.search(page)),
        "control": bool(_CONTROL.search(page.replace("\r\n", "\n"))),
        "size": len(page) > max(map(len, benign)) + LONGEST,
        "encoding": _cannot_be_encoded(page),
        "executed": "11111" in page,
    }
    return {name for name, is_there in found.items() if is_there}


def harms_of_table(table: str, rows: int) -> set[str]:
    """What is wrong with a CSV file that should have so many rows."""
    if _cannot_be_encoded(table):
        return {"encoding"}
    csv.field_size_limit(2**24)
    try:
        cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
    except csv.Error:
        return {"rows"}
    parts = [part for cell in cells for part in re.split(r"[;,|]", cell)]
    found = {
        "formula": any(_FORMULA.match(part) and not _NUMBER.fullmatch(part) for part in (*cells, *parts)),
        "rows": len(table.splitlines()) != rows,
        "bidi": bool(_BIDI.search(table)),
        "control": bool(_CONTROL.search(table)),
        "size": len(table) > rows * LONGEST,
    }
    return {name for name, is_there in found.items() if is_there}


def harms_of_terminal(shown: str) -> set[str]:
    """What is wrong with a text on a terminal."""
    found = {
        "control": bool(_CONTROL.search(shown)),
        "bidi": bool(_BIDI.search(shown)),
        "size": len(shown) > LONGEST,
        "encoding": _cannot_be_encoded(shown),
    }
    return {name for name, is_there in found.items() if is_there}


def harms_of_json(text: str, keys: set[str]) -> set[str]:
    """What is wrong with a JSON object that should have these keys."""
    try:
        found = json.loads(text)
        text.encode("ascii")
    except (ValueError, UnicodeError):
        return {"json"}
    return set() if set(found) == keys and len(text) < 5 * LONGEST else {"keys or size"}


def _cannot_be_encoded(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def naive_harms(text: str) -> set[str]:
    """What the text does where it is pasted in as it is."""
    page = "<html><body><pre>{}</pre></body></html>"
    return (
        harms_of_page(page.format(text), page.format("harmless"))
        | harms_of_table(f"student,notices\nann,{text}\n", 2)
        | harms_of_terminal(text)
        | harms_of_json(f'{{"message": "{text}"}}', {"message"})
        | ({"template"} if "{{" in text else set())  # what a page made by formatting and rendering would run
        | ({"markup"} if "[link=" in text else set())  # what rich would obey
        | ({"marks"} if "\u0300" * 100 in text else set())  # what paints over the lines above and below
    )


def raised(text: str) -> tuple[str, bytes]:
    """As the message of an exception in a public test."""
    return "sealed.py", f"def double(x):\n    raise ValueError({text!a})\n".encode()


def raised_class(text: str) -> tuple[str, bytes]:
    """As the name of an exception's class."""
    return "sealed.py", f"def double(x):\n    raise type({text.replace(chr(0), '')!a}, (Exception,), {{}})\n".encode()


def printed(text: str) -> tuple[str, bytes]:
    """As output."""
    return "sealed.py", f"def double(x):\n    print({text!a})\n    return x * 0\n".encode()


def raised_while_loading(text: str) -> tuple[str, bytes]:
    """As the message of an exception while the module is loaded."""
    return "sealed.py", f"raise ValueError({text!a})\n".encode()


def skipped_cell(text: str) -> tuple[str, bytes]:
    """In a notebook cell that is left out, which a notice quotes."""
    cells = ["%%magic " + text, "print(" + text, "!" + text, "def double(x):\n    return 2 * x\n"]
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells]
    return "sealed.ipynb", json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


def quoted_source(text: str) -> tuple[str, bytes]:
    """In a line of source that the instructor is shown, since it is suspicious, and in a forbidden call's."""
    line = text.encode("utf-8", "replace").decode().replace("\n", " ").replace("\0", " ").replace("\r", " ")
    line = line.replace("\x0c", " ")
    source = f"import torch\ndef double(x):\n    eval('1')  # {line}\n    return x\n"
    return "sealed.py", (source + f"def conv(x, w):\n    return torch.conv2d(x, w)  # {line}\n").encode()


CHANNELS: tuple[Callable[[str], tuple[str, bytes]], ...] = (
    raised, raised_class, printed, raised_while_loading, skipped_cell, quoted_source,
)  # fmt: skip


def file_name(text: str) -> str:
    """The text as far as it can be the name of a file or a folder."""
    short = text.replace("/", "\u2215").replace("\0", "")[:60]
    return short.encode("utf-8", "ignore").decode()
