"""What `convclass release` made of an assignment, for its page: the handout as HTML, the files, and a zip of them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from convclass.course import Assignment
from convclass.quiz.markdown import SCHEME, to_html
from convclass.release.writer import released_paths

_MARK = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)
_FIGURE = re.compile(r"(!\[[^\]]*\]\()(figures/)")
_HEADING = re.compile(r"(</?h)([1-5])\b")
_RIGHT = ' style="text-align:right"'
_OUTSIDE = re.compile(r'<a href="(?=https?://)')
_README = "README.md"
_FILES = "\ue000files\ue000"  # of the private use area, so of no text
_PICTURES = (".svg", ".png")


@dataclass(frozen=True, slots=True)
class File:
    """A file to work with, by its path in the released folder, and what it is for."""

    name: str
    about: str


def files(assignment: Assignment) -> dict[str, Path]:
    """All released files of an assignment by their path in its folder; none when it was not released."""
    return {path.relative_to(assignment.released).as_posix(): path for path in released_paths(assignment.released)}


def to_work_with(assignment: Assignment, released: Mapping[str, Path]) -> tuple[File, ...]:
    """The files that a student opens, in the order in which they need them."""
    known = (
        File(f"{assignment.module}.py", "the module you fill in"),
        File(f"{assignment.module}.ipynb", "the same as a notebook; hand in one of the two"),
        File("test_public.py", "the public tests, to read and to run"),
        File("public_answers.json", "what the public tests compare with"),
    )
    return tuple(file for file in known if file.name in released)


def rendered(released: Mapping[str, Path], prefix: str) -> Markup | None:
    """README.md as HTML, its headings one level down; `prefix` goes before the path of a figure. None without one."""
    if _README not in released:
        return None
    text = released[_README].read_text(encoding="utf-8")
    return Markup(_html(text, frozenset(released)).replace(_FILES, str(escape(prefix))))


@lru_cache(maxsize=16)  # every student of a class opens the same one, at the same time
def _html(text: str, released: frozenset[str]) -> str:
    """The text as HTML in which _FILES stands before the paths of released files."""
    text = _FIGURE.sub(rf"\g<1>{SCHEME}\g<2>", _MARK.sub("", text).replace(_FILES, ""))

    def shown(name: str, alternative: str) -> str:
        if name not in released:
            return str(Markup("{}").format(alternative))
        return str(Markup('<img src="{}{}" alt="{}" loading="lazy" />').format(_FILES, name, alternative))

    html = _HEADING.sub(lambda heading: f"{heading[1]}{int(heading[2]) + 1}", to_html(text, figure=shown))
    html = html.replace(_RIGHT, ' class="number"')  # the policy allows no style of a single element
    return _OUTSIDE.sub('<a target="_blank" rel="noopener noreferrer" href="', html)


def is_picture(name: str) -> bool:
    """Whether a released file is one that the handout shows."""
    return name.lower().endswith(_PICTURES)


def zipped(assignment: Assignment, released: Mapping[str, Path]) -> bytes:
    """All files in one zip, in a folder with the assignment's name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(released.items()):
            archive.write(path, f"{assignment.name}/{name}")
    return packed.getvalue()
