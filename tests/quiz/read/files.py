"""All formats, read and expected; gift-pegjs reads many files in one run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from quiz.parts import parts
from quiz.read import asi, flat, gift, moodle, page, qti
from quiz.read.expect import expected
from quiz.read.found import Found

from convclass.lms.formats import Format
from convclass.quiz.models import Quiz

_READERS: Mapping[Format, Callable[[bytes], list[Found]]] = {
    Format.MOODLE: moodle.read,
    Format.QTI12: asi.read,
    Format.QTI21: qti.read,
    Format.QTI3: qti.read,
    Format.CC: asi.read,
    Format.BLACKBOARD: flat.blackboard,
    Format.BRIGHTSPACE: flat.brightspace,
    Format.JUPYTERQUIZ: flat.jupyterquiz,
    Format.HTML: page.practice,
}
READ = (*_READERS, Format.GIFT)
"""Every format but paper, which holds no key to read."""


def read_all(format_: Format, contents: Sequence[bytes]) -> list[list[Found]]:
    """What a reader finds in each file."""
    if format_ is Format.GIFT:
        return gift.read_all(list(contents))
    return [_READERS[format_](content) for content in contents]


def expected_of(format_: Format, quiz: Quiz, left_out: Collection[str] = ()) -> list[Found]:
    """What it should find; `left_out` are ids of questions that the file does not hold."""
    kept = [question for question in quiz.questions if question.id not in left_out]
    return [expected(part, format_) for question in kept for part in parts(format_, question)]
