"""Names of students as text that is safe to show, and as file names that every operating system takes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_TURNS_TEXT_AROUND = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_STEM = 60
_LONGEST_PATH = 300


def visible(name: str) -> str:
    r"""The name with everything that could fool a reader written out: a control character reads as `\x1b`.

    Bytes that are no UTF-8 read as `\xff`; composed and decomposed accents become the same text.
    """
    return unicodedata.normalize("NFC", "".join(_shown(character) for character in name))


def visible_path(path: str) -> str:
    """A path as `visible` writes it, for a sentence: the middle of a very long one is left out."""
    shown = visible(path)
    return shown if len(shown) <= _LONGEST_PATH else f"{shown[: _LONGEST_PATH // 2]}...{shown[-_LONGEST_PATH // 2 :]}"


def safe_name(student: str) -> str:
    """A file name (without extension) for the student: a plain ASCII name stays itself, others get a short hash."""
    return student if _is_plain(student) else _hashed(student, 8)


def safe_names(students: Iterable[str]) -> dict[str, str]:
    """A file name for every student, no two alike even where upper and lower case are the same."""
    every = sorted(set(students))
    plain = Counter(safe_name(student).casefold() for student in every)
    alone = {s: safe_name(s) for s in every if plain[safe_name(s).casefold()] == 1}
    used = {name.casefold() for name in alone.values()}
    for student in every:
        if student not in alone:
            alone[student] = _unused(student, used)
            used.add(alone[student].casefold())
    return alone


def _unused(student: str, used: set[str]) -> str:
    names = (_hashed(student, length) for length in range(8, 65, 8))
    return next(name for name in names if name.casefold() not in used)


def _is_plain(student: str) -> bool:
    return _PLAIN.fullmatch(student) is not None and student[-1] not in ". " and _DEVICES.match(student) is None


def _hashed(student: str, length: int) -> str:
    ascii_only = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", ascii_only).strip("_")[:_LONGEST_STEM] or "student"
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{stem}-{digest[:length]}"


def _shown(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character) in ("Cc", "Cs") or character in _TURNS_TEXT_AROUND:
        code -= 0xDC00 if 0xDC80 <= code <= 0xDCFF else 0  # how Python writes a byte that is no UTF-8
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return character
