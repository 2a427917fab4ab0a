"""The formats a quiz can be exported to: a module of this package each, with `export`, `SUPPORT` and `SUFFIX`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module

from convclass.lms.support import Exported, How, Kind, Support
from convclass.quiz.models import Quiz


class Format(StrEnum):
    """Names of formats, which are names of modules."""

    MOODLE = "moodle"
    GIFT = "gift"
    QTI12 = "qti12"
    QTI21 = "qti21"
    QTI3 = "qti3"
    CC = "cc"
    BLACKBOARD = "blackboard"
    BRIGHTSPACE = "brightspace"
    JUPYTERQUIZ = "jupyterquiz"
    HTML = "html"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Exporter:
    """What a format's module offers."""

    export: Callable[[Quiz], Exported]
    support: Support
    suffix: str


def exporter(format_: Format) -> Exporter:
    """The exporter of a format; its module is imported now."""
    module = import_module(f"convclass.lms.{format_.value}")
    return Exporter(module.export, module.SUPPORT, module.SUFFIX)


def rules(format_: Format, kinds: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """How the format says each of the kinds, and what belongs to all of them, in words."""
    support = exporter(format_).support
    wanted = set(kinds)
    general = set(list(Kind)[list(Kind).index(Kind.FIGURES) :])
    return tuple(
        (kind.value.replace("_", " "), _words(support, kind))
        for kind in Kind
        if kind in general or kind.value in wanted
    )


def table() -> str:
    """Format × kind as a Markdown table: `✓` as it is, `~` in a simpler way, `–` not at all."""
    formats = list(Format)
    signs = {How.NATIVE: "✓", How.DEGRADED: "~", How.REFUSED: "–"}
    lines = [["", *formats], ["---", *[":---:"] * len(formats)]]
    lines += [
        [kind.value.replace("_", " "), *(signs[exporter(format_).support[kind].how] for format_ in formats)]
        for kind in Kind
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _words(support: Support, kind: Kind) -> str:
    rule = support[kind]
    return rule.how.value + (f": {rule.words}" if rule.words else "")
