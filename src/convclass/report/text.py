"""Student text made safe to show: for HTML input, for a terminal, for a CSV cell; and numbers made humane.

Names, messages and notices may hold anything a student can write. HTML escaping is left to the template engine;
what is done here is what escaping does not do: control characters, reversed text, endless lines, formulas.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS: titles, links
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)
_JOINERS = "\u200c\u200d"  # inside emoji, and in names of several scripts
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Cn"}
_MOST_CHARACTERS = 100_000
_MAX_LINES = 60
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_NEXT_CELL = re.compile(rf"([;,|\"]\s*)(?=[{re.escape(_FORMULA)}])")


def plain(text: str, limit: int = 2000) -> str:
    """Text for HTML input: no escape sequences, control characters made visible, at most about `limit` characters.

    Line ends and tabs stay. The result still has to be escaped by the template.
    """
    if len(text) <= limit and text.isprintable():  # no control characters, no line ends
        return text
    shown = _clean(shorten(text, _MOST_CHARACTERS), _picture_of)
    return shorten(_at_most_lines(shown), limit)


def terminal(text: str) -> str:
    """Text for a terminal: no escape sequences and no control characters but line ends; tabs become spaces."""
    return _clean(text, lambda character: "").expandtabs(4)


def csv_cell(text: str) -> str:
    """Text for one CSV cell, on one line, defused so that no spreadsheet takes it for a formula.

    A cell that is a plain number stays as it is. A formula may also hide behind a separator of another locale, such as
    `a;=1+1`; that is defused too.
    """
    line = " ".join(_clean(text, lambda character: "").split())
    if _PLAIN_NUMBER.fullmatch(line):
        return line
    line = _NEXT_CELL.sub(r"\1'", line)
    return f"'{line}" if line.startswith(tuple(_FORMULA)) else line


def shorten(text: str, limit: int) -> str:
    """The start and the end of a text that is longer than `limit`, with the number of characters left out between."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    head = limit - tail
    return f"{text[:head].rstrip()} … [{len(text) - limit} characters left out] … {text[len(text) - tail :].lstrip()}"


def points(value: float) -> str:
    """Points as people write them: at most two decimals, none when whole."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else "?"


def count(number: int, thing: str, things: str = "") -> str:
    """A number with its noun, such as "1 test" or "3 tests"."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def _clean(text: str, stand_in: Callable[[str], str]) -> str:
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(character if character in "\n\t" or _shown(character) else stand_in(character) for character in text)


def _shown(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _NOT_SHOWN


def _picture_of(character: str) -> str:
    """A visible sign for a C0 control character, nothing for an invisible format character, else U+FFFD."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if unicodedata.category(character) == "Cf":
        return ""
    return "\u2421" if code == 0x7F else "\ufffd"


def _at_most_lines(text: str) -> str:
    lines = text.split("\n")
    if len(lines) <= _MAX_LINES:
        return text
    left_out = len(lines) - _MAX_LINES
    return "\n".join([*lines[: _MAX_LINES - 10], f"… [{left_out} lines left out] …", *lines[-10:]])
